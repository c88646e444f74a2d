/** From a stream to the root of the tree behind it. */
import { NOBODY, type Qid, type User } from '../file/index.ts';
import { NOFID, NONUNAME, errnoOf } from '../protocol/index.ts';
import type { Stream } from '../transport/stream.ts';
import { Connection, HANDSHAKE_TIMEOUT, type ConnectionOptions } from './connection/connection.ts';
import { ConnectionError, RemoteError } from './connection/errors.ts';
import { splitPath } from './path.ts';
import type { RemoteFile } from './remote/file.ts';
import { LinuxFile } from './remote/linux-file.ts';
import { Plan9File } from './remote/plan9-file.ts';
import { RemoteTree } from './remote/tree.ts';
import { walkFrom } from './remote/walk.ts';

export interface AttachOptions extends ConnectionOptions {
  /** As whom: the server may believe it, or know better. Default: nobody. */
  readonly user?: User;
  /** The name that is sent; default: the user's. */
  readonly uname?: string;
  /** The number that is sent in 9P2000.u and 9P2000.L; default: the user's, or "not given". */
  readonly n_uname?: number;
  /** The tree that is asked for; default '', the server's own choice. */
  readonly aname?: string;
  /** Where to begin in that tree; default: its root. */
  readonly path?: string;
}

/**
 * The root of the tree that a 9P server serves at the other end of the stream, or the file at `path` in it. The stream
 * is its own from now on, and ends when it is released; `root.tree.connection` tells when it has ended.
 *
 * @throws ConnectionError if the server speaks no 9P that we speak, or does not let us in; an error with the code
 * ENOENT if there is no such path.
 */
export async function attach(stream: Stream, options: AttachOptions = {}): Promise<RemoteFile> {
  const connection = await Connection.open(stream, options);
  const tree = new RemoteTree(connection);
  try {
    const top = await enter(tree, options);
    const names = splitPath(options.path ?? '');
    const { qid, fid } = names.length === 0 ? top : await descend(tree, top.fid, names, options);
    const root = new (connection.dialect === '9P2000.L' ? LinuxFile : Plan9File)(tree, qid, undefined, '/');
    root.hold(fid);
    return root;
  } catch (error) {
    connection.close().catch(() => undefined);
    throw error;
  }
}

interface Start {
  readonly fid: number;
  readonly qid: Qid;
}

async function enter(tree: RemoteTree, options: AttachOptions): Promise<Start> {
  const { user = NOBODY, aname = '', signal, timeout = HANDSHAKE_TIMEOUT } = options;
  const { uname = user.name, n_uname = user.uid ?? NONUNAME } = options;
  const { connection } = tree;
  const fid = tree.newFid();
  const question = { type: 'Tattach', fid, afid: NOFID, uname, aname, n_uname } as const;
  try {
    const { qid } = await connection.call(question, { signal, timeout });
    return { fid, qid };
  } catch (error) {
    throw explain(error, connection.address, uname, aname);
  }
}

/** Goes on to a file below: that is the root from then on. */
async function descend(
  tree: RemoteTree,
  from: number,
  names: readonly string[],
  { signal }: AttachOptions,
): Promise<Start> {
  const path = `/${names.join('/')}`;
  const { qids, fid } = await walkFrom(tree, from, names, { signal, at: { path } });
  tree.clunk(from);
  if (fid === undefined) throw new RemoteError('ENOENT', errnoOf('ENOENT'), 'Twalk', path);
  return { fid, qid: qids.at(-1)! };
}

/** Servers that want to know who is there say so in many ways. */
function explain(error: unknown, address: string, uname: string, aname: string): unknown {
  if (!(error instanceof RemoteError)) return error;
  const { code, message } = error;
  const tree = aname === '' ? 'its tree' : JSON.stringify(aname);
  const refused = `${address} does not let ${uname || 'an unnamed user'} attach ${tree}: ${message}`;
  const unknown = code === 'EACCES' || code === 'EPERM' || /auth/i.test(error.text ?? '');
  const hint = unknown ? ' (it may want authentication, which is not spoken here)' : '';
  return new ConnectionError(code, address, refused + hint, error);
}
