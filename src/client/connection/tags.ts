/** The calls that are under way, by their tags (intro(5)). */
import { NOTAG } from '../../protocol/index.ts';
import type { Call } from './call.ts';
import { Numbers } from './numbers.ts';

export class Tags {
  readonly #numbers = new Numbers(NOTAG);
  readonly #calls: (Call | undefined)[] = [];
  /** Calls for which no tag was left. */
  #waiting: Call[] = [];

  /** Gives the call a tag; false if it has to wait for one. */
  assign(call: Call): boolean {
    const tag = this.#numbers.take();
    if (tag !== undefined) {
      this.#calls[tag] = call;
      call.tag = tag;
      return true;
    }
    // What ends a call goes before what begins one.
    if (call.flushes) this.#waiting.unshift(call);
    else this.#waiting.push(call);
    return false;
  }

  at(tag: number): Call | undefined {
    return this.#calls[tag];
  }

  /** Ends the use of a call's tag; returns a call that has waited for one, and has it now. */
  release(call: Call): Call | undefined {
    this.#calls[call.tag] = undefined;
    this.#numbers.giveBack(call.tag);
    const next = this.#waiting.shift();
    return next && this.assign(next) ? next : undefined;
  }

  /** A call that waits for a tag does so no more. */
  forget(call: Call): void {
    this.#waiting = this.#waiting.filter((other) => other !== call);
  }

  get idle(): boolean {
    return this.#numbers.used === 0;
  }

  /** All calls, those that wait included. */
  get calls(): readonly Call[] {
    return [...this.#calls, ...this.#waiting].filter((call) => call !== undefined);
  }
}
