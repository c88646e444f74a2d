/** One mount or bind, as it was asked for, and how it fares. */
import { follow, unlessAborted } from '../client/abort.ts';
import { FileError, codeOf, isPromise, type Awaitable, type Request } from '../file/index.ts';

/** Milliseconds that a member of a union has to say whether it holds a name, and any mount for a walk or a stat. */
export const DEADLINE = 10_000;

/** What becomes of a union when this member fails or is too late: it does without it, or fails with it. */
export type Policy = 'skip' | 'fail';

/** A mount without which a path would lead elsewhere, or nowhere. */
export interface Need {
  readonly mount: Mount;
  /** It matters only while one of these does. */
  readonly beside?: readonly Mount[];
}

/** For how many deadlines a union does without a member that was too late, before it is asked again. */
const REST = 3;

let lastId = 0;

export class Mount {
  readonly id = ++lastId;
  readonly verb: 'mount' | 'bind';
  /** An address, or a path; undefined for a File of this process, which has no name. */
  readonly from: string | undefined;
  /** The path that it was mounted on. */
  readonly old: string;
  readonly flags: number;
  readonly aname: string;
  readonly deadline: number;
  readonly policy: Policy;
  /** What its paths led through when it was made: to be made again, it needs that. */
  readonly needs: readonly Need[];
  /** How often a union did without it. */
  skipped = 0;
  /** Why it last failed; undefined since it last answered. */
  failure: string | undefined;
  #restsUntil = 0;

  constructor(
    asked: Pick<Mount, 'verb' | 'from' | 'old' | 'flags' | 'aname' | 'deadline' | 'policy' | 'needs'>,
  ) {
    this.verb = asked.verb;
    this.from = asked.from;
    this.old = asked.old;
    this.flags = asked.flags;
    this.aname = asked.aname;
    this.deadline = asked.deadline;
    this.policy = asked.policy;
    this.needs = asked.needs;
  }

  /** It was too late just now: a union that can do without it does. */
  get rests(): boolean {
    return this.policy === 'skip' && this.#restsUntil > 0 && Date.now() < this.#restsUntil;
  }

  /**
   * Asks a file below this mount: it has until the deadline, and its errors say where they come from.
   *
   * @param late - gets a result that comes after that
   * @param source - the mount that brought the tree, if this is a bind of something in it
   */
  ask<T>(
    r: Request,
    work: (r: Request) => Awaitable<T>,
    late?: (value: T) => void,
    source: Mount = this,
  ): Awaitable<T> {
    const limited = new Limited(r);
    const value = work(limited);
    return isPromise(value) ? this.#await(value, limited, source, late).finally(() => limited.end()) : value;
  }

  /** The same for what comes piece by piece: each of them has until the deadline. */
  each<T>(
    r: Request,
    work: (r: Request) => Iterable<T> | AsyncIterable<T>,
    source: Mount = this,
  ): Iterable<T> | AsyncIterable<T> {
    const limited = new Limited(r);
    const pieces = work(limited);
    return Symbol.iterator in pieces ? pieces : this.#awaitEach(pieces, limited, source);
  }

  async *#awaitEach<T>(pieces: AsyncIterable<T>, limited: Limited, source: Mount): AsyncGenerator<T> {
    const iterator = pieces[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { value, done } = await this.#await(iterator.next(), limited, source);
        if (done) return;
        yield value;
      }
    } finally {
      limited.end();
      // Nobody waits for it: it waits for the piece that is on its way, which may never come.
      iterator.return?.(undefined).catch(() => undefined);
    }
  }

  async #await<T>(value: Promise<T>, limited: Limited, source: Mount, late?: (value: T) => void): Promise<T> {
    const { signal } = limited;
    if (signal.aborted) {
      value.then(late, () => undefined);
      throw signal.reason;
    }
    const timer = setTimeout(() => limited.abort(this.#tooLate(source)), this.deadline);
    try {
      const result = await unlessAborted(signal, () => value, late);
      this.failure = undefined;
      this.#restsUntil = 0;
      return result;
    } catch (error) {
      throw this.#explain(error, source);
    } finally {
      clearTimeout(timer);
    }
  }

  #tooLate({ from, old }: Mount): FileError {
    const text = `${from ?? 'the tree'} (mounted at ${old}) has not answered within ${this.deadline / 1000} s`;
    this.failure = text;
    this.#restsUntil = Date.now() + REST * this.deadline;
    return new FileError('ETIMEDOUT', text);
  }

  /** An error of the connection is one of the mount: it says which. */
  #explain(error: unknown, { old }: Mount): unknown {
    if (!(error instanceof Error) || !('address' in error)) return error;
    this.failure = error.message;
    const text = `${error.message} (mounted at ${old})`;
    return Object.assign(new Error(text, { cause: error }), {
      code: codeOf(error),
      text,
      address: error.address,
    });
  }
}

/** A request that also ends when a deadline has passed. Its signal is made when somebody looks at it. */
class Limited implements Request {
  readonly user: Request['user'];
  readonly aname: string;
  readonly #request: Request;
  #controller: AbortController | undefined;
  #forget: (() => void) | undefined;

  constructor(r: Request) {
    this.user = r.user;
    this.aname = r.aname;
    this.#request = r;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      this.#forget = follow(this.#request.signal, this.#controller);
    }
    return this.#controller.signal;
  }

  abort(error: unknown): void {
    this.#controller?.abort(error);
  }

  end(): void {
    this.#forget?.();
  }
}
