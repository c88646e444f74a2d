/** Unix sockets. */
import { stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { formatAddress, type Address } from './address.ts';
import { cannotConnect, TransportError, type Hints } from './errors.ts';
import type { ConnectOptions, Credentials, ListenOptions } from './options.ts';
import { prepareSocket, requirePathLength } from './socket-file.ts';
import { connectSocket, descriptor, listenerOf, socketServer, startListening } from './socket.ts';
import type { Accept, Listener, Peer, Stream } from './stream.ts';

const SOCKET_MODE = 0o600;

/** `unix:///path` */
export async function connectUnix({ path }: Address, options: ConnectOptions): Promise<Stream> {
  const address = unixAddress(path);
  requirePathLength(path, address);
  await requireSocket(path, address);
  return connectSocket({ path }, address, options, connectHints);
}

/**
 * Listens on a Unix socket. Its mode is `mode` (0600) from the moment it can be seen; a directory that is missing is
 * made with mode 0700; a socket that nobody listens on is replaced, anything else is not; at the end it is removed.
 */
export async function listenUnix(
  { path }: Address,
  accept: Accept,
  options: ListenOptions,
): Promise<Listener> {
  const address = unixAddress(path);
  requirePathLength(path, address);
  requireNames(address, options);
  const server = socketServer(accept, (socket) => unixPeer(address, socket, options));
  const file = await prepareSocket(path, address, options.insecure === true);
  try {
    await startListening(server, { path: file.path }, address, options, listenHints);
    const remove = await file.publish(options.mode ?? SOCKET_MODE);
    return listenerOf(server, address, options.signal, remove);
  } catch (error) {
    if (server.listening) server.close();
    throw error;
  } finally {
    await file.tidy();
  }
}

const connectHints: Hints = {
  ECONNREFUSED: 'connection refused: nobody listens on this socket; is the server running?',
  EACCES:
    'permission denied on the socket or its directory; it belongs to another user, or its mode shuts you out',
};

const listenHints: Hints = {
  EACCES: 'permission denied in its directory; choose a directory of your own',
};

function unixAddress(path: string): string {
  return formatAddress({ scheme: 'unix', path, options: new Map() });
}

/** The kernel refuses a connection to a plain file in the same words as one to a socket that nobody listens on. */
async function requireSocket(path: string, address: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw cannotConnect(address, error, {
      ...connectHints,
      ENOENT: 'there is no such socket; is the server running?',
    });
  });
  if (!found.isSocket())
    throw new TransportError('ENOTSOCK', `cannot connect to ${address}: it is not a socket`, address);
}

/** Where others may connect, somebody whom the kernel does not name must not pass for the owner. */
function requireNames(address: string, { mode = SOCKET_MODE, credentials, insecure }: ListenOptions): void {
  if (!opensToOthers(mode) || credentials || insecure) return;
  const text = `will not listen on ${address} with mode ${mode.toString(8)}: nothing says which user connects`;
  throw new TransportError('EPERM', `${text}; use mode 600, or allow it (--insecure)`, address);
}

function opensToOthers(mode: number): boolean {
  return (mode & 0o066) !== 0;
}

function unixPeer(address: string, socket: Socket, options: ListenOptions): Peer | undefined {
  const known = ask(address, socket, options);
  if (known) return { address, identity: 'credentials', user: known.user, uid: known.uid, gid: known.gid };
  const safe = options.insecure || !opensToOthers(options.mode ?? SOCKET_MODE);
  return safe ? { address, identity: 'loopback' } : undefined;
}

function ask(
  address: string,
  socket: Socket,
  { credentials, problem }: ListenOptions,
): Credentials | undefined {
  try {
    const fd = descriptor(socket);
    return fd === undefined ? undefined : credentials?.(fd);
  } catch (error) {
    problem?.(
      new TransportError(
        'EIO',
        `who connected to ${address} cannot be told: ${String(error)}`,
        address,
        error,
      ),
    );
    return undefined;
  }
}
