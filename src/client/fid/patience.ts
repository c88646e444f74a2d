/** How long a caller is willing to wait. */
import { FileError } from '../../file/index.ts';
import { NEVER, follow } from '../abort.ts';

/** Every call of a Fid takes these. */
export interface Limits {
  /** Aborted when the result is no longer wanted: the call rejects with its reason at once. */
  readonly signal?: AbortSignal;
  /** Milliseconds that the call may take as a whole; then it rejects with the code ETIMEDOUT. */
  readonly timeout?: number;
}

/** Several reasons to stop, as one signal: end it when the work is done. */
export class Patience {
  readonly signal: AbortSignal;
  readonly #forget: (() => void)[] = [];

  constructor(life: AbortSignal | undefined, { signal, timeout }: Limits) {
    const signals = [life, signal].filter((given) => given !== undefined);
    if (timeout === undefined && signals.length < 2) {
      this.signal = signals[0] ?? NEVER;
      return;
    }
    const controller = new AbortController();
    this.signal = controller.signal;
    for (const given of signals) this.#forget.push(follow(given, controller));
    if (timeout === undefined) return;
    const timer = setTimeout(() => controller.abort(new FileError('ETIMEDOUT')), timeout);
    this.#forget.push(() => clearTimeout(timer));
  }

  end(): void {
    for (const forget of this.#forget) forget();
  }
}
