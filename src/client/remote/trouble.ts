/** A call that met with the loss of its link: how long it goes on, and what is in doubt. */
import { delay } from '../abort.ts';
import { LostError, OutcomeUnknownError } from '../connection/errors.ts';
import { LONGEST_PAUSE, SHORTEST_PAUSE, clock, type Recovery } from './recovery.ts';
import { repetition } from './repeat.ts';

export class Trouble {
  /**
   * A write that may have been done, or not: it may be made again if the file proves to be a plain one, and its
   * outcome is unknown otherwise.
   */
  doubt: LostError | undefined;
  readonly #recovery: Recovery;
  readonly #signal: AbortSignal;
  #until: number | undefined;
  #pause = 0;

  constructor(recovery: Recovery, signal: AbortSignal) {
    this.#recovery = recovery;
    this.#signal = signal;
  }

  /**
   * Waits until the call may be made again.
   *
   * @throws what it failed with, if that was no loss; OutcomeUnknownError if it is not to be made twice; ConnectionError
   * if the link does not come back within the deadline; the signal's reason
   */
  async overcome(error: unknown): Promise<void> {
    if (!(error instanceof LostError)) throw error;
    this.#judge(error);
    const recovery = this.#recovery;
    // The call itself may be what ends the link each time: it has one deadline for all that, and goes on slower.
    if (this.#until === undefined || recovery.held > recovery.deadline) {
      this.#until = clock() + recovery.deadline;
    } else {
      if (clock() >= this.#until) throw error;
      await delay(this.#pause, this.#signal);
      this.#pause = Math.min(2 * this.#pause || SHORTEST_PAUSE / 10, LONGEST_PAUSE);
    }
    await recovery.restore(this.#until, this.#signal);
  }

  #judge(error: LostError): void {
    if (!error.question) return;
    // A server that does not keep to the protocol would do the same again.
    const broken = error.code === 'EPROTO';
    switch (repetition(error.question)) {
      case 'always':
        if (broken) throw error;
        return;
      case 'plain':
        this.doubt = error;
        if (!broken) return;
        throw OutcomeUnknownError.of(error);
      case 'never':
        throw OutcomeUnknownError.of(error);
    }
  }
}
