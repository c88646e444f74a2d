/** A thread that ends while it is asked for something. */
import { newNamespace } from '../../../src/namespace.ts';
import { answer } from '../../../src/sync/worker.ts';

answer((options) => {
  const namespace = newNamespace(options);
  namespace.cd = () => {
    setTimeout(() => process.exit(3), 100);
    return new Promise(() => undefined);
  };
  return namespace;
});
