/** The memory that a RAM tree may take: contents, names and attributes together. */
import { FileError } from '../../file/index.ts';

/** What a file costs besides its content; measured, in bytes, rounded up. */
export const NODE_COST = 1024;
/** What each name in a directory costs besides its letters. */
export const NAME_COST = 128;

export class Quota {
  readonly limit: number;
  #used = 0;

  /** @param limit - bytes */
  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  get left(): number {
    return this.limit - this.#used;
  }

  take(bytes: number): void {
    if (this.#used + bytes > this.limit) throw new FileError('ENOSPC');
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}
