/** One request in the server, from its message to its reply. It is the Request that Files are told of. */
import type { Request, User } from '../file/index.ts';

export class Call implements Request {
  readonly tag: number;
  user: User;
  aname = '';
  /** The number of the fid that the request uses. */
  fid = -1;
  /** The tags of the Tflushes that want this request to end, in the order in which they came. */
  flushes: number[] | undefined;
  /** It reads: what it waits for may never come. */
  reads = false;
  /** Nobody wants the reply any more: what the request brings about is undone when it settles. */
  dropped = false;
  /** It waits for news, and does not count as running. */
  waiting = false;
  /** To be called when the bytes of the reply have left. */
  release: (() => void) | undefined;
  /** Settles, and never rejects, when the request has been dealt with. Only there if that took time. */
  settled: Promise<void> | undefined;
  readonly #nowWaiting: (call: Call) => void;
  #controller: AbortController | undefined;
  #aborted = false;

  constructor(tag: number, user: User, nowWaiting: (call: Call) => void) {
    this.tag = tag;
    this.user = user;
    this.#nowWaiting = nowWaiting;
  }

  /** Somebody has asked for the signal, and may be waiting for news. */
  get heeds(): boolean {
    return this.#controller !== undefined;
  }

  /** An AbortSignal costs more to make than a reply does, so only who asks for it gets one. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
      this.wait();
    }
    return this.#controller.signal;
  }

  wait(): void {
    if (this.waiting) return;
    this.waiting = true;
    if (this.settled) this.#nowWaiting(this);
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}
