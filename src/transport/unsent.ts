/** The `sent` callbacks of a stream's writes: each is called once, in order. Runs in a browser too. */
export class Unsent {
  #waiting: (() => void)[] = [];
  /** Writes whose completion is still to be reported, and that were settled before. */
  #early = 0;
  #onIdle: (() => void) | undefined;

  add(sent: () => void): void {
    this.#waiting.push(sent);
  }

  /** The platform reports that the oldest write is done. One function for all: Node batches equal callbacks. */
  readonly written = (): void => {
    if (this.#early > 0) this.#early--;
    else this.#waiting.shift()?.();
    if (this.#waiting.length === 0) this.#idle();
  };

  /** All that was written has left, or never will. */
  settle(): void {
    const settled = this.#waiting;
    if (settled.length === 0) return;
    this.#waiting = [];
    this.#early += settled.length;
    for (const sent of settled) sent();
    this.#idle();
  }

  /** Calls back, once, when nothing waits any more: now, perhaps. */
  whenIdle(callback: () => void): void {
    this.#onIdle = callback;
    if (this.#waiting.length === 0) this.#idle();
  }

  #idle(): void {
    const callback = this.#onIdle;
    this.#onIdle = undefined;
    callback?.();
  }
}
