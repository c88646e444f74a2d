/** The requests of a session that have no reply yet: their tags, and how many run or wait. */
import type { Call } from './call.ts';

/** Milliseconds after which a request that has not settled is taken to be waiting. */
const PATIENCE = 20;

export class Flight {
  /** Live tags. A Tflush's own tag stands for the request that it wants to end. */
  readonly #calls = new Map<number, Call>();
  readonly #changed: () => void;
  #running = 0;
  #waiting = 0;
  #patience: NodeJS.Timeout | undefined;

  /** @param changed - called when a request that ran is waiting. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get(tag: number): Call | undefined {
    return this.#calls.get(tag);
  }

  has(tag: number): boolean {
    return this.#calls.has(tag);
  }

  add(call: Call): void {
    this.#calls.set(call.tag, call);
    if (call.waiting) this.#waiting++;
    else this.#running++;
  }

  /** Some request is at work, and waits for nothing that may never come: its handler has not looked at its signal. */
  get working(): boolean {
    for (const call of this.#calls.values()) if (!call.heeds) return true;
    return false;
  }

  /** A request that was added as running waits from now on. */
  readonly nowWaiting = (call: Call): void => {
    // A handler may look at the signal when all is over.
    if (this.#calls.get(call.tag) !== call) return;
    this.#running--;
    this.#waiting++;
    this.#changed();
  };

  /** Notes a Tflush for the request. */
  addFlush(call: Call, tag: number): void {
    (call.flushes ??= []).push(tag);
    this.#calls.set(tag, call);
  }

  /** Forgets the request and its Tflushes; their tags are free. */
  delete(call: Call): void {
    this.#calls.delete(call.tag);
    for (const tag of call.flushes ?? []) this.#calls.delete(tag);
    if (call.waiting) this.#waiting--;
    else this.#running--;
  }

  /** Interrupts the reads of the fid. */
  interruptReads(fid: number): void {
    for (const call of this.#calls.values()) if (call.reads && call.fid === fid) call.abort();
  }

  /** Drops and interrupts all requests. */
  clear(): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#running = this.#waiting = 0;
    clearTimeout(this.#patience);
    this.#patience = undefined;
    for (const call of calls) {
      call.dropped = true;
      call.abort();
    }
  }

  /** Those that run now and still will after a while are waiting then, and no longer keep others from running. */
  expectWaiting(): void {
    if (this.#patience) return;
    const running = [...this.#calls.values()].filter((call) => !call.waiting);
    this.#patience = setTimeout(() => {
      this.#patience = undefined;
      for (const call of running) if (this.#calls.get(call.tag) === call) call.wait();
      this.#changed();
    }, PATIENCE);
  }

  /** Settles when all requests that run have been answered. */
  async answered(): Promise<void> {
    const running = [...this.#calls.values()].filter((call) => !call.waiting);
    await Promise.all(running.flatMap((call) => call.settled ?? []));
  }
}
