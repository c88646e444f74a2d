/** A namespace whose calls block: it lives in a worker thread, and the caller waits. */
import { FileError, type User } from '../file/index.ts';
import type { MountOptions } from '../namespaces/index.ts';
import { SyncCalls } from './calls.ts';
import { Line } from './line.ts';
import { scriptOf, type Followed } from './model.ts';
import type { Building, Deed, Question } from './wire.ts';

export interface SyncOptions {
  /** As whom the namespace is used; default: the user who runs this process. */
  readonly user?: User;
  /** Milliseconds that a call may take; default: as long as it takes. */
  readonly timeout?: number;
}

/**
 * A namespace in a thread of its own. The thread is begun with the first call, and does not keep the process alive.
 *
 * A call fails with the same errors as one of `namespace.fs`; besides with ETIMEDOUT after `timeout`, when it may still
 * be done, and with EIO if the thread has ended.
 */
export class BlockingNamespace extends SyncCalls implements AsyncDisposable {
  /** Milliseconds that the calls from now on may take. */
  timeout: number;
  readonly #entry: URL;
  readonly #user: User | undefined;
  readonly #like: Followed | undefined;
  #line: Line | undefined;
  #closed = false;
  /** What the thread's namespace was made from. */
  #script: string | undefined;
  #cwd = '/';
  /** Where the namespace that this one is like was when that was last looked at. */
  #cwdOfLike = '/';
  /** What was done here to the mount table, to be done again when the namespace is made anew. */
  readonly #since: Deed[] = [];

  /**
   * @param entry - the program of the thread
   * @param like - a namespace of this thread: what is mounted in it, now and later, is mounted here too
   */
  constructor(entry: URL, { user, timeout = Number.POSITIVE_INFINITY }: SyncOptions = {}, like?: Followed) {
    super();
    this.#entry = entry;
    this.#user = user ?? like?.user;
    this.#like = like;
    this.timeout = timeout;
  }

  /** Where relative paths begin. */
  get cwd(): string {
    return this.#cwd;
  }

  /** False once it was closed or its thread has ended: no call succeeds any more. */
  get isUp(): boolean {
    return !this.#closed && (this.#line?.isUp ?? true);
  }

  /** Mounts what is at an address; `ram:` makes a tree in memory, in the thread. */
  mountSync(url: string, old: string, flags?: number, options?: Omit<MountOptions, 'signal'>): void {
    this.#change({ verb: 'mount', args: [url, old, flags, options] });
  }

  bindSync(from: string, old: string, flags?: number): void {
    this.#change({ verb: 'bind', args: [from, old, flags] });
  }

  unmountSync(old: string): void;
  unmountSync(from: string, old: string): void;
  unmountSync(...args: readonly string[]): void {
    this.#change({ verb: 'unmount', args });
  }

  cdSync(path: string): void {
    this.#cwd = this.ask({ on: 'namespace', name: 'cd', args: [path] }, 'cdSync') as string;
  }

  /** The commands that make the namespace again, a line each (namespace(6)). */
  printSync(): string {
    return this.ask({ on: 'namespace', name: 'print', args: [] }, 'printSync') as string;
  }

  /** Ends the thread, and all that it has open. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#line?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override ask(question: Question, what: string): unknown {
    if (this.#closed) throw new FileError('EBADF', `${what}: the namespace was closed`);
    this.#line ??= new Line(this.#entry);
    this.#build(this.#line, what);
    return this.#line.ask(question, what, this.timeout);
  }

  #change(deed: Deed): void {
    this.ask({ on: 'table', deed }, `${deed.verb}Sync`);
    this.#since.push(deed);
  }

  /** Has the thread make its namespace, the first time and whenever what it is to be like has changed. */
  #build(line: Line, what: string): void {
    const script = this.#like ? scriptOf(this.#like) : '';
    const cwd = this.#like && this.#like.cwd !== this.#cwdOfLike ? this.#like.cwd : this.#cwd;
    if (script !== this.#script) {
      const building: Building = { user: this.#user, script, since: this.#since, cwd };
      line.ask({ on: 'build', building }, what, this.timeout);
    } else if (cwd !== this.#cwd) line.ask({ on: 'namespace', name: 'cd', args: [cwd] }, what, this.timeout);
    this.#script = script;
    this.#cwd = cwd;
    this.#cwdOfLike = this.#like?.cwd ?? '/';
  }
}
