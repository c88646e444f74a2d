/** WebSocket (RFC 6455) as a stream: binary messages, whose borders mean nothing. */
import { WebSocket, type RawData } from 'ws';
import type { Address } from './address.ts';
import { attempt } from './attempt.ts';
import { Delivery } from './delivery.ts';
import { LINGER } from './duplex.ts';
import { cannotConnect, connectionLost, TransportError } from './errors.ts';
import { isLoopback } from './loopback.ts';
import type { ConnectOptions } from './options.ts';
import type { Peer, Receiver, Stream } from './stream.ts';
import { Unsent } from './unsent.ts';
import { MESSAGE, messagesOf, webSocketName, webSocketUrl } from './websocket-url.ts';

/** What both sides set: no compression, and a bound on what a peer makes us gather. */
export const webSocketOptions = { perMessageDeflate: false, maxPayload: 4 * MESSAGE } as const;

/** `ws://host[:port][/path][?token=…]`, and `wss:` with the certificates that the system (and `ca`) trusts. */
export function connectWebSocket(address: Address, options: ConnectOptions): Promise<Stream> {
  const name = webSocketName(address);
  const token = address.options.get('token');
  return attempt(name, options, (succeed, fail) => {
    const socket = new WebSocket(webSocketUrl(address, 'without token'), {
      ...webSocketOptions,
      ca: options.ca,
      // Not in the URL, which proxies write into their logs.
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    socket.on('error', (error) => fail(cannotConnect(name, error)));
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      fail(refusal(name, response.statusCode ?? 0));
    });
    socket.once('open', () =>
      succeed(new WebSocketStream({ address: name, identity: proximity(address) }, socket)),
    );
    return () => socket.terminate();
  });
}

/** A stream over a socket that is open. */
export class WebSocketStream implements Stream {
  readonly peer: Peer;
  readonly #socket: WebSocket;
  readonly #delivery = new Delivery();
  readonly #unsent = new Unsent();
  readonly #gone: Promise<void>;
  #paused = false;
  #closing = false;
  #failure: Error | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(peer: Peer, socket: WebSocket) {
    this.peer = peer;
    this.#socket = socket;
    socket.binaryType = 'fragments';
    socket.pause();
    socket.on('message', (data, isBinary) => this.#message(data, isBinary));
    socket.on('error', (error) => (this.#failure ??= connectionLost(peer.address, error)));
    this.#gone = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#unsent.settle();
        clearTimeout(this.#linger);
        this.#delivery.end(
          this.#failure ?? (this.#closing ? undefined : closeError(peer.address, code, reason)),
        );
        resolve();
      });
    });
  }

  get queued(): number {
    return this.#socket.bufferedAmount;
  }

  start(receiver: Receiver): void {
    this.#delivery.start(receiver, (error) => this.abort(error));
    if (!this.#paused) this.#socket.resume();
  }

  pause(): void {
    this.#paused = true;
    if (!this.#closing) this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#delivery.started) this.#socket.resume();
  }

  write(segments: readonly Uint8Array[], sent: () => void): void {
    const messages = messagesOf(segments);
    if (this.#closing || this.#socket.readyState !== WebSocket.OPEN || messages.length === 0) return sent();
    this.#unsent.add(sent);
    const last = messages.length - 1;
    messages.forEach((bytes, i) => this.#socket.send(bytes, i === last ? this.#unsent.written : undefined));
    if (this.#socket.bufferedAmount === 0) this.#unsent.settle();
  }

  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#delivery.deafen();
      this.#socket.resume();
      this.#unsent.whenIdle(() => {
        this.#socket.close(1000);
        this.#linger = setTimeout(() => this.#socket.terminate(), LINGER);
      });
    }
    return this.#gone;
  }

  abort(reason: Error): void {
    this.#failure = reason;
    this.#delivery.deafen();
    this.#socket.terminate();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #message(data: RawData, isBinary: boolean): void {
    if (isBinary && Array.isArray(data)) {
      for (const bytes of data) this.#delivery.deliver(bytes);
      return;
    }
    this.#failure ??= new TransportError(
      'EPROTO',
      `${this.peer.address} sent a message of text; 9P is binary`,
      this.peer.address,
    );
    this.#delivery.deafen();
    this.#socket.close(1003, 'binary messages only');
  }
}

/** What a close code says (RFC 6455 section 7.4): 1006 is made up by the library where the connection broke. */
function closeError(address: string, code: number, reason: Buffer): Error | undefined {
  switch (code) {
    case 1000:
    case 1001:
    case 1005:
      return undefined;
    case 1006:
      return connectionLost(address, Object.assign(new Error('no close frame'), { code: 'ECONNRESET' }));
    default: {
      const text = `${address} ended the connection: ${reason.toString() || 'no reason given'} (code ${code})`;
      return new TransportError('EPROTO', text, address);
    }
  }
}

function refusal(name: string, status: number): TransportError {
  const asked = status === 401;
  const text = asked
    ? "the server asks for its token; add it to the address: '?token=…'"
    : `the server answered with HTTP status ${status} instead of a WebSocket`;
  return new TransportError(asked ? 'EACCES' : 'EPROTO', `cannot connect to ${name}: ${text}`, name);
}

function proximity({ host }: Address): 'loopback' | 'none' {
  return isLoopback(host!) ? 'loopback' : 'none';
}
