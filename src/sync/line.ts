/** The line from a thread that waits to the worker that works for it. */
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, Worker, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { FileError } from '../file/index.ts';
import {
  BEAT,
  WORDS,
  unpack,
  unpackError,
  type Answered,
  type Asked,
  type Question,
  type WorkerData,
} from './wire.ts';

/** Milliseconds without a beat after which the worker is taken for dead: one whose heap is full has no last words. */
const PATIENCE = 10_000;
/** Milliseconds that it has to give up what it has open. */
const FAREWELL = 1000;

export class Line {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * Object.keys(WORDS).length));
  #number = 0;
  #end: Error | undefined;

  /** @param entry - the program of the worker, which calls {@link answer} */
  constructor(entry: URL) {
    const { port1, port2 } = new MessageChannel();
    const data: WorkerData = { words: this.#words.buffer, port: port2 };
    this.#port = port1;
    this.#worker = new Worker(entry, {
      workerData: data,
      transferList: [port2],
      // The flags of this program are no business of that one, and some (--input-type) would keep it from starting.
      execArgv: [],
      // Node would count the descriptors that its own functions open, and warn of the others, which are opened by ours.
      trackUnmanagedFds: false,
    });
    this.#worker.on('error', (cause) => this.#ended(cause));
    this.#worker.on('exit', () => this.#ended());
    // A program ends when it has nothing more to do, whoever would be there to answer it.
    this.#worker.unref();
    this.#port.unref();
  }

  /** Whether questions are still answered. */
  get isUp(): boolean {
    return this.#end === undefined;
  }

  /**
   * Asks, and waits for the answer: this thread does nothing else until then.
   *
   * @param what - is asked, for messages
   * @param timeout - milliseconds
   */
  ask(question: Question, what: string, timeout: number): unknown {
    if (this.#end) throw gone(what, this.#end);
    const number = ++this.#number;
    this.#port.postMessage({ number, question }, transferOf(question));
    const { value, error } = this.#await(number, what, timeout);
    if (error) throw unpackError(error);
    return value && unpack(value);
  }

  /** The worker gives up what it has open, and ends; one that does not is ended. */
  async close(): Promise<void> {
    if (this.isUp) {
      const farewell: Asked = { number: ++this.#number, question: { on: 'end' } };
      this.#end = new FileError('EBADF', 'it was closed');
      this.#worker.ref();
      this.#port.postMessage(farewell, []);
      const exit = new Promise((resolve) => this.#worker.once('exit', resolve));
      await Promise.race([exit, delay(FAREWELL, undefined, { ref: false })]);
    }
    this.#port.close();
    await this.#worker.terminate();
  }

  #await(number: number, what: string, timeout: number): Answered {
    const deadline = performance.now() + timeout;
    const heart = new Heart(this.#words);
    for (;;) {
      const seen = Atomics.load(this.#words, WORDS.ANSWERS);
      const ended = Atomics.load(this.#words, WORDS.ENDED) === 1;
      const answered = this.#receive(number);
      if (answered) return answered;
      if (ended || !heart.beats()) throw gone(what, this.#ended());
      const left = deadline - performance.now();
      if (left <= 0)
        throw new FileError(
          'ETIMEDOUT',
          `${what} has not been answered within ${timeout} ms; it may still be done`,
        );
      Atomics.wait(this.#words, WORDS.ANSWERS, seen, Math.min(left, BEAT * 4));
    }
  }

  /** The answer, if it is there. Those to questions that were given up are dropped. */
  #receive(number: number): Answered | undefined {
    for (let got = receiveMessageOnPort(this.#port); got; got = receiveMessageOnPort(this.#port)) {
      const answered = got.message as Answered;
      if (answered.number === number) return answered;
    }
    return undefined;
  }

  #ended(cause?: unknown): Error {
    this.#end ??= new FileError('EIO', 'the thread of the namespace has ended', { cause });
    return this.#end;
  }
}

/** Bytes are handed over, not copied: who asks has made them for that. */
function transferOf(question: Question): ArrayBuffer[] {
  if (!('args' in question)) return [];
  return question.args.flatMap((arg) => (arg instanceof Uint8Array ? [arg.buffer as ArrayBuffer] : []));
}

function gone(what: string, cause: Error): FileError {
  return new FileError('EIO', `${what}: ${cause.message}`, { cause });
}

/** Whether the worker lives, as far as its pulse tells. */
class Heart {
  readonly #words: Int32Array;
  #pulse: number;
  #since = performance.now();

  constructor(words: Int32Array) {
    this.#words = words;
    this.#pulse = Atomics.load(words, WORDS.PULSE);
  }

  beats(): boolean {
    const pulse = Atomics.load(this.#words, WORDS.PULSE);
    if (pulse !== this.#pulse) {
      this.#pulse = pulse;
      this.#since = performance.now();
    }
    return performance.now() - this.#since < PATIENCE;
  }
}
