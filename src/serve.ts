/** `serve(url, file)`: a File, at an address. */
import type { File } from './file/index.ts';
import { peer, peerCredentials, userName } from './host/index.ts';
import { hostUsers, processUser } from './owner.ts';
import { Server, type ServerOptions } from './server/index.ts';
import { listen } from './transport/index.ts';
import type { Credentials, ListenOptions } from './transport/options.ts';
import type { Listener } from './transport/stream.ts';

/** Asks who is at the other end of a Unix socket; undefined without koffi, when nobody can tell. */
export function credentialsOfHost(): ((fd: number) => Credentials) | undefined {
  if (!peer.available) return undefined;
  return (fd) => {
    const { uid, gid } = peerCredentials(fd);
    return { uid, gid, user: userName(uid) };
  };
}

/** A server with the names of this host's users, as whoever runs this process. */
export function hostServer(root: File, options: ServerOptions = {}): Server {
  return new Server(root, { owner: processUser(), users: hostUsers, ...options });
}

export interface Serving extends AsyncDisposable {
  readonly server: Server;
  /** The real address, with the port that the system chose where 0 was asked for. */
  readonly address: string;
  /** Stops listening, answers what runs, and ends. */
  close(): Promise<void>;
}

/**
 * Serves a File over 9P at an address.
 *
 * @example
 * await serve('unix:///tmp/hello', dir({ hello: text('hello, world\n') }));
 */
export async function serve(
  url: string,
  root: File,
  options: ServerOptions & ListenOptions = {},
): Promise<Serving> {
  const server = hostServer(root, options);
  const listener: Listener = await listen(url, (stream) => server.accept(stream), {
    credentials: credentialsOfHost(),
    ...options,
  });
  const close = async (): Promise<void> => {
    await listener.close();
    await server.drain();
  };
  return { server, address: listener.address, close, [Symbol.asyncDispose]: close };
}
