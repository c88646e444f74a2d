/** Byte streams by address: connect to one, listen at one. Each transport is loaded when it is first used. */
import { formatAddress, parseAddress, type Address } from './address.ts';
import { TransportError } from './errors.ts';
import type { ConnectOptions, ListenOptions } from './options.ts';
import type { Accept, Listener, Stream } from './stream.ts';

export { formatAddress, NINE_PORT, parseAddress, treePath, type Address } from './address.ts';
export { TransportError } from './errors.ts';
export { isLoopback } from './loopback.ts';
export type { Awaitable, ConnectOptions, Credentials, ListenOptions } from './options.ts';
export { pipe } from './pipe.ts';
export { stdio } from './stdio.ts';
export type { Accept, Listener, Peer, Receiver, Stream } from './stream.ts';

/**
 * Connects a byte stream. What the address says of a tree (path, `aname`) is not looked at.
 *
 * @throws TransportError in one line: what is wrong, and what to do; the signal's reason, if it aborts
 */
export async function connect(address: string | Address, options: ConnectOptions = {}): Promise<Stream> {
  options.signal?.throwIfAborted();
  const to = typeof address === 'string' ? parseAddress(address) : address;
  switch (to.scheme) {
    case 'tcp':
      return (await import('./tcp.ts')).connectTcp(to, options);
    case 'unix':
      return (await import('./unix.ts')).connectUnix(to, options);
    case 'tls':
      return (await import('./tls.ts')).connectTls(to, options);
    case 'exec':
      return (await import('./exec.ts')).connectExec(to, options);
    case 'ssh':
      return (await import('./ssh.ts')).connectSsh(to, options);
    case 'ws':
    case 'wss':
      return (await import('./websocket.ts')).connectWebSocket(to, options);
    default:
      throw unsupported('connect to', to, 'tcp, unix, tls, exec, ssh, ws or wss');
  }
}

/**
 * Accepts byte streams at an address, each of which goes to `accept`. A port of 0 lets the system choose.
 *
 * @throws TransportError in one line: what is wrong, and what to do
 */
export async function listen(
  address: string | Address,
  accept: Accept,
  options: ListenOptions = {},
): Promise<Listener> {
  options.signal?.throwIfAborted();
  const at = typeof address === 'string' ? parseAddress(address) : address;
  switch (at.scheme) {
    case 'tcp':
      return (await import('./tcp.ts')).listenTcp(at, accept, options);
    case 'unix':
      return (await import('./unix.ts')).listenUnix(at, accept, options);
    case 'tls':
      return (await import('./tls.ts')).listenTls(at, accept, options);
    case 'ws':
    case 'wss':
      return (await import('./websocket-listen.ts')).listenWebSocket(at, accept, options);
    default:
      throw unsupported('listen on', at, 'tcp, unix, tls, ws or wss');
  }
}

function unsupported(purpose: string, address: Address, schemes: string): TransportError {
  const text = formatAddress(address);
  // `localhost:564` reads as the scheme localhost.
  const meant = /^\d+(\/|$)/.test(address.path) ? `; did you mean 'tcp://${text}'?` : '';
  return new TransportError(
    'EPROTONOSUPPORT',
    `cannot ${purpose} ${text}: no byte stream of the kind '${address.scheme}'; use ${schemes}${meant}`,
    text,
  );
}
