/** `SyncNamespace`: a namespace whose calls block. */
import type { Namespace } from './namespaces/index.ts';
import { BlockingNamespace, type SyncOptions } from './sync/namespace.ts';

const WORKER = new URL('./sync-worker.js', import.meta.url);

/**
 * A namespace of its own, in a thread of its own, for programs that cannot wait otherwise.
 *
 * @example
 * const world = new SyncNamespace();
 * world.mountSync('tcp://127.0.0.1:5640', '/n/box', MCREATE);
 * world.readFileSync('/n/box/README', 'utf8');
 */
export class SyncNamespace extends BlockingNamespace {
  constructor(options: SyncOptions = {}) {
    super(WORKER, options);
  }
}

/**
 * The blocking form of a namespace: what is mounted in it by address is mounted there as well. A File of this thread, or
 * a tree in its memory, cannot be, and makes the calls fail with EOPNOTSUPP for as long as it is mounted.
 */
export function syncOf(namespace: Namespace, options: SyncOptions = {}): BlockingNamespace {
  return new BlockingNamespace(WORKER, options, namespace);
}
