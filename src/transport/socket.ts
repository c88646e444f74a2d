/** Sockets of the system (TCP, Unix) as streams: read straight into the receiver's memory. */
import net from 'node:net';
import { attempt } from './attempt.ts';
import { Delivery } from './delivery.ts';
import { DuplexStream } from './duplex.ts';
import { cannotConnect, cannotListen, type Hints } from './errors.ts';
import { isLoopback } from './loopback.ts';
import type { ListenOptions, Patience } from './options.ts';
import type { Accept, Listener, Peer, Stream } from './stream.ts';

/** Milliseconds of silence until a peer is asked whether it is still there. */
export const KEEP_ALIVE = 60_000;

/** What Node's sockets take and its types do not know. */
interface SocketOptions extends net.SocketConstructorOpts {
  onread?: net.OnReadOpts;
  handle?: object;
}

/** The system's own object under a socket, for which Node has no public name; undefined once it is closed. */
function handleOf(socket: net.Socket): object | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  return typeof handle === 'object' && handle !== null ? handle : undefined;
}

/** The file descriptor of a socket, where there is one. */
export function descriptor(socket: net.Socket): number | undefined {
  const handle = handleOf(socket);
  const fd: unknown = handle && Reflect.get(handle, 'fd');
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}

/** A socket that reads into the memory of the delivery's receiver. */
export function readingSocket(delivery: Delivery, options: SocketOptions = {}): net.Socket {
  const reading: SocketOptions = { ...options, onread: onread(delivery), allowHalfOpen: true };
  return new net.Socket(reading);
}

/** Node's option that reads into memory of ours, filled from a delivery. */
function onread(delivery: Delivery): net.OnReadOpts {
  return {
    buffer: () => delivery.space(),
    callback: (count, buffer) => {
      delivery.filled(count, buffer);
      return true;
    },
  };
}

/** Connects; `target` is what Node connects to, `address` its name in messages. */
export function connectSocket(
  target: net.SocketConnectOpts,
  address: string,
  patience: Patience,
  hints?: Hints,
): Promise<Stream> {
  return attempt(address, patience, (succeed, fail) => {
    const delivery = new Delivery();
    const socket = readingSocket(delivery);
    const refused = (error: Error): void => fail(cannotConnect(address, error, hints));
    socket.once('error', refused);
    socket.connect(target, () => {
      socket.off('error', refused);
      tune(socket);
      succeed(new DuplexStream({ address, identity: proximity(socket) }, socket, socket, delivery));
    });
    return () => socket.destroy();
  });
}

/**
 * An accepted socket as a stream. Node's servers cannot read into our memory, so the handle is taken out of the
 * socket and put into another one, which can; where a future Node has no such handle, 'data' events are copied.
 */
export function acceptSocket(socket: net.Socket, peer: Peer): Stream {
  const handle = handleOf(socket);
  if (!handle || !('readStart' in handle)) return new DuplexStream(peer, tune(socket), socket);
  const delivery = new Delivery();
  const again = tune(readingSocket(delivery, { handle }));
  Reflect.set(socket, '_handle', null);
  socket.destroy();
  return new DuplexStream(peer, again, again, delivery);
}

/** A server whose sockets are taken over by {@link acceptSocket}. */
export function socketServer(accept: Accept, peerOf: (socket: net.Socket) => Peer | undefined): net.Server {
  return net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    const peer = peerOf(socket);
    if (peer) accept(acceptSocket(socket, peer));
    else socket.destroy();
  });
}

/** Listens; resolves when clients can connect. Later trouble (no descriptors left) goes to `problem`. */
export async function startListening(
  server: net.Server,
  target: net.ListenOptions,
  address: string,
  options: ListenOptions,
  hints?: Hints,
): Promise<void> {
  options.signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const refused = (error: Error): void => reject(cannotListen(address, error, hints));
    server.once('error', refused);
    server.listen(target, () => {
      server.off('error', refused);
      resolve();
    });
  });
  server.on('error', (error) => options.problem?.(cannotListen(address, error)));
}

/** The listener of a server that listens. `before` runs first at the end. */
export function listenerOf(
  server: net.Server,
  address: string,
  signal: AbortSignal | undefined,
  before: () => void = () => {},
): Listener {
  let open = true;
  const close = (): Promise<void> => {
    if (open) {
      open = false;
      before();
      server.close();
    }
    signal?.removeEventListener('abort', aborted);
    return Promise.resolve();
  };
  const aborted = (): void => void close();
  if (signal?.aborted) aborted();
  else signal?.addEventListener('abort', aborted);
  return { address, close, [Symbol.asyncDispose]: close };
}

/** Small messages leave at once; a peer that vanished is noticed. */
function tune(socket: net.Socket): net.Socket {
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE);
}

/** A Unix socket has no remote address. */
function proximity({ remoteAddress }: net.Socket): 'loopback' | 'none' {
  return remoteAddress === undefined || isLoopback(remoteAddress) ? 'loopback' : 'none';
}
