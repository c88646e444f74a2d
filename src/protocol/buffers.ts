/**
 * Large buffers, used again: a fresh allocation for each large message costs more than all else that is done with it
 * (page faults). Sizes are powers of two, and a little; what is kept for later is bounded.
 */
import { Cursor } from './cursor.ts';

/** Room for the header around a payload that is a power of two, which most are. */
const SLACK = 64;
const SMALLEST = 12;
const LARGEST = 24;
const KEPT_BYTES = 1 << 24;

const idle: Cursor[][] = Array.from({ length: LARGEST + 1 }, () => []);
let kept = 0;

function magnitude(size: number): number {
  return Math.max(SMALLEST, 32 - Math.clz32(Math.max(size - SLACK, 1) - 1));
}

/** A buffer of at least `size` bytes with whatever content, `at` 0 and `end` at its end. */
export function borrow(size: number): Cursor {
  const power = magnitude(size);
  const cursor = idle[power]?.pop();
  if (!cursor) return new Cursor(new Uint8Array(2 ** power + SLACK));
  kept -= cursor.bytes.length;
  cursor.at = 0;
  cursor.end = cursor.bytes.length;
  return cursor;
}

/** Gives a borrowed buffer back. Whoever does so has no view of it any more. */
export function giveBack(cursor: Cursor): void {
  const size = cursor.bytes.length;
  const row = idle[magnitude(size)];
  if (!row || kept + size > KEPT_BYTES) return;
  kept += size;
  row.push(cursor);
}
