/** What the tests of streams share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Receiver, Stream } from '../../src/transport/stream.ts';

/** Keeps what a stream delivers. */
export class Sink implements Receiver {
  readonly chunks: Buffer[] = [];
  readonly ends: (Error | undefined)[] = [];
  readonly end: Promise<Error | undefined>;
  total = 0;
  /** Called after each piece. */
  onPiece: (count: number) => void = () => {};
  readonly #size: number;
  #space: Uint8Array = new Uint8Array(0);
  #finish: (error: Error | undefined) => void = () => {};
  #waiting: { readonly total: number; readonly resolve: () => void }[] = [];

  constructor(size = 50_000) {
    this.#size = size;
    this.end = new Promise((resolve) => (this.#finish = resolve));
  }

  space(): Uint8Array {
    this.#space = new Uint8Array(this.#size);
    return this.#space;
  }

  received(count: number): void {
    if (this.ends.length > 0) throw new Error('bytes after the end');
    this.chunks.push(Buffer.from(this.#space.subarray(0, count)));
    this.total += count;
    const { total } = this;
    this.#waiting = this.#waiting.filter((wait) => total < wait.total || wait.resolve());
    this.onPiece(count);
  }

  ended(error?: Error): void {
    this.ends.push(error);
    this.#finish(error);
  }

  /** Resolves when so many bytes are there. */
  has(total: number): Promise<void> {
    return new Promise((resolve) =>
      this.total >= total ? resolve() : this.#waiting.push({ total, resolve }),
    );
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** Sends back what arrives, and does not read on while much of it is still to leave. */
export function echo(stream: Stream): void {
  const sink = new Sink();
  let waiting = 0;
  sink.onPiece = (count) => {
    waiting += count;
    if (waiting > 1_000_000) stream.pause();
    stream.write(sink.chunks.splice(0), () => {
      waiting -= count;
      stream.resume();
    });
  };
  void sink.end.then(() => stream.close());
  stream.start(sink);
}

/** Globals are slow to look up in jest's modules. */
const { imul } = Math;

/** Bytes whose order can be checked: never the same in two places that are close. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state = (imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Cuts bytes into segments of many sizes, some of them empty. */
export function segments(bytes: Buffer, seed = 7): Buffer[][] {
  const writes: Buffer[][] = [];
  let state = seed;
  const next = (below: number): number => (state = (imul(state, 48271) >>> 0) % 2147483647) % below;
  for (let at = 0; at < bytes.length;) {
    const write: Buffer[] = [];
    for (let count = 1 + next(4); count > 0; count--) {
      const size = next(5) === 0 ? 0 : next(3) === 0 ? next(300_000) : next(2000);
      write.push(bytes.subarray(at, at + size));
      at += size;
    }
    writes.push(write);
  }
  return writes;
}

/** Writes, and resolves when it is sent. */
export function send(stream: Stream, ...bytes: readonly Uint8Array[]): Promise<void> {
  return new Promise((sent) => stream.write(bytes, sent));
}

/** A new directory, mode 0700, and what removes it. */
export function scratchDirectory(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'nines-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The error of what should fail. */
export async function failure(attempt: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not fail');
}

/** Starts a stream, and closes it when the other end does. */
export function take(stream: Stream, sink = new Sink()): Sink {
  void sink.end.then(() => stream.close());
  stream.start(sink);
  return sink;
}

/** Takes a stream that nobody wants. */
export function hangUp(stream: Stream): void {
  void stream.close();
}

/** The next stream that is accepted. */
export function acceptor(): {
  readonly accept: (stream: Stream) => void;
  readonly next: () => Promise<Stream>;
} {
  const streams: Stream[] = [];
  const takers: ((stream: Stream) => void)[] = [];
  return {
    accept: (stream) => (takers.length > 0 ? takers.shift()?.(stream) : void streams.push(stream)),
    next: () =>
      new Promise((resolve) => {
        const stream = streams.shift();
        if (stream) resolve(stream);
        else takers.push(resolve);
      }),
  };
}
