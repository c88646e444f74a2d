/** How the calls of a Fid are made: for whom, for how long, and what their errors say. */
import { FileError, type Awaitable, type Chan, type Request, type User } from '../../file/index.ts';
import { NEVER, unlessAborted } from '../abort.ts';
import { joinPath } from '../path.ts';
import { FidError } from './error.ts';
import type { FidOptions } from './options.ts';
import { Patience, type Limits } from './patience.ts';
import { abandon } from './reach.ts';

/** This process: a browser knows neither its name nor its numbers. */
const SELF: User = {
  name: 'nobody',
  uid: globalThis.process?.geteuid?.(),
  gid: globalThis.process?.getegid?.(),
  serves: true,
};

export class Calls {
  readonly options: FidOptions;
  /** No call is made any more. */
  closed = false;
  /** The path of the Fid, for messages. */
  readonly #base: () => string;

  constructor(options: FidOptions, base: () => string) {
    this.options = options;
    this.#base = base;
  }

  request(signal: AbortSignal = NEVER): Request {
    const { user = SELF, aname = '' } = this.options;
    return { user, aname, signal };
  }

  /**
   * Does `work`, within limits: it is over for the caller when they are reached, whatever the file makes of its signal.
   *
   * @param op - what is tried, for the message: `open`
   * @param path - with which file
   * @param late - gets a result that came too late
   */
  async run<T>(
    op: string,
    path: string,
    limits: Limits,
    work: (r: Request) => Awaitable<T>,
    late?: (value: T) => void,
  ): Promise<T> {
    const patience = this.#begin(limits);
    const { signal } = patience;
    try {
      this.#check();
      return await unlessAborted(signal, () => work(this.request(signal)), late);
    } catch (error) {
      throw this.#explain(error, op, path, limits);
    } finally {
      patience.end();
    }
  }

  /** Work whose result is a Chan: one that comes too late is closed. */
  take(op: string, path: string, limits: Limits, work: (r: Request) => Promise<Chan>): Promise<Chan> {
    return this.run(op, path, limits, work, (chan) => abandon(chan, this.request()));
  }

  /** An iteration; the limits are for the whole of it. */
  async *during<T>(
    op: string,
    path: string,
    limits: Limits,
    work: (r: Request) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    const patience = this.#begin(limits);
    try {
      this.#check();
      patience.signal.throwIfAborted();
      yield* work(this.request(patience.signal));
    } catch (error) {
      throw this.#explain(error, op, path, limits);
    } finally {
      patience.end();
    }
  }

  #begin(limits: Limits): Patience {
    return new Patience(this.options.signal, limits);
  }

  #check(): void {
    if (this.closed) throw new FileError('EBADF', 'it was closed');
  }

  #explain(error: unknown, op: string, path: string, limits: Limits): unknown {
    const given = [limits.signal, this.options.signal];
    if (given.some((signal) => signal?.aborted && signal.reason === error)) return error;
    return error instanceof FidError ? error : new FidError(op, joinPath(this.#base(), path), error);
  }
}
