/** A stream over what Node has: one duplex, or a readable and a writable (a child's stdout and stdin). */
import type { Readable, Writable } from 'node:stream';
import { Delivery } from './delivery.ts';
import { connectionLost } from './errors.ts';
import type { Awaitable } from './options.ts';
import type { Peer, Receiver, Stream } from './stream.ts';
import { Unsent } from './unsent.ts';

/**
 * Milliseconds that a closed stream, once all is sent, waits for the other side to end too. To leave with bytes
 * unread makes TCP send a reset, which may destroy what the other side has not read yet.
 */
export const LINGER = 1000;

export class DuplexStream implements Stream {
  readonly peer: Peer;
  readonly #readable: Readable;
  readonly #writable: Writable;
  /** Both, or the one that is both. */
  readonly #halves: readonly (Readable | Writable)[];
  readonly #delivery: Delivery;
  readonly #direct: boolean;
  readonly #unsent = new Unsent();
  readonly #gone: Promise<void>;
  #paused = false;
  #closing = false;
  #concluded = false;
  #failure: Error | undefined;
  #reason: Error | undefined;
  #linger: NodeJS.Timeout | undefined;

  /**
   * Owns both halves (the same object, for a socket). Where a `delivery` is given the readable fills it by itself
   * (`onread`); otherwise its 'data' events are copied.
   */
  constructor(peer: Peer, readable: Readable, writable: Writable, delivery?: Delivery) {
    this.peer = peer;
    this.#readable = readable;
    this.#writable = writable;
    this.#halves = [...new Set([readable, writable])];
    this.#direct = delivery !== undefined;
    this.#delivery = delivery ?? new Delivery();
    this.#failure = readable.errored ?? undefined;
    readable.pause();
    readable.once('end', () => this.#conclude());
    for (const half of this.#halves) half.on('error', (error) => this.#fail(error));
    this.#gone = this.#watchClose();
  }

  get queued(): number {
    return this.#writable.writableLength;
  }

  /** Whether any byte was delivered. */
  protected get heard(): boolean {
    return this.#delivery.heard;
  }

  start(receiver: Receiver): void {
    this.#delivery.start(receiver, (error) => this.abort(error));
    if (!this.#direct) this.#readable.on('data', (bytes: Uint8Array) => this.#delivery.deliver(bytes));
    if (!this.#paused) this.#readable.resume();
  }

  pause(): void {
    this.#paused = true;
    if (!this.#closing) this.#readable.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#delivery.started) this.#readable.resume();
  }

  write(segments: readonly Uint8Array[], sent: () => void): void {
    const writable = this.#writable;
    const last = segments.length - 1;
    if (last < 0 || writable.destroyed || writable.writableEnded) return sent();
    this.#unsent.add(sent);
    if (last === 0) {
      writable.write(segments[0], this.#unsent.written);
    } else {
      writable.cork();
      for (let i = 0; i < last; i++) writable.write(segments[i]);
      writable.write(segments[last], this.#unsent.written);
      writable.uncork();
    }
    if (writable.writableLength === 0) this.#unsent.settle();
  }

  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#delivery.deafen();
      this.#readable.resume();
      this.#writable.end(() => this.flushed());
    }
    return this.#gone;
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#delivery.deafen();
    this.#destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** All that was written before `close` has left, or never will. */
  protected flushed(): void {
    if (this.#readable.readableEnded) this.#destroy();
    else this.#linger ??= setTimeout(() => this.#destroy(), LINGER);
  }

  /** What the end of the other side's bytes, or a failure, is to be told as. */
  protected verdict(failure: Error | undefined): Awaitable<Error | undefined> {
    return failure && connectionLost(this.peer.address, failure);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    // The other half of two may still hold the reason, the last words of a child: it is given time to end.
    if (this.#halves.length > 1) this.#linger ??= setTimeout(() => this.#destroy(), LINGER);
  }

  #destroy(): void {
    for (const half of this.#halves) half.destroy();
  }

  #conclude(): void {
    if (this.#concluded) return;
    this.#concluded = true;
    if (this.#reason) this.#delivery.end(this.#reason);
    else if (this.#closing && this.#writable.writableFinished) this.#delivery.end();
    else void this.#judge();
  }

  async #judge(): Promise<void> {
    const error = await this.verdict(this.#failure);
    this.#delivery.end(this.#reason ?? error);
    if (error) this.#destroy();
  }

  async #watchClose(): Promise<void> {
    await Promise.all(this.#halves.map(closed));
    clearTimeout(this.#linger);
    this.#unsent.settle();
    this.#conclude();
  }
}

function closed(half: Readable | Writable): Promise<void> {
  return new Promise((resolve) => (half.closed ? resolve() : half.once('close', resolve)));
}
