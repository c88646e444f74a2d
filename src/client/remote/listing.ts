/**
 * A directory as it is read. The entries are numbered as they come, and the numbers are the cookies: what a server gives
 * as a place to go on from is of use only while the directory is open there. When it had to be opened again, it is read
 * from its start, and the names that have come before are left out.
 */
import type { Entry } from '../../file/index.ts';
import type { Connection } from '../connection/connection.ts';
import { isListed } from './entries.ts';

/** An entry that has no number yet. */
export type Unnumbered = { -readonly [K in keyof Entry]: Entry[K] };

/** What one read gave, `.` and `..` included. */
export interface Batch {
  readonly entries: readonly Unnumbered[];
  /** Where the server goes on. */
  readonly place: bigint;
}

const NONE: ReadonlySet<string> = new Set();

export class Listing {
  /** All names that came. */
  #names: string[] = [];
  /** The entries that came last, and how many came before them. */
  #batch: readonly Entry[] = [];
  #before = 0;
  /** Where the server goes on, and on which connection. */
  #place = 0n;
  #connection: Connection | undefined;
  /** What is left out. */
  #known = NONE;

  /** The entry after the first `n`, if it is at hand. */
  at(n: number): Entry | undefined {
    return this.#batch[n - this.#before];
  }

  /** Where to read on a connection for the entry after the first `n`. */
  place(n: number, connection: Connection): bigint {
    if (n < this.#before || (this.#connection && this.#connection !== connection)) this.#rewind(n);
    this.#connection = connection;
    return this.#place;
  }

  add({ entries, place }: Batch): void {
    this.#place = place;
    this.#before = this.#names.length;
    const fresh = entries.filter(({ name }) => isListed(name) && !this.#known.has(name));
    for (const entry of fresh) entry.cookie = BigInt(this.#names.push(entry.name));
    this.#batch = fresh;
  }

  /** To the start, which gives what is not among the first `n`. */
  #rewind(n: number): void {
    this.#names.length = Math.min(n, this.#names.length);
    this.#known = new Set(this.#names);
    this.#batch = [];
    this.#before = this.#names.length;
    this.#place = 0n;
  }
}
