/** Locks of fcntl(2) and flock(2): the trees never wait for one, so whoever waits does it here. */
import { hostname } from 'node:os';
import { FileError, type Lock, type LockRequest, type Request } from '../../file/index.ts';
import type { Node } from './node.ts';
import type { Open } from './opens.ts';
import type { FuseLock } from './wire/request.ts';

/** Milliseconds between attempts: others may hold the lock by ways that tell us nothing. */
const PAUSE = 10;
const LONGEST_PAUSE = 1000;

/**
 * Linux's two kinds of locks know nothing of each other, and a tree has one kind: a lock of flock(2) is one of this byte,
 * which no file has, and a lock of fcntl(2) "to the end" ends before it. Whoever locks whole files on the tree in his own
 * way, as Linux's 9P client does for flock(2), meets both.
 */
const FLOCK_PLACE = Number.MAX_SAFE_INTEGER - 1;

export class Locks {
  readonly #session = {};
  readonly #client = hostname();
  /** By owner: the process that first took a lock, and the opens through which there may be locks. */
  readonly #owners = new Map<bigint, { readonly process: number; readonly opens: Set<Open> }>();
  /** Those who wait, by file: woken when a lock of it is given back by this mount. */
  readonly #waiting = new Map<Node, Set<() => void>>();

  /**
   * The kernel's `owner` stands for all threads of a process, or for an open with flock(2); the number of the process is
   * what others are shown.
   */
  request({ type, start, end, pid }: FuseLock, owner: bigint, flock = false): LockRequest {
    const client = `${this.#client}:${flock ? 'flock:' : ''}${owner.toString(16)}`;
    const process = this.#owners.get(owner)?.process ?? pid;
    const range = flock
      ? { start: FLOCK_PLACE, length: 1 }
      : {
          start: Math.min(start, FLOCK_PLACE - 1),
          length: Math.max(1, Math.min(end + 1, FLOCK_PLACE) - start),
        };
    return { type, ...range, owner: { session: this.#session, client, process } };
  }

  /** A lock of somebody else, as fcntl(2) says it. */
  held({ type, start, length, owner }: Lock): FuseLock {
    const end = length === 0 || start + length >= FLOCK_PLACE ? Infinity : start + length - 1;
    return { type, start, end, pid: owner.process };
  }

  /** Takes or gives back a lock; false if somebody else has it. Whoever takes one is to be released. */
  async set(open: Open, lock: FuseLock, owner: bigint, flock: boolean, r: Request): Promise<boolean> {
    if (lock.type !== 'unlock') this.#note(open, lock, owner);
    const done = await open.chan.lock(this.request(lock, owner, flock), r);
    // What was given back, or made weaker, may be another's. An attempt that failed is no news: two who wait would wake
    // each other for ever.
    if (done && lock.type !== 'write') this.#wake(open.node);
    return done;
  }

  /** Takes the lock as soon as it can be had. @throws FileError EINTR when the signal is aborted. */
  async wait(open: Open, lock: FuseLock, owner: bigint, flock: boolean, r: Request): Promise<void> {
    for (let pause = PAUSE; !(await this.set(open, lock, owner, flock, r));) {
      await this.#pause(open.node, pause, r.signal);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }

  /** Gives all locks back that the owner took through an open. */
  async release(open: Open, owner: bigint, flock: boolean, r: Request): Promise<void> {
    const all: FuseLock = { type: 'unlock', start: 0, end: Infinity, pid: 0 };
    try {
      await open.chan.lock(this.request(all, owner, flock), r);
    } finally {
      this.#leave(open, owner);
      this.#wake(open.node);
    }
  }

  /** The open was closed, and with it ends what was locked through it and nobody gave back. */
  ended(open: Open): void {
    for (const owner of open.lockers) this.#leave(open, owner);
    this.#wake(open.node);
  }

  /** An unlock does not say for which process it is. */
  #note(open: Open, { pid }: FuseLock, owner: bigint): void {
    const known = this.#owners.get(owner);
    if (known) known.opens.add(open);
    else this.#owners.set(owner, { process: pid, opens: new Set([open]) });
  }

  #leave(open: Open, owner: bigint): void {
    const known = this.#owners.get(owner);
    if (known?.opens.delete(open) && known.opens.size === 0) this.#owners.delete(owner);
  }

  #wake(node: Node): void {
    for (const wake of this.#waiting.get(node) ?? []) wake();
  }

  #pause(node: Node, milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(node) ?? new Set();
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', interrupt);
        waiting.delete(end);
        if (waiting.size === 0) this.#waiting.delete(node);
        resolve();
      };
      const interrupt = (): void => {
        reject(new FileError('EINTR'));
        end();
      };
      const timer = setTimeout(end, milliseconds);
      this.#waiting.set(node, waiting.add(end));
      if (signal.aborted) interrupt();
      else signal.addEventListener('abort', interrupt, { once: true });
    });
  }
}
