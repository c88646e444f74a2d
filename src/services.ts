/** The services that are posted on this machine: `srv:` is the tree of them, `srv:NAME` the tree of one. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from './client/index.ts';
import { FileError, codeOf, type File } from './file/index.ts';
import { runtimeDirectory } from './host/index.ts';
import { Posts, srv, type Answer, type Post } from './resources/index.ts';
import { TransportError, connect, formatAddress, type Address } from './transport/index.ts';

/** Milliseconds that a service has to accept a connection, and again to agree on a version. */
const PATIENCE = 1000;

/** Of the user of this process. */
export function userPosts(): Posts {
  const directory = join(runtimeDirectory(), 'srv');
  mkdirSync(directory, { mode: 0o700, recursive: true });
  return new Posts(directory);
}

/** Whether a service answers: it is asked which version of 9P it speaks. */
export async function probeService(path: string): Promise<Answer> {
  const patience = { timeout: PATIENCE };
  try {
    const stream = await connect({ scheme: 'unix', path, options: new Map() }, patience);
    const connection = await Connection.open(stream, patience);
    connection.close().catch(() => undefined);
    return 'yes';
  } catch (error) {
    return isRefusal(error) ? 'gone' : 'no';
  }
}

/** `srv:` and `srv:NAME`. `dialServer` dials what a name stands for: the address of its socket. */
export async function dialSrv(
  address: Address,
  dialServer: (address: Address) => Promise<File>,
): Promise<File> {
  const { host, path: name, options, fragment } = address;
  if (host !== undefined) throw new FileError('EINVAL', `srv: has no host: 'srv:${host}' is the service`);
  const posts = userPosts();
  if (name !== '') return dialPosted(posts, name, address, dialServer);
  if (options.size > 0)
    throw new FileError('EINVAL', "srv: has no options; a service, 'srv:NAME', has aname");
  if ((fragment ?? '/') !== '/') {
    const meant = formatAddress({ ...address, path: fragment!.slice(1), fragment: undefined });
    throw new FileError('EINVAL', `srv: is dialled as a whole; the tree of a service is '${meant}'`);
  }
  return srv(posts, probeService);
}

async function dialPosted(
  posts: Posts,
  name: string,
  address: Address,
  dialServer: (address: Address) => Promise<File>,
): Promise<File> {
  const path = posts.pathOf(name);
  const post = posts.find(name);
  if (!post) throw await unknown(posts, name);
  try {
    return await dialServer({ ...address, scheme: 'unix', path });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    posts.remove(post);
    throw await unknown(posts, name);
  }
}

/** Nobody listens on the socket, or it is not there any more. */
function isRefusal(error: unknown): boolean {
  return error instanceof TransportError && ['ECONNREFUSED', 'ENOENT'].includes(codeOf(error));
}

async function unknown(posts: Posts, name: string): Promise<FileError> {
  const living = await Promise.all(
    posts.all().map(async (post: Post) => ((await probeService(post.path)) === 'gone' ? [] : [post.name])),
  );
  const known = living.flat();
  const others = known.length > 0 ? `posted are ${known.join(', ')}` : 'nothing is';
  return new FileError(
    'ENOENT',
    `no service '${name}' is posted; ${others} (ns serve --post NAME posts one)`,
  );
}
