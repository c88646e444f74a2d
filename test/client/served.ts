/** Trees behind a server of our own, in the dialect that a test asks for. */
import { Fid, attach, type AttachOptions } from '../../src/client/index.ts';
import type { RemoteFile } from '../../src/client/index.ts';
import type { File, User } from '../../src/file/index.ts';
import type { Dialect } from '../../src/protocol/index.ts';
import { ram } from '../../src/resources/index.ts';
import { Server, type ServerOptions } from '../../src/server/index.ts';
import { pipe } from '../../src/transport/pipe.ts';
import { Tap } from './tap.ts';

export const DIALECTS: readonly Dialect[] = ['9P2000.L', '9P2000.u', '9P2000'];

/** Who serves, and who asks: over a pipe they are the same. */
export const OWNER: User = {
  name: 'glenda',
  uid: 1000,
  gid: 1000,
  groups: ['sys'],
  gids: [1000],
  serves: true,
};

export interface Served extends AsyncDisposable {
  readonly server: Server;
  readonly file: RemoteFile;
  /** The root, for use. */
  readonly root: Fid;
  /** What the client sends. */
  readonly tap: Tap;
  /** What the client had to say of odd things. */
  readonly said: readonly string[];
  /** Another connection to the same tree. */
  another(options?: AttachOptions): Promise<Fid>;
}

/** A tree in memory, served, and attached in a dialect. */
export async function served(
  dialect: Dialect,
  tree: File = ram(),
  options: ServerOptions & AttachOptions = {},
): Promise<Served> {
  const server = new Server(tree, { owner: OWNER, ...options });
  const dial = (): Tap => {
    const [theirs, ours] = pipe();
    server.accept(theirs);
    return new Tap(ours, dialect);
  };
  const said: string[] = [];
  const tap = dial();
  const debug = (message: string): void => void said.push(message);
  const file = await attach(tap.stream, { user: OWNER, dialects: [dialect], debug, ...options });
  const root = new Fid(file);
  tap.reset();
  return {
    server,
    file,
    root,
    tap,
    said,
    another: async (options) => new Fid(await attach(dial().stream, { dialects: [dialect], ...options })),
    async [Symbol.asyncDispose]() {
      await root.close().catch(() => undefined);
      await server.close();
    },
  };
}
