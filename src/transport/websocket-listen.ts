/** Accepts WebSockets, on an HTTP server of its own or on another's. */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Address } from './address.ts';
import { TransportError } from './errors.ts';
import { requireLoopback } from './loopback.ts';
import type { ListenOptions } from './options.ts';
import { listenerOf, startListening } from './socket.ts';
import type { Accept, Listener } from './stream.ts';
import { boundAddress, hostAddress, listenTarget, remotePeer } from './tcp.ts';
import { refusalOf } from './websocket-gate.ts';
import { webSocketOptions, WebSocketStream } from './websocket.ts';

/** `ws://host:port`, `wss://host:port`, on any path. Beyond this machine only `wss:` with a token, or `insecure`. */
export async function listenWebSocket(
  address: Address,
  accept: Accept,
  options: ListenOptions,
): Promise<Listener> {
  const { scheme, host, port } = address;
  const name = hostAddress(scheme, host!, port!);
  const safe = options.insecure === true || (scheme === 'wss' && options.token !== undefined);
  requireLoopback(name, host!, safe, 'listen on wss:// with a token instead');
  const server = scheme === 'wss' ? https.createServer(secrets(name, options)) : http.createServer();
  server.on('request', (_request, response) => {
    response.writeHead(426, { connection: 'Upgrade', upgrade: 'websocket', 'content-type': 'text/plain' });
    response.end('This is a 9P server; it is spoken to through a WebSocket.\n');
  });
  server.on('upgrade', upgrader(scheme, accept, options));
  await startListening(server, listenTarget(address), name, options);
  return listenerOf(server, boundAddress(scheme, server), options.signal);
}

/** For the 'upgrade' event of any HTTP server: lets in whoever has the token and comes from a page that may. */
export function upgrader(
  scheme: string,
  accept: Accept,
  options: Pick<ListenOptions, 'origins' | 'token' | 'problem'>,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const server = new WebSocketServer({ ...webSocketOptions, noServer: true, clientTracking: false });
  return (request, _socket, head) => {
    const { socket } = request;
    const peer = remotePeer(scheme, socket);
    if (!peer) return void socket.destroy();
    const refusal = refusalOf(request, options);
    if (!refusal) {
      socket.setNoDelay(true);
      return server.handleUpgrade(request, socket, head, (ws) => accept(new WebSocketStream(peer, ws)));
    }
    const status = `HTTP/1.1 ${refusal.status} ${http.STATUS_CODES[refusal.status]}`;
    socket.on('error', () => {});
    socket.end(`${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    options.problem?.(
      new TransportError('EACCES', `${peer.address} not let in: ${refusal.reason}`, peer.address),
    );
  };
}

function secrets(name: string, { certificate }: ListenOptions): https.ServerOptions {
  if (certificate) return { cert: certificate.chain, key: certificate.privateKey };
  throw new TransportError(
    'EINVAL',
    `cannot listen on ${name}: wss needs a certificate and its private key`,
    name,
  );
}
