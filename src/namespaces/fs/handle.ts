/** An open file, as Node's FileHandle. */
import { timeOf, type Awaitable, type Chan, type Change, type Request } from '../../file/index.ts';
import { linesOf, readPieces } from '../../client/fid/read.ts';
import {
  accountOf,
  checkInteger,
  checkSignal,
  invalidType,
  modeOf,
  momentOf,
  optionsOf,
} from './arguments.ts';
import { encodingOf, isBytes, textOf, viewOf, type Bytes } from './bytes.ts';
import { checkData, readContent, readSome, writeContent, writeSome, type Data } from './content.ts';
import { systemError } from './errors.ts';
import { readRange, writeRange, type ReadOptions, type WriteRangeOptions } from './range.ts';
import type { ReadFileOptions, StatOptions, TimeLike, WriteFileOptions } from './options.ts';
import type { Scope } from './scope.ts';
import { BigIntStats, Stats, factsOf } from './stats.ts';

export interface BytesRead<B extends Bytes> {
  readonly bytesRead: number;
  readonly buffer: B;
}

export interface BytesWritten<B> {
  readonly bytesWritten: number;
  readonly buffer: B;
}

/** To be closed: what is written may fail for good only then. */
export class FileHandle implements AsyncDisposable {
  readonly #scope: Scope;
  readonly #chan: Chan;
  /** Every write is followed by a sync. */
  readonly #synced: boolean;
  #fd: number;
  #position = 0;
  /** What uses the position has it to itself. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Calls that have not settled: a close waits for them. */
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  /** @param chan - open; the handle's from now on */
  constructor(scope: Scope, chan: Chan, synced: boolean) {
    this.#scope = scope;
    this.#chan = chan;
    this.#synced = synced;
    this.#fd = scope.newDescriptor();
  }

  /** A number of its own among the open files of this `fs`; -1 once it is closed. No other `fs` knows it. */
  get fd(): number {
    return this.#fd;
  }

  /** Reads into the buffer, into one of 16 KiB if there is none: from `position`, or from where the last one ended. */
  read<B extends Bytes = Buffer>(
    buffer: B,
    offset?: number | null,
    length?: number | null,
    position?: number | bigint | null,
  ): Promise<BytesRead<B>>;
  read<B extends Bytes = Buffer>(buffer: B, options?: ReadOptions<B>): Promise<BytesRead<B>>;
  read<B extends Bytes = Buffer>(options?: ReadOptions<B>): Promise<BytesRead<B>>;
  async read(...given: readonly unknown[]): Promise<BytesRead<Bytes>> {
    const { buffer, part, position } = readRange(given);
    this.#check('read');
    if (part.length === 0) return { bytesRead: 0, buffer };
    const bytesRead = await this.#at(position, (at) => readSome(this.#scope, this.#chan, at, part));
    return { bytesRead, buffer };
  }

