/** The ways to a tree: all of them lead to the same files, with the same rules. */
import { Fid, attach } from '../../src/client/index.ts';
import { dial } from '../../src/dial.ts';
import { dir, type File, type User } from '../../src/file/index.ts';
import { newNamespace } from '../../src/namespace.ts';
import { MAFTER, MCREATE, type Namespace } from '../../src/namespaces/index.ts';
import { serve } from '../../src/serve.ts';
import { Server } from '../../src/server/index.ts';
import { pipe } from '../../src/transport/index.ts';
import { GLENDA, USERS } from './users.ts';

/** Whoever comes is believed: these tests try what each user may do, not who they are. */
const TRUSTING = { owner: GLENDA, users: USERS, trustUname: true } as const;

/** A tree, as one user sees it. */
export interface Sight extends AsyncDisposable {
  readonly root: Fid;
  readonly file: File;
}

/** Opens the way to a tree for a user. */
export type Door = (tree: File, user: User) => Promise<Sight>;

class Cleanup {
  readonly #ends: (() => Promise<unknown>)[] = [];

  add<T>(value: T, end: (value: T) => Promise<unknown>): T {
    this.#ends.unshift(() => end(value));
    return value;
  }

  async end(): Promise<void> {
    for (const end of this.#ends) await end();
  }
}

async function sight(user: User, make: (cleanup: Cleanup) => Promise<File>): Promise<Sight> {
  const cleanup = new Cleanup();
  const file = await make(cleanup);
  const root = cleanup.add(new Fid(file, { user }), (fid) => fid.close());
  return { root, file, [Symbol.asyncDispose]: () => cleanup.end() };
}

async function onTcp(tree: File, cleanup: Cleanup): Promise<string> {
  const serving = await serve('tcp://127.0.0.1:0', tree, TRUSTING);
  return cleanup.add(serving, ({ server }) => server.close().then(() => serving.close())).address;
}

async function mounted(what: File | string, user: User, cleanup: Cleanup): Promise<Namespace> {
  const namespace = cleanup.add(newNamespace({ user }), (made) => made.close());
  await namespace.mount(what, '/n/tree', MCREATE);
  return namespace;
}

export const DOORS: Readonly<Record<string, Door>> = {
  directly: (tree, user) => sight(user, async () => tree),

  'mounted in a namespace': (tree, user) =>
    sight(user, async (cleanup) => (await mounted(tree, user, cleanup)).fileAt('/n/tree')),

  'through a pipe': (tree, user) =>
    sight(user, async (cleanup) => {
      const server = cleanup.add(new Server(tree, TRUSTING), (made) => made.close());
      const [theirs, ours] = pipe();
      server.accept(theirs);
      return attach(ours, { user });
    }),

  'over TCP': (tree, user) => sight(user, async (cleanup) => dial(await onTcp(tree, cleanup), { user })),

  'in a namespace, over TCP': (tree, user) =>
    sight(user, async (cleanup) => {
      const address = await onTcp(tree, cleanup);
      return (await mounted(address, user, cleanup)).fileAt('/n/tree');
    }),

  'in a namespace that is served and mounted in another': (tree, user) =>
    sight(user, async (cleanup) => {
      const address = await onTcp(tree, cleanup);
      const inner = await mounted(address, user, cleanup);
      const again = await onTcp(inner.file(), cleanup);
      return (await mounted(`${again}/n/tree`, user, cleanup)).fileAt('/n/tree');
    }),

  'as a member of a union': (tree, user) =>
    sight(user, async (cleanup) => {
      const namespace = await mounted(tree, user, cleanup);
      await namespace.mount(dir({}), '/n/tree', MAFTER);
      return namespace.fileAt('/n/tree');
    }),
};
