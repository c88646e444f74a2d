/**
 * Cuts a byte stream into frames, whatever the chunks. It owns the memory that bytes are received in: a scratch
 * buffer that all framers of the process share while no frame is cut in two, and a buffer of the frame's own size
 * for one that is. So an idle connection holds no buffer, and a large payload is received where it stays.
 */
import { borrow, giveBack } from './buffers.ts';
import { HEADER } from './codec.ts';
import { Cursor } from './cursor.ts';
import { MalformedError } from './malformed.ts';

const SCRATCH = 1 << 18;
const SIZE_FIELD = 4;

/** Shared: bytes in it are consumed before the read that brought them returns. */
const scratch = new Cursor(new Uint8Array(SCRATCH));

export class Framer {
  /** The largest frame allowed, in bytes: a larger one is an error before anything is allocated. */
  limit: number;
  readonly #deliver: (frame: Cursor) => void;
  /** A frame cut in two: `at` is where its next byte goes, `end` its size once the size is known. */
  #partial: Cursor | undefined;
  #space: Cursor = scratch;
  #kept = false;
  #stopped = false;

  /** `deliver` gets each frame from `at` to `end`, valid until it returns unless {@link keep} is called. */
  constructor(limit: number, deliver: (frame: Cursor) => void) {
    this.limit = limit;
    this.#deliver = deliver;
  }

  /** Where the next bytes of the stream go. */
  space(): Uint8Array {
    const partial = this.#partial;
    this.#space = partial ?? scratch;
    return partial ? partial.bytes.subarray(partial.at, partial.end) : scratch.bytes;
  }

  /**
   * Takes the `count` bytes that were put into the last {@link space}, and delivers the frames that are complete.
   *
   * @throws {@link MalformedError} for a size that is below 7 or above the limit; nothing more is delivered then.
   */
  received(count: number): void {
    if (this.#stopped) return;
    const partial = this.#partial;
    if (partial && this.#space === partial) {
      partial.at += count;
      this.#continue(partial);
    } else this.#cut(count);
  }

  /** Called within `deliver`: the frame's bytes stay valid if true is returned; otherwise they must be copied. */
  keep(): boolean {
    if (!this.#partial) return false;
    this.#kept = true;
    return true;
  }

  /** Delivers nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#partial = undefined;
  }

  #continue(partial: Cursor): void {
    if (partial.at < partial.end) return;
    if (partial.end === SIZE_FIELD) {
      const size = this.#checked(partial.view.getUint32(0, true));
      if (size <= partial.bytes.length) partial.end = size;
      else {
        this.#partial = this.#begin(partial, 0, SIZE_FIELD, size);
        giveBack(partial);
      }
      return;
    }
    partial.at = 0;
    this.#deliver(partial);
    if (this.#partial === partial) this.#partial = undefined;
    if (!this.#kept) giveBack(partial);
    this.#kept = false;
  }

  #cut(end: number): void {
    let from = 0;
    while (end - from >= SIZE_FIELD) {
      const size = this.#checked(scratch.view.getUint32(from, true));
      if (size > end - from) break;
      scratch.at = from;
      scratch.end = from + size;
      this.#deliver(scratch);
      if (this.#stopped) return;
      from += size;
    }
    const left = end - from;
    if (left === 0) return;
    const size = left < SIZE_FIELD ? SIZE_FIELD : scratch.view.getUint32(from, true);
    this.#partial = this.#begin(scratch, from, left, size);
  }

  #begin(source: Cursor, from: number, count: number, size: number): Cursor {
    const partial = borrow(size);
    partial.bytes.set(source.bytes.subarray(from, from + count));
    partial.at = count;
    partial.end = size;
    return partial;
  }

  #checked(size: number): number {
    if (size >= HEADER && size <= this.limit) return size;
    this.stop();
    throw new MalformedError(`a message of ${size} bytes; ${HEADER} to ${this.limit} are possible`);
  }
}
