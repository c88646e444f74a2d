/**
 * Reads the device through the event loop, as libuv reads a pipe; and, while one request follows the other, without it:
 * to go to sleep and to be woken costs more than most requests do.
 */
import { readSync } from 'node:fs';
import { Pipe } from './pipe.ts';
import { AGAIN, codeOf, MESSAGE_SIZE, UNMOUNTED, type Reader, type Sink } from './reader.ts';

/** How many buffers are kept while they are not used. */
const KEPT = 4;

/** Milliseconds within which a request follows the answer to another one if nobody thinks, or sleeps, in between. */
const MOMENT = 0.064;

/** Milliseconds after which the event loop has its turn, however much is asked. */
const TURN = 2;

export class PollReader implements Reader {
  readonly kind = 'poll';
  readonly #fd: number;
  readonly #sink: Sink;
  readonly #free: Uint8Array[] = [];
  #buffer: Uint8Array = new Uint8Array(MESSAGE_SIZE);
  #pipe: Pipe;
  #stopped = false;
  #delivering = false;
  /** When a message was last answered at once; milliseconds of `performance.now()`. */
  #replied = 0;

  constructor(fd: number, sink: Sink) {
    this.#fd = fd;
    this.#sink = sink;
    this.#pipe = this.#read();
  }

  replied(): void {
    if (this.#delivering) this.#replied = performance.now();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#pipe.stop();
  }

  close(): void {
    this.stop();
    this.#pipe.close();
  }

  #read(): Pipe {
    const onread = {
      buffer: () => this.#buffer,
      callback: (count: number) => this.#came(count),
    };
    return new Pipe(this.#fd, onread, (error) => this.#failed(error));
  }

  /** Something came through the event loop: more may be there. */
  #came(count: number): boolean {
    const now = performance.now();
    const patience = now - this.#replied < MOMENT ? MOMENT : 0;
    this.#deliver(count);
    this.#readOn(patience, now + TURN);
    return true;
  }

  /** Reads until nothing is there, for so long after the last answer. What is yet to be answered needs the event loop. */
  #readOn(patience: number, end: number): void {
    for (let now = 0; now < end && !this.#stopped; now = performance.now()) {
      const count = this.#tryRead();
      if (count > 0) this.#deliver(count);
      else if (now - this.#replied >= patience) return;
    }
  }

  /** 0 if there is nothing now. The event loop will learn of whatever else is the matter. */
  #tryRead(): number {
    try {
      return readSync(this.#fd, this.#buffer);
    } catch {
      return 0;
    }
  }

  #deliver(count: number): void {
    if (this.#stopped) return;
    const buffer = this.#buffer;
    this.#delivering = true;
    const settled = this.#sink.message(buffer.subarray(0, count));
    this.#delivering = false;
    if (!settled) return;
    this.#buffer = this.#free.pop() ?? new Uint8Array(MESSAGE_SIZE);
    const free = (): void => void (this.#free.length < KEPT && this.#free.push(buffer));
    settled.then(free, free);
  }

  #failed(error: Error): void {
    if (this.#stopped) return;
    if (!AGAIN.has(codeOf(error))) return this.#end(error);
    // Not before libuv is done with the pipe whose read has failed.
    setImmediate(() => this.#again());
  }

  /**
   * libuv never reads a pipe again whose read has failed: another one takes its place. The old one is left as it is,
   * since closing it would close the descriptor.
   */
  #again(): void {
    if (!this.#stopped) this.#pipe = this.#read();
  }

  #end(error: Error): void {
    this.#stopped = true;
    this.#sink.ended(UNMOUNTED.has(codeOf(error)) ? undefined : error);
  }
}
