/** The memory that a connection's requests and fids hold: each kind of it has a bound, the same for all. */
import { FileError } from '../file/index.ts';
import { borrow, giveBack, type Cursor } from '../protocol/index.ts';
import type { Call } from './call.ts';

export class Memory {
  /** Bytes, of each kind. */
  readonly #limit: number;
  /** Of writes that have not settled. */
  #held = 0;
  /** Of buffers that reads fill, and that have not left yet. */
  #lent = 0;
  /** Of what fids keep for as long as they live. */
  #kept = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get holdsAll(): boolean {
    return this.#held >= this.#limit;
  }

  get lendsAll(): boolean {
    return this.#lent >= this.#limit;
  }

  /** Whether a write of that many bytes goes beyond the limit; one alone never does. */
  hasRoomFor(count: number): boolean {
    return this.#held === 0 || this.#held + count <= this.#limit;
  }

  /** Counts the bytes of a write; to be called when it has settled. */
  hold(count: number): () => void {
    this.#held += count;
    return () => {
      this.#held -= count;
    };
  }

  /** Counts bytes that a fid keeps, or refuses them; to be called when it does no more. */
  keep(count: number): () => void {
    if (this.#kept + count > this.#limit) throw new FileError('ENOBUFS');
    this.#kept += count;
    return () => {
      this.#kept -= count;
    };
  }

  /** A buffer for what is read; it is given back when the call's reply has left. */
  lend(call: Call, count: number): Cursor {
    const buffer = borrow(count);
    this.#lent += count;
    call.release = () => {
      this.#lent -= count;
      giveBack(buffer);
    };
    return buffer;
  }
}
