/** How a tree comes back when its link was lost: dialled again and attached again, by the first call that needs it. */
import { codeOf } from '../../file/index.ts';
import { delay, onAbort } from '../abort.ts';
import type { Connection } from '../connection/connection.ts';
import { ConnectionError } from '../connection/errors.ts';
import type { Link } from './link.ts';

/** Milliseconds that a call waits for a lost link. */
export const PATIENCE = 10_000;
/** Milliseconds between attempts: doubled with each one that fails. */
export const SHORTEST_PAUSE = 50;
export const LONGEST_PAUSE = 1000;
/** Milliseconds that a call waits for one attempt when a whole deadline went by in vain before. */
const SHORT_PATIENCE = 1000;

/** `lost`: to be dialled again by the next call that needs it; `down`: that was tried for a whole deadline. */
export type LinkState = 'up' | 'lost' | 'down';

/** How a link is made again, and how long a call waits for it, in milliseconds. */
export interface Way {
  readonly dial: (signal: AbortSignal) => Promise<Link>;
  readonly deadline: number;
}

/** Whatever stands on a link, and can be put on another. */
export interface Recoverable {
  readonly connection: Connection;
  adopt(link: Link): void;
  changed(state: LinkState): void;
}

/** Milliseconds, of a clock that nobody sets. */
export const clock = (): number => performance.now();

export class Recovery {
  readonly deadline: number;
  state: LinkState = 'up';
  /** When that began: milliseconds of `Date.now()`. */
  since = Date.now();
  /** How often the link was made again. */
  count = 0;
  /** Milliseconds that the last link held. */
  held = 0;
  readonly #tree: Recoverable;
  readonly #dial: Way['dial'];
  /** Aborted when the tree was released. */
  readonly #life = new AbortController();
  #upSince = clock();
  #lostSince = 0;
  /** Attempts, one after the other: settles when the link is up, or was given up. */
  #running: Promise<void> | undefined;
  /** When the attempt began that is under way. */
  #begun = 0;
  /** The deadline of whoever waits longest. */
  #until = 0;
  /** When the last one ended. */
  #ended = 0;
  /** Of the last attempt. */
  #failure: Error | undefined;

  constructor(tree: Recoverable, { dial, deadline }: Way) {
    this.#tree = tree;
    this.#dial = dial;
    this.deadline = deadline;
  }

  /** The link has ended, and not by our doing. */
  lost(): void {
    if (this.state !== 'up') return;
    this.#lostSince = clock();
    this.held = this.#lostSince - this.#upSince;
    this.#failure = undefined;
    this.#enter('lost');
  }

  /** The tree was released: there is nobody left to need the link. */
  stop(): void {
    this.#life.abort(this.#error('ENOTCONN', 'the tree was released'));
  }

  /**
   * Waits until there is a link, which is made if nobody is at it.
   *
   * @param until - by {@link clock}
   * @throws ConnectionError that says what stands in the way; the signal's reason
   */
  async restore(until: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#life.signal.throwIfAborted();
    if (!this.#tree.connection.over) return;
    this.lost();
    const quick = (this.#running ? this.#begun : clock()) + SHORT_PATIENCE;
    const patience = this.state === 'down' ? Math.min(until, quick) : until;
    this.#until = Math.max(this.#until, patience);
    const before = this.count;
    this.#running ??= this.#run();
    await within(this.#running, patience, signal);
    if (this.count === before) throw this.#explain();
  }

  async #run(): Promise<void> {
    const { signal } = this.#life;
    const begun = (this.#begun = clock());
    if (this.state === 'down') {
      await delay(this.#ended + SHORTEST_PAUSE - begun, signal).catch(() => undefined);
      await this.#attempt(this.deadline);
    } else {
      let pause = SHORTEST_PAUSE;
      while (!(await this.#attempt(this.#until - clock()))) {
        const over = this.#ended + pause >= this.#until || signal.aborted;
        if (over || this.#ended - begun >= this.deadline) this.#enter('down');
        if (over) break;
        await delay(pause, signal).catch(() => undefined);
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
    }
    this.#running = undefined;
  }

  /** One attempt, which takes no more than some milliseconds; false if it fails. */
  async #attempt(time: number): Promise<boolean> {
    this.#begun = clock();
    const limit = new AbortController();
    const giveUp = (): void => limit.abort(this.#life.signal.reason ?? this.#late());
    const timer = setTimeout(giveUp, Math.max(time, 0));
    this.#life.signal.addEventListener('abort', giveUp, { once: true });
    try {
      this.#life.signal.throwIfAborted();
      const link = await this.#dial(limit.signal);
      if (this.#life.signal.aborted) {
        void link.connection.close();
        return false;
      }
      this.#upSince = clock();
      this.count++;
      this.#tree.adopt(link);
      this.#enter('up');
      return true;
    } catch (error) {
      this.#failure = error as Error;
      return false;
    } finally {
      this.#ended = clock();
      clearTimeout(timer);
      this.#life.signal.removeEventListener('abort', giveUp);
    }
  }

  #enter(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.since = Date.now();
    this.#tree.changed(state);
  }

  #late(): ConnectionError {
    return this.#error('ETIMEDOUT', 'no answer in time');
  }

  #explain(): Error {
    const { reason } = this.#life.signal as { readonly reason: Error | undefined };
    if (reason) return reason;
    const cause = this.#failure ?? this.#late();
    const { address } = this.#tree.connection;
    const time = Math.round((clock() - this.#lostSince) / 1000);
    const text = `the link to ${address} was lost ${time} s ago, and cannot be made again: ${cause.message}`;
    // Of a file of the tree that code would say that it is not there, and nobody knows that.
    const code = codeOf(cause) === 'ENOENT' ? 'ENOTCONN' : codeOf(cause);
    return new ConnectionError(code, address, text, cause);
  }

  #error(code: string, text: string): ConnectionError {
    const { address } = this.#tree.connection;
    return new ConnectionError(code, address, `${address}: ${text}`);
  }
}

/** Waits for work that never fails, but no longer than until some time, and the signal. */
function within(work: Promise<void>, until: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const timer = setTimeout(end, until - clock());
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
    void work.then(end);
  });
}
