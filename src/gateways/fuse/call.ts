/** A request of the kernel that is being worked on: who asks, and how it ends before its time. */
import type { Request, User } from '../../file/index.ts';
import type { Header } from './wire/request.ts';

/** What of a call may take long. */
export type Patience =
  /** Nothing: without an answer in time the tree is taken to be gone. */
  | 'bounded'
  /** It waits for news, or for a lock: as long as that takes, and an interrupt ends it at once. */
  | 'waits'
  /** A close(2): in time, whatever the mount's options say, and an interrupt ends it at once. */
  | 'closing';

export class Call implements Request {
  readonly user: User;
  readonly aname = '';
  readonly unique: number;
  /** Of the thread that asks. */
  readonly pid: number;
  readonly began: number;
  patience: Patience = 'bounded';
  /** The kernel has had its answer: what still comes is nobody's. */
  answered = false;
  interrupted = false;
  #controller: AbortController | undefined;
  #aborted = false;
  #promises: (() => void)[] | undefined;

  constructor({ unique, pid }: Header, user: User, began: number) {
    this.unique = unique;
    this.pid = pid;
    this.user = user;
    this.began = began;
  }

  /** Made when somebody looks at it: most calls are over before anyone could. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  /** The answer promises something to the kernel: `undo` takes it back, should the kernel never hear of it. */
  promise(undo: () => void): void {
    (this.#promises ??= []).push(undo);
  }

  /** The kernel has not heard of what was promised, and never will. */
  takeBack(): void {
    const promises = this.#promises ?? [];
    this.#promises = undefined;
    for (const undo of promises.toReversed()) undo();
  }
}