  /** Fills one buffer after the other. */
  async readv<B extends readonly Bytes[]>(
    buffers: B,
    position?: number | null,
  ): Promise<{ bytesRead: number; buffers: B }> {
    checkBuffers(buffers);
    this.#check('read');
    const bytesRead = await this.#at(position ?? undefined, async (at) => {
      let count = 0;
      for (const part of buffers.map(viewOf).filter(({ length }) => length > 0)) {
        const some = await readSome(this.#scope, this.#chan, at + count, part);
        count += some;
        if (some < part.length) break;
      }
      return count;
    });
    return { bytesRead, buffers };
  }

  /** Writes all of the data: at `position`, or where the last read or write ended. */
  write<B extends Bytes>(
    buffer: B,
    offset?: number | null,
    length?: number | null,
    position?: number | bigint | null,
  ): Promise<BytesWritten<B>>;
  write<B extends Bytes>(buffer: B, options?: WriteRangeOptions): Promise<BytesWritten<B>>;
  write(
    data: string,
    position?: number | bigint | null,
    encoding?: BufferEncoding | null,
  ): Promise<BytesWritten<string>>;
  async write(...given: readonly unknown[]): Promise<BytesWritten<unknown>> {
    const { part, position } = writeRange(given);
    this.#check('write');
    const [buffer] = given;
    return { bytesWritten: await this.#writeAt(position, (at) => this.#put(at, part)), buffer };
  }

  async writev<B extends readonly Bytes[]>(
    buffers: B,
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffers: B }> {
    checkBuffers(buffers);
    this.#check('write');
    const bytesWritten = await this.#writeAt(position ?? undefined, async (at) => {
      let count = 0;
      for (const part of buffers.map(viewOf)) count += await this.#put(at + count, part);
      return count;
    });
    return { bytesWritten, buffers };
  }

  /** From where the last read or write ended, to the end of the file. */
  readFile(options?: { readonly encoding?: null; readonly signal?: AbortSignal } | null): Promise<Buffer>;
  readFile(
    options: BufferEncoding | { readonly encoding: BufferEncoding; readonly signal?: AbortSignal },
  ): Promise<string>;
  readFile(options?: ReadFileOptions | BufferEncoding | null): Promise<string | Buffer>;
  async readFile(options?: ReadFileOptions | BufferEncoding | null): Promise<string | Buffer> {
    const given = optionsOf(options);
    const encoding = encodingOf(given.encoding);
    const signal = checkSignal(given.signal);
    this.#check('readFile');
    const bytes = await this.#exclusively(async () => {
      const content = await readContent(this.#scope, this.#chan, this.#position, signal);
      this.#position += content.length;
      return content;
    });
    return encoding === undefined ? bytes : textOf(bytes, encoding);
  }

  /** Writes all of the data where the last read or write ended; what stands behind them stays. */
  async writeFile(data: Data, options?: WriteFileOptions | BufferEncoding | null): Promise<void> {
    const given = optionsOf(options);
    const encoding = encodingOf(given.encoding);
    const signal = checkSignal(given.signal);
    checkData(data);
    this.#check('writeFile');
    await this.#writeAt(undefined, async (at) => {
      const count = await writeContent(this.#scope, this.#chan, at, data, { encoding, signal });
      await this.#settle();
      return count;
    });
  }

  /** The same as `writeFile`: a file that is opened to append is written at its end. */
  appendFile(data: Data, options?: WriteFileOptions | BufferEncoding | null): Promise<void> {
    return this.writeFile(data, options);
  }

  /** The lines of the file from where the last read or write ended, without their ends. */
  async *readLines(options?: { readonly encoding?: BufferEncoding | null }): AsyncGenerator<string, void> {
    encodingOf(options?.encoding);
    this.#check('read');
    for await (const line of linesOf(this.#pieces())) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  /** The content from where the last read or write ended, as a stream of the web. */
  readableWebStream(): ReadableStream<Uint8Array> {
    this.#check('read');
    const pieces = this.#pieces();
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    });
  }

  stat(options?: StatOptions & { readonly bigint?: false }): Promise<Stats>;
  stat(options: StatOptions & { readonly bigint: true }): Promise<BigIntStats>;
  async stat(options: StatOptions = {}): Promise<Stats | BigIntStats> {
    const attr = await this.#do('fstat', (r) => this.#chan.attr(r));
    const facts = factsOf(this.#chan, attr, this.#scope.user);
    return options.bigint === true ? new BigIntStats(facts) : new Stats(facts);
  }

  /** Shortens the file, or fills it up with zeros. */
  async truncate(length = 0): Promise<void> {
    checkInteger(length, 'len');
    this.#check('ftruncate');
    if (!this.#chan.mode?.write) throw systemError({ code: 'EINVAL' }, { syscall: 'ftruncate' });
    await this.#change('ftruncate', { size: Math.max(length, 0) });
  }

  async chmod(mode: number | string): Promise<void> {
    await this.#change('fchmod', { mode: modeOf(mode) & 0o7777 });
  }

  async chown(uid: number, gid: number): Promise<void> {
    await this.#change('fchown', { uid: accountOf(uid, 'uid'), gid: accountOf(gid, 'gid') });
  }

  async utimes(atime: TimeLike, mtime: TimeLike): Promise<void> {
    await this.#change('futime', { atime: timeOf(momentOf(atime)), mtime: timeOf(momentOf(mtime)) });
  }

  /** Makes what was written last. */
  async sync(): Promise<void> {
    await this.#do('fsync', (r) => this.#chan.sync(false, r));
  }

  async datasync(): Promise<void> {
    await this.#do('fdatasync', (r) => this.#chan.sync(true, r));
  }

  /** Fails if what was written could not be kept; the handle is closed all the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = -1;
    await Promise.allSettled(this.#running);
    this.#scope.freeDescriptor(fd);
    await this.#scope.run({ syscall: 'close' }, (r) => this.#chan.close('clunk', r));
  }

  #check(syscall: string): void {
    if (this.#fd < 0) throw Object.assign(new Error('file closed'), { code: 'EBADF', syscall });
  }

  async #do<T>(syscall: string, work: (r: Request) => Awaitable<T>): Promise<T> {
    this.#check(syscall);
    return this.#noted(this.#scope.run({ syscall }, work));
  }

  #change(syscall: string, change: Change): Promise<void> {
    return this.#do(syscall, (r) => this.#chan.change(change, r));
  }

  async *#pieces(): AsyncGenerator<Uint8Array, void> {
    for await (const piece of readPieces(this.#chan, this.#scope.request(), this.#position, 1)) {
      this.#position += piece.length;
      yield piece;
    }
  }

  async #put(at: number, part: Uint8Array): Promise<number> {
    const count = await writeSome(this.#scope, this.#chan, at, part);
    await this.#settle();
    return count;
  }

  async #settle(): Promise<void> {
    if (this.#synced) await this.#scope.run({ syscall: 'fsync' }, (r) => this.#chan.sync(false, r));
  }

  /** Work at a place: one that was given, or else the handle's own, which it moves on. */
  #at(position: number | undefined, work: (at: number) => Promise<number>): Promise<number> {
    if (position !== undefined) return this.#noted(work(position));
    return this.#exclusively(async () => {
      const count = await work(this.#position);
      this.#position += count;
      return count;
    });
  }

  /** What is appended ends at the end of the file, wherever the handle was. */
  async #writeAt(position: number | undefined, work: (at: number) => Promise<number>): Promise<number> {
    const count = await this.#at(position, work);
    const { mode } = this.#chan;
    if (mode?.append && mode.read) {
      await this.#exclusively(async () => {
        const { size } = await this.#scope.run({ syscall: 'write' }, (r) => this.#chan.attr(r));
        this.#position = size;
      });
    }
    return count;
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return this.#noted(result);
  }

  async #noted<T>(call: Promise<T>): Promise<T> {
    this.#running.add(call);
    try {
      return await call;
    } finally {
      this.#running.delete(call);
    }
  }
}

function checkBuffers(buffers: readonly unknown[]): void {
  if (!Array.isArray(buffers) || !buffers.every(isBytes))
    throw invalidType('buffers', 'an ArrayBufferView[]', buffers);
}
