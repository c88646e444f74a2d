/** Calls of libfuse: each is answered once, in time. A thread of libfuse waits for each, so they hold up one another in nothing. */
import type { Awaitable } from '../../file/index.ts';
import { Call } from '../fuse/call.ts';
import { EINTR, EIO, errnoOf, isFault } from '../fuse/errors.ts';
import type { Settings } from '../fuse/options.ts';
import type { Reply } from './package.ts';

/** The number that is answered, and what goes with it; nothing: it is done. */
export type Outcome = readonly [result: number, value?: unknown];

export type Work = (call: Call, ...asked: never[]) => Awaitable<Outcome | void>;

/** The package does not say who asks. */
const NOBODY = { unique: 0, node: 0, uid: 0, gid: 0, pid: 0 };

/**
 * Milliseconds for which a read waits for news. The package knows no interrupts: whoever is sent a signal, SIGKILL too, waits in
 * the kernel for the answer. So he is given one, EINTR, which most programs take for what it is, and ask again.
 */
const LONGEST_WAIT = 1000;

/** Milliseconds that a read has to end when it was aborted. */
const ENDING = 200;

export class Calls {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** What the package can call: the same, with a {@link Reply} at the end. */
  answering(name: string, work: Work): (...all: never[]) => void {
    return (...all) => {
      const asked = all.slice(0, -1);
      this.#settings.debug?.([name, ...asked.filter((one) => typeof one !== 'object')].join(' '));
      void this.#answer(name, (call) => work(call, ...asked), all[all.length - 1]);
    };
  }

  async #answer(name: string, work: (call: Call) => Awaitable<Outcome | void>, reply: Reply): Promise<void> {
    const call = new Call(NOBODY, this.#settings.user, performance.now());
    let patience: NodeJS.Timeout | undefined;
    try {
      const working = work(call);
      patience = this.#watch(call, reply);
      const [result, value] = (await working) ?? [0];
      if (!call.answered) reply(result, value);
    } catch (error) {
      if (isFault(error))
        this.#settings.log(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
      if (!call.answered) reply(-errnoOf(error));
    } finally {
      call.answered = true;
      clearTimeout(patience);
    }
  }

  #watch(call: Call, reply: Reply): NodeJS.Timeout | undefined {
    const { timeout, hard } = this.#settings;
    const giveUp = (errno: number): void => {
      if (call.answered) return;
      call.answered = true;
      reply(-errno);
      call.abort();
    };
    if (call.patience === 'waits') {
      return setTimeout(() => {
        call.abort();
        setTimeout(() => giveUp(EINTR), ENDING);
      }, LONGEST_WAIT);
    }
    if (hard && call.patience === 'bounded') return undefined;
    return setTimeout(() => giveUp(EIO), timeout);
  }
}
