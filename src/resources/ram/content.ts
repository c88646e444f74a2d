/** The bytes of one file: sparse, in chunks that grow as they are written. Holes take up nothing and read as zeroes. */
import { FileError } from '../../file/index.ts';
import type { Quota } from './quota.ts';

/** Bytes; a power of two, so that a 4 KiB access touches one chunk. */
const CHUNK = 1 << 16;
/** A chunk is made this large at first, and doubles: a small file takes little. */
const SMALLEST = 1 << 8;

export class Content {
  readonly #quota: Quota;
  readonly #chunks = new Map<number, Uint8Array>();
  #size = 0;
  #allocated = 0;

  constructor(quota: Quota) {
    this.#quota = quota;
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of memory that the file takes up. */
  get allocated(): number {
    return this.#allocated;
  }

  read(offset: number, into: Uint8Array): number {
    const end = Math.min(this.#size, offset + into.length);
    for (let at = offset; at < end;) {
      const from = at % CHUNK;
      const to = Math.min(CHUNK, from + end - at);
      copyOut(this.#chunks.get(Math.floor(at / CHUNK)), from, to, into, at - offset);
      at += to - from;
    }
    return Math.max(0, end - offset);
  }

  /** Writes all of `data`, or, without space for it, nothing (ENOSPC). */
  write(offset: number, data: Uint8Array): void {
    const end = offset + data.length;
    this.allocate(offset, data.length);
    for (let at = offset; at < end;) {
      const from = at % CHUNK;
      const to = Math.min(CHUNK, from + end - at);
      this.#chunks
        .get(Math.floor(at / CHUNK))!
        .set(data.subarray(at - offset, at - offset + to - from), from);
      at += to - from;
    }
    if (end > this.#size && data.length > 0) this.#size = end;
  }

  resize(size: number): void {
    if (size < this.#size) this.#cut(size);
    this.#size = size;
  }

  /** Makes room, so that writing there cannot fail for lack of space; or, without space for all of it, none. */
  allocate(offset: number, length: number): void {
    const end = offset + length;
    if (length - this.#allocated > this.#quota.left) throw new FileError('ENOSPC');
    let more = 0;
    for (let at = offset; at < end; at += CHUNK - (at % CHUNK)) more += this.#lacking(at, end);
    if (more === 0) return;
    this.#quota.take(more);
    this.#allocated += more;
    for (let at = offset; at < end; at += CHUNK - (at % CHUNK)) this.#grow(at, this.#lacking(at, end));
  }

  /** The next data, or the next hole, at or after `offset`: in whole chunks. */
  seek(offset: number, what: 'data' | 'hole'): number {
    if (offset >= this.#size) throw new FileError('ENXIO');
    let index = Math.floor(offset / CHUNK);
    if (what === 'hole') {
      while (this.#chunks.has(index)) index++;
      return Math.min(this.#size, Math.max(offset, index * CHUNK));
    }
    let next = Infinity;
    for (const there of this.#chunks.keys()) if (there >= index) next = Math.min(next, there);
    if (next * CHUNK >= this.#size) throw new FileError('ENXIO');
    return Math.max(offset, next * CHUNK);
  }

  /** Gives all memory back. */
  free(): void {
    this.#cut(0);
    this.#size = 0;
  }

  /** How much the chunk at `at` must grow to hold what comes there, up to `end`. */
  #lacking(at: number, end: number): number {
    const length = this.#chunks.get(Math.floor(at / CHUNK))?.length ?? 0;
    const needed = Math.min(CHUNK, (at % CHUNK) + end - at);
    if (length >= needed) return 0;
    let grown = Math.max(SMALLEST, length);
    while (grown < needed) grown *= 2;
    return grown - length;
  }

  #grow(at: number, more: number): void {
    if (more === 0) return;
    const index = Math.floor(at / CHUNK);
    const chunk = this.#chunks.get(index);
    const grown = new Uint8Array((chunk?.length ?? 0) + more);
    if (chunk) grown.set(chunk);
    this.#chunks.set(index, grown);
  }

  #cut(size: number): void {
    const kept = Math.ceil(size / CHUNK);
    for (const [index, chunk] of this.#chunks) {
      if (index < kept) continue;
      this.#chunks.delete(index);
      this.#quota.give(chunk.length);
      this.#allocated -= chunk.length;
    }
    // What is beyond the end must read as zeroes if the file grows again.
    if (size % CHUNK !== 0) this.#chunks.get(kept - 1)?.fill(0, size % CHUNK);
  }
}

function copyOut(
  chunk: Uint8Array | undefined,
  from: number,
  to: number,
  into: Uint8Array,
  at: number,
): void {
  const there = chunk ? Math.min(to, chunk.length) : from;
  if (there > from) into.set(chunk!.subarray(from, there), at);
  if (there < to) into.fill(0, at + Math.max(0, there - from), at + to - from);
}
