/** A pair of streams inside one process. Runs in a browser too. */
import { Delivery } from './delivery.ts';
import { TransportError } from './errors.ts';
import type { Peer, Receiver, Stream } from './stream.ts';

const peer: Peer = { address: 'pipe:', identity: 'loopback' };

/**
 * Two ends: what is written to one arrives at the other, never before `write` has returned, and copied once, from the
 * writer's segments into the receiver's space.
 */
export function pipe(): [Stream, Stream] {
  const one = new PipeEnd();
  const two = new PipeEnd();
  one.join(two);
  two.join(one);
  return [one, two];
}

/** Bytes that one end hands over before others get their turn. */
const QUANTUM = 1024 * 1024;

interface Segment {
  readonly bytes: Uint8Array;
  readonly sent: (() => void) | undefined;
}

class PipeEnd implements Stream {
  readonly peer = peer;
  readonly #delivery = new Delivery();
  #other: PipeEnd = this;
  /** What the other end wrote; of the first segment, `#offset` bytes are delivered. */
  #inbox: Segment[] = [];
  #offset = 0;
  /** Bytes in the inbox. */
  #waiting = 0;
  #paused = false;
  #scheduled = false;
  /** This end was closed: it writes no more and listens no more. */
  #closed = false;
  #failure: Error | undefined;
  #leave: () => void = () => {};
  readonly #gone = new Promise<void>((resolve) => (this.#leave = resolve));

  join(other: PipeEnd): void {
    this.#other = other;
  }

  get queued(): number {
    return this.#other.#waiting;
  }

  start(receiver: Receiver): void {
    this.#delivery.start(receiver, (error) => this.abort(error));
    this.#schedule();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  write(segments: readonly Uint8Array[], sent: () => void): void {
    const last = segments.length - 1;
    if (this.#closed || last < 0) return sent();
    const other = this.#other;
    segments.forEach((bytes, i) => {
      other.#waiting += bytes.length;
      other.#inbox.push({ bytes, sent: i === last ? sent : undefined });
    });
    other.#schedule();
  }

  close(): Promise<void> {
    this.#shut();
    this.#other.#schedule();
    return this.#gone;
  }

  abort(reason: Error): void {
    const text = 'the other end of the pipe broke it off';
    this.#break(reason);
    this.#other.#break(new TransportError('ECONNRESET', text, peer.address, reason));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #shut(): void {
    this.#closed = true;
    this.#delivery.deafen();
    this.#schedule();
  }

  #break(reason: Error): void {
    this.#failure ??= reason;
    this.#shut();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    soon(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    if (this.#closed) this.#discard();
    for (let quantum = QUANTUM; this.#listens && this.#inbox.length > 0;) {
      if (quantum <= 0) return this.#schedule();
      quantum -= this.#step(this.#inbox[0]);
    }
    if (this.#failure) this.#end(this.#failure);
    else if (this.#other.#closed && this.#inbox.length === 0) {
      this.#delivery.end();
      this.#other.#end();
    }
  }

  get #listens(): boolean {
    return this.#delivery.started && !this.#paused && !this.#closed;
  }

  /** Delivers what the receiver takes at once; the count of bytes. */
  #step({ bytes, sent }: Segment): number {
    const count = this.#offset < bytes.length ? this.#delivery.deliverSome(bytes, this.#offset) : 0;
    this.#offset += count;
    this.#waiting -= count;
    if (this.#offset === bytes.length) {
      this.#inbox.shift();
      this.#offset = 0;
      sent?.();
    }
    return count;
  }

  #discard(): void {
    const segments = this.#inbox;
    this.#inbox = [];
    this.#waiting = this.#offset = 0;
    for (const { sent } of segments) sent?.();
  }

  #end(error?: Error): void {
    this.#delivery.end(error);
    this.#leave();
  }
}

/** Microtasks in a row, in the whole process; then timers and I/O get their turn. */
const MICROTASKS = 64;
let inARow = 0;

function soon(task: () => void): void {
  if (++inARow < MICROTASKS) return queueMicrotask(task);
  inARow = 0;
  if (typeof setImmediate === 'function') setImmediate(task);
  else setTimeout(task);
}
