/**
 * The receiving half of every stream: it delivers nothing before the start, nothing after the end, and the end once.
 * Runs in a browser too.
 */
import type { Receiver } from './stream.ts';

/** Takes what nobody wants, and what arrives before a receiver could give its own memory. Read and used in one go. */
const scratch = new Uint8Array(64 * 1024);

export class Delivery {
  #receiver: Receiver | undefined;
  #fail: (error: Error) => void = () => {};
  #lent: Uint8Array | undefined;
  #deaf = false;
  #end: { readonly error: Error | undefined } | undefined;
  /** Whether any byte was delivered. */
  heard = false;

  /**
   * Begins. An exception of the receiver goes to `fail`, and nothing more is delivered.
   */
  start(receiver: Receiver, fail: (error: Error) => void): void {
    if (this.#receiver) throw new Error('the stream was started before');
    this.#receiver = receiver;
    this.#fail = fail;
    const end = this.#end;
    if (end) queueMicrotask(() => receiver.ended(end.error));
  }

  get started(): boolean {
    return this.#receiver !== undefined;
  }

  /** From now on what arrives is thrown away; only the end is still told. */
  deafen(): void {
    this.#deaf = true;
  }

  /** Tells the end, or keeps it for the start. Only the first call counts. */
  end(error?: Error): void {
    if (this.#end) return;
    this.#end = { error };
    this.#deaf = true;
    this.#receiver?.ended(error);
  }

  /** Delivers all of `bytes`, by copying. */
  deliver(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) from += this.deliverSome(bytes, from);
  }

  /** Delivers as much of `bytes` from `from` on as the receiver takes at once; the count, at least 1. */
  deliverSome(bytes: Uint8Array, from: number): number {
    const left = bytes.length - from;
    const space = this.#ask();
    if (!space) return left;
    const count = Math.min(left, space.length);
    space.set(from === 0 && count === left ? bytes : bytes.subarray(from, from + count));
    this.#tell(count);
    return count;
  }

  /** Where the next read may put its bytes without copying: the receiver's memory, if it can be had now. */
  space(): Uint8Array {
    this.#lent = this.#ask();
    return this.#lent ?? scratch;
  }

  /** A read has put `count` bytes at the start of what {@link space} gave last. */
  filled(count: number, buffer: Uint8Array): void {
    if (buffer !== this.#lent) this.deliver(buffer.subarray(0, count));
    else if (!this.#deaf) this.#tell(count);
  }

  #ask(): Uint8Array | undefined {
    if (this.#deaf || !this.#receiver) return undefined;
    try {
      const space = this.#receiver.space();
      if (space.length > 0) return space;
      throw new RangeError('the receiver of a stream gave no space');
    } catch (error) {
      this.#refuse(error);
      return undefined;
    }
  }

  #tell(count: number): void {
    this.heard = true;
    try {
      this.#receiver?.received(count);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    this.#deaf = true;
    this.#fail(error instanceof Error ? error : new Error(String(error)));
  }
}
