/** TCP. */
import type { ListenOptions as NodeListenOptions, Server, Socket } from 'node:net';
import { formatAddress, type Address } from './address.ts';
import { isLoopback, requireLoopback } from './loopback.ts';
import type { ConnectOptions, ListenOptions } from './options.ts';
import { connectSocket, listenerOf, socketServer, startListening } from './socket.ts';
import type { Accept, Listener, Peer, Stream } from './stream.ts';

/** `tcp://host:port` */
export function connectTcp({ host, port }: Address, options: ConnectOptions): Promise<Stream> {
  return connectSocket({ host, port: port! }, hostAddress('tcp', host!, port!), options);
}

/** Beyond this machine only with `insecure`. */
export async function listenTcp(address: Address, accept: Accept, options: ListenOptions): Promise<Listener> {
  const name = hostAddress('tcp', address.host!, address.port!);
  requireLoopback(name, address.host!, options.insecure === true, 'listen on tls:// instead');
  const server = socketServer(accept, (socket) => remotePeer('tcp', socket));
  await startListening(server, listenTarget(address), name, options);
  return listenerOf(server, boundAddress('tcp', server), options.signal);
}

/** An address that consists of a host and a port, with nothing of a tree. */
export function hostAddress(scheme: string, host: string, port: number): string {
  return formatAddress({ scheme, host, port, path: '', options: new Map() });
}

/** Where Node's server is to listen; `*` is every interface, IPv4 and IPv6. */
export function listenTarget({ host, port }: Address): NodeListenOptions {
  return host === '*' ? { port } : { host, port };
}

/** Where a server listens, with its real port. */
export function boundAddress(scheme: string, server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new TypeError('the server listens on no port');
  return hostAddress(scheme, bound.address, bound.port);
}

/** Who is at the other end of an accepted socket; nobody, if it was gone before we looked. */
export function remotePeer(scheme: string, { remoteAddress, remotePort }: Socket): Peer | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  const identity = isLoopback(remoteAddress) ? 'loopback' : 'none';
  return { address: hostAddress(scheme, remoteAddress, remotePort), identity };
}
