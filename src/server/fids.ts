/** The fids of a session, and who may use one when. */
import {
  FileError,
  isPromise,
  rescue,
  type Awaitable,
  type Chan,
  type Entry,
  type User,
} from '../file/index.ts';

/** A directory that is being read: the next entry, where it stands, and what is left. */
export interface Listing {
  /** .L: the cookie of the last entry that was sent. 9P2000: the offset of the next read. */
  cookie: bigint;
  /** 9P2000: the cookie that belongs to the offset. */
  readonly entries: Iterator<Entry> | AsyncIterator<Entry>;
  /** An entry that did not fit into the last reply. */
  next: Entry | undefined;
  /** 9P2000: what the last read left of its count, because the next entry did not fit. */
  room: number;
  /** 9P2000: the read is one for that room. */
  filling: boolean;
}

/** A fid that stands for an extended attribute (Txattrwalk, Txattrcreate). */
export type XattrUse = {
  readonly value: Uint8Array;
  /** The value is not kept any more. */
  readonly letGo: () => void;
} & (
  | { readonly purpose: 'read' }
  | {
      readonly purpose: 'write';
      readonly name: string;
      written: number;
      readonly how: 'create' | 'replace' | 'any';
    }
);

type Task = () => void;

/**
 * A fid. Requests that change what it stands for (open, create, a walk onto itself, clunk, remove) have it to
 * themselves, in the order in which they came; the others share it. Who finds it free goes on at once.
 */
export class Fid {
  readonly number: number;
  readonly user: User;
  readonly aname: string;
  /** Undefined until the request that makes the fid has succeeded, and once it is gone. */
  chan: Chan | undefined;
  xattr: XattrUse | undefined;
  #listing: Listing | undefined;
  #sharers = 0;
  #owned = false;
  #queue: Task[] | undefined;

  constructor(number: number, user: User, aname: string, chan?: Chan) {
    this.number = number;
    this.user = user;
    this.aname = aname;
    this.chan = chan;
  }

  get listing(): Listing | undefined {
    return this.#listing;
  }

  /** The listing before it, if there is one, is over. */
  set listing(listing: Listing | undefined) {
    const before = this.#listing;
    this.#listing = listing;
    if (before) endListing(before);
  }

  /** Requests that use the fid are under way. */
  get busy(): boolean {
    return this.#sharers > 0 || this.#owned;
  }

  /** Runs `work` beside others that share. */
  share<T>(work: () => Awaitable<T>): Awaitable<T> {
    if (this.#owned || this.#queue) return this.#inTurn(() => this.share(work));
    const result = work();
    if (!isPromise(result)) return result;
    this.#sharers++;
    return result.finally(() => {
      this.#sharers--;
      this.#next();
    });
  }

  /** Runs `work` alone. */
  own<T>(work: () => Awaitable<T>): Awaitable<T> {
    if (this.busy || this.#queue) return this.#inTurn(() => this.own(work));
    this.#owned = true;
    let result: Awaitable<T>;
    try {
      result = work();
    } catch (error) {
      this.#disown();
      throw error;
    }
    if (isPromise(result)) return result.finally(() => this.#disown());
    this.#disown();
    return result;
  }

  #disown(): void {
    this.#owned = false;
    this.#next();
  }

  #inTurn<T>(work: () => Awaitable<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      (this.#queue ??= []).push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Lets those in who wait, in order: all that share, or one that wants it alone. */
  #next(): void {
    while (this.#queue && !this.#owned) {
      const queue: Task[] = this.#queue;
      const task = queue[0];
      // A task that finds the queue gone runs; one that must wait puts itself at the end of a new one.
      this.#queue = undefined;
      task();
      const again = this.#queue as Task[] | undefined;
      const rest = queue.slice(1);
      if (again) {
        this.#queue = [...again, ...rest];
        return;
      }
      this.#queue = rest.length > 0 ? rest : undefined;
    }
  }
}

/** Tells whoever makes the entries that no more are wanted; what comes of that concerns nobody. */
function endListing({ entries }: Listing): void {
  void rescue<unknown>(
    () => entries.return?.(),
    () => undefined,
  );
}

export class Fids {
  readonly #fids = new Map<number, Fid>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#fids.size;
  }

  /** The fid, whether it stands for anything yet or not. */
  get(number: number): Fid {
    const fid = this.#fids.get(number);
    if (!fid) throw new FileError('EBADF');
    return fid;
  }

  /** Takes a number for a fid to be. */
  add(fid: Fid): void {
    if (fid.number === 0xffff_ffff || this.#fids.has(fid.number))
      throw new FileError('EBADF', 'fid already in use');
    if (this.#fids.size >= this.#limit) throw new FileError('EMFILE');
    this.#fids.set(fid.number, fid);
  }

  /** Frees the number, if it is still this fid's. */
  delete(fid: Fid): void {
    if (this.#fids.get(fid.number) === fid) this.#fids.delete(fid.number);
  }

  [Symbol.iterator](): IterableIterator<Fid> {
    return this.#fids.values();
  }
}
