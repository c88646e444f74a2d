/** WebSocket as a browser has it. There it cannot be told to stop: what arrives while paused is kept here. */
import type { Address } from './address.ts';
import { attempt } from './attempt.ts';
import { Delivery } from './delivery.ts';
import { TransportError } from './errors.ts';
import { isLoopback } from './loopback.ts';
import type { Patience } from './options.ts';
import type { Peer, Receiver, Stream } from './stream.ts';
import { Unsent } from './unsent.ts';
import { messagesOf, webSocketName, webSocketUrl } from './websocket-url.ts';

/** What we use of the browser's class. */
interface BrowserSocket {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: Uint8Array): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
}

declare const WebSocket: new (url: string) => BrowserSocket;

const OPEN = 1;
/** Bytes that the browser may hold before a writer has to wait, and milliseconds between two looks. */
const HIGH_WATER = 1024 * 1024;
const LOOK_AGAIN = 5;

/** `ws://` and `wss://`, with the page's own global WebSocket. */
export function connectBrowserWebSocket(address: Address, options: Patience = {}): Promise<Stream> {
  const name = webSocketName(address);
  return attempt(name, options, (succeed, fail) => {
    const socket = new WebSocket(webSocketUrl(address, 'with token'));
    socket.binaryType = 'arraybuffer';
    // A browser tells no reason: that would say too much to a page about the network around it.
    const questions = 'is the server running, its token right, this page allowed?';
    const refused = `cannot connect to ${name}: the browser does not say why; ${questions}`;
    socket.addEventListener('error', () => fail(new TransportError('ECONNREFUSED', refused, name)));
    const identity = isLoopback(address.host!) ? 'loopback' : 'none';
    socket.addEventListener('open', () => succeed(new BrowserStream({ address: name, identity }, socket)));
    return () => socket.close();
  });
}

class BrowserStream implements Stream {
  readonly peer: Peer;
  readonly #socket: BrowserSocket;
  readonly #delivery = new Delivery();
  readonly #unsent = new Unsent();
  readonly #gone: Promise<void>;
  #kept: Uint8Array[] = [];
  #paused = false;
  #closing = false;
  /** Nothing more arrives: the end follows what is kept. */
  #over = false;
  #failure: Error | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(peer: Peer, socket: BrowserSocket) {
    this.peer = peer;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#message(data));
    this.#gone = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => {
        const inOrder = this.#closing || code === 1000 || code === 1001 || code === 1005;
        if (!inOrder) this.#failure ??= broken(peer.address, code, reason);
        this.#over = true;
        this.#unsent.settle();
        this.#deliver();
        resolve();
      });
    });
  }

  get queued(): number {
    return this.#socket.bufferedAmount;
  }

  start(receiver: Receiver): void {
    this.#delivery.start(receiver, (error) => this.abort(error));
    queueMicrotask(() => this.#deliver());
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    queueMicrotask(() => this.#deliver());
  }

  /** The browser copies what it is given: `sent` waits for nothing but its queue to be short. */
  write(segments: readonly Uint8Array[], sent: () => void): void {
    if (this.#closing || this.#socket.readyState !== OPEN) return sent();
    for (const message of messagesOf(segments)) this.#socket.send(message);
    this.#unsent.add(sent);
    if (this.#timer === undefined) this.#look();
  }

  close(): Promise<void> {
    this.#closing = true;
    this.#kept = [];
    this.#delivery.deafen();
    this.#socket.close(1000);
    return this.#gone;
  }

  abort(reason: Error): void {
    this.#failure ??= reason;
    this.#kept = [];
    this.#delivery.deafen();
    this.#socket.close();
    this.#over = true;
    queueMicrotask(() => this.#deliver());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #message(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      this.#kept.push(new Uint8Array(data));
      this.#deliver();
    } else {
      const { address } = this.peer;
      this.abort(new TransportError('EPROTO', `${address} sent a message of text; 9P is binary`, address));
    }
  }

  #deliver(): void {
    while (this.#kept.length > 0 && this.#delivery.started && !this.#paused) {
      this.#delivery.deliver(this.#kept.shift()!);
    }
    if (this.#over && this.#kept.length === 0) this.#delivery.end(this.#failure);
  }

  #look(): void {
    const full = this.#socket.readyState === OPEN && this.#socket.bufferedAmount > HIGH_WATER;
    this.#timer = full ? setTimeout(() => this.#look(), LOOK_AGAIN) : undefined;
    if (!full) this.#unsent.settle();
  }
}

function broken(address: string, code: number, reason: string): TransportError {
  const why = code === 1006 ? 'the other side broke it off' : `${reason || 'no reason given'} (code ${code})`;
  return new TransportError(
    code === 1006 ? 'ECONNRESET' : 'EPROTO',
    `the connection with ${address} is lost: ${why}`,
    address,
  );
}
