/** From a stream to a fid for the root of the tree behind it. */
import { NOBODY, type Qid, type User } from '../../file/index.ts';
import { NOFID, NONUNAME, errnoOf } from '../../protocol/index.ts';
import type { Stream } from '../../transport/stream.ts';
import { Connection, HANDSHAKE_TIMEOUT, type ConnectionOptions } from '../connection/connection.ts';
import { ConnectionError, RemoteError } from '../connection/errors.ts';
import { splitPath } from '../path.ts';
import { HeldFid } from './held.ts';
import { walkFrom } from './walk.ts';

export interface LinkOptions extends ConnectionOptions {
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

/** A connection, and what it is for. */
export interface Link {
  readonly connection: Connection;
  /** Of the root, or of the file at the path that was asked for. */
  readonly fid: HeldFid;
  readonly qid: Qid;
}

/** Agrees with the server on a version, attaches, and goes to the path. The stream ends if that fails. */
export async function openLink(stream: Stream, options: LinkOptions): Promise<Link> {
  const connection = await Connection.open(stream, options);
  try {
    const top = await enter(connection, options);
    const names = splitPath(options.path ?? '');
    return names.length === 0 ? top : await descend(top, names, options);
  } catch (error) {
    connection.close().catch(() => undefined);
    throw error;
  }
}

async function enter(connection: Connection, options: LinkOptions): Promise<Link> {
  const { user = NOBODY, aname = '', signal, timeout = HANDSHAKE_TIMEOUT } = options;
  const { uname = user.name, n_uname = user.uid ?? NONUNAME } = options;
  const fid = new HeldFid(connection);
  const question = { type: 'Tattach', fid: fid.number, afid: NOFID, uname, aname, n_uname } as const;
  try {
    const { qid } = await fid.call(question, { signal, timeout });
    return { connection, fid, qid };
  } catch (error) {
    throw explain(error, connection.address, uname, aname);
  }
}

/** Goes on to a file below: that is the root from then on. */
async function descend(
  { connection, fid: top }: Link,
  names: readonly string[],
  { signal }: LinkOptions,
): Promise<Link> {
  const path = `/${names.join('/')}`;
  const { qids, fid } = await walkFrom(top, names, { signal, at: { path } });
  top.clunk();
  if (fid === undefined) throw new RemoteError('ENOENT', errnoOf('ENOENT'), 'Twalk', path);
  return { connection, fid, qid: qids.at(-1)! };
}

/** Servers that want to know who is there say so in many ways. */
function explain(error: unknown, address: string, uname: string, aname: string): unknown {
  if (!(error instanceof RemoteError)) return error;
  const { code, message } = error;
  const tree = aname === '' ? 'its tree' : JSON.stringify(aname);
  // There a key says who is asking, whatever the name.
  const keyed = address.startsWith('tls:');
  const who = keyed ? 'the user of this key' : uname || 'an unnamed user';
  const refused = `${address} does not let ${who} attach ${tree}: ${message}`;
  const unknown = code === 'EACCES' || code === 'EPERM' || /auth/i.test(error.text ?? '');
  const hint = keyed
    ? ' (is anything in it allowed to that user?)'
    : ' (it may want authentication, which is not spoken here)';
  return new ConnectionError(code, address, unknown ? refused + hint : refused, error);
}
