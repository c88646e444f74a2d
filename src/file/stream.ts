import type { Awaitable } from './awaitable.ts';
import { FileError } from './errors.ts';
import type { File, OpenFile, Request } from './file.ts';
import { SYNTHETIC, newQid, syntheticAttr, type Access } from './synthetic.ts';

/** Where a stream's data come from: asked once for each open, told through the signal when that open has ended. */
export type Source = (signal: AbortSignal, r: Request) => AsyncIterable<string | Uint8Array>;

export interface StreamOptions extends Access {
  /** The stream can be written: called with each write. */
  readonly write?: (data: Uint8Array, r: Request) => Awaitable<void>;
}

const encoder = new TextEncoder();

/**
 * A file whose reads wait for data and give it in order; offsets say nothing. A read gives what there is, up to its
 * count, and the rest to the next one. The end of the source is the end of the file. A flush interrupts a read that
 * waits and loses nothing: a datum is taken from the source only as a read settles with it, or kept for the next.
 */
export function stream(source: Source, options: StreamOptions = {}): File {
  const { write, ...access } = options;
  const attr = syntheticAttr('file', 'stream', write ? 0o644 : 0o444, access);
  return {
    qid: newQid(),
    tree: SYNTHETIC,
    attr: () => attr,
    open(mode, r) {
      if (mode.write && !write) throw new FileError('EACCES');
      return new OpenStream(source, write, r);
    },
    ...(write && { change: () => undefined }),
  };
}

class OpenStream implements OpenFile {
  readonly #source: Source;
  readonly #write: StreamOptions['write'];
  readonly #opener: Request;
  readonly #ended = new AbortController();
  #iterator: AsyncIterator<string | Uint8Array> | undefined;
  /** The datum that is being waited for; readers who give up leave it to the next. */
  #coming: Promise<void> | undefined;
  #left: Uint8Array = new Uint8Array(0);
  #done = false;
  /** What went wrong with the source: the next read's to tell, also if the one that waited has given up. */
  #failure: { readonly error: unknown } | undefined;
  /** Reads take their turns in the order in which they came. */
  #turn: Promise<void> = Promise.resolve();

  constructor(source: Source, write: StreamOptions['write'], opener: Request) {
    this.#source = source;
    this.#write = write;
    this.#opener = opener;
  }

  async take(_offset: number, count: number, r: Request): Promise<Uint8Array> {
    const before = this.#turn;
    let done!: () => void;
    const mine = new Promise<void>((resolve) => (done = resolve));
    this.#turn = before.then(() => mine);
    try {
      await interruptible(before, r.signal);
      while (this.#left.length === 0 && !this.#done && !this.#failure) {
        this.#coming ??= this.#next();
        await interruptible(this.#coming, r.signal);
      }
      if (this.#left.length === 0) this.#fail();
      // From here to the reply nothing waits: what is taken is sent.
      const taken = this.#left.subarray(0, count);
      this.#left = this.#left.subarray(taken.length);
      return taken;
    } finally {
      done();
    }
  }

  async write(_offset: number, data: Uint8Array, r: Request): Promise<number> {
    await this.#write!(data, r);
    return data.length;
  }

  close(): void {
    this.#ended.abort();
    // return() waits for a pending next(): the source is told by the signal, and nobody waits for it.
    this.#iterator?.return?.().catch(() => undefined);
  }

  #fail(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
  }

  async #next(): Promise<void> {
    try {
      this.#iterator ??= this.#source(this.#ended.signal, this.#opener)[Symbol.asyncIterator]();
      const { done, value } = await this.#iterator.next();
      if (done) this.#done = true;
      else this.#left = typeof value === 'string' ? encoder.encode(value) : value;
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#coming = undefined;
    }
  }
}

/** The promise's outcome, or EINTR as soon as the signal is aborted. */
function interruptible<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const interrupt = (): void => reject(new FileError('EINTR'));
    if (signal.aborted) return interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', interrupt));
  });
}
