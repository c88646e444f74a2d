import { stream } from '../../../src/file/index.ts';

/** A stream that the test feeds: every reader sees all that is pushed after its open. */
export class News {
  readonly #waiting = new Set<() => void>();
  readonly #said: string[] = [];
  readonly file = stream((signal) => this.#follow(signal));

  push(line: string): void {
    this.#said.push(line);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async *#follow(signal: AbortSignal): AsyncGenerator<string> {
    for (let at = this.#said.length; !signal.aborted; at++) {
      while (at >= this.#said.length) await new Promise<void>((resolve) => this.#waiting.add(resolve));
      yield this.#said[at];
    }
  }
}
