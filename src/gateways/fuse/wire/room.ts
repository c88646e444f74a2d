/** Memory for what is sent: small messages out of a slab, large ones out of buffers that come back. */
import { OUT_HEADER } from './constants.ts';

/** A slab serves some hundred messages, and goes when the last of them does. None is used twice: what is given is zero. */
const SLAB = 64 * 1024;

/** Data up to this many bytes is not worth a buffer that has to come back. */
const SMALL = 2048;

/** The largest data that a buffer is kept for, and how many of each size are kept. */
const LARGE = 1024 * 1024;
const KEPT = 16;

let view = new DataView(new ArrayBuffer(SLAB));
let used = 0;

/** A message that is being written: `view` at `at` is where its content goes, after the room for the header. */
export interface Draft {
  readonly view: DataView;
  readonly at: number;
}

/** Room for a header, and `size` bytes of zeros. */
export function draft(size: number): Draft {
  if (used + OUT_HEADER + size > SLAB) {
    view = new DataView(new ArrayBuffer(SLAB));
    used = 0;
  }
  const at = used + OUT_HEADER;
  // Whatever a message's length, the next one begins at a multiple of 8.
  used = (at + size + 7) & ~7;
  return { view, at };
}

/** The message that a draft has become. */
export function messageOf({ view, at }: Draft, size: number): Uint8Array {
  return new Uint8Array(view.buffer, at - OUT_HEADER, OUT_HEADER + size);
}

const kept = new Map<number, Uint8Array[]>();
const lent = new WeakMap<ArrayBufferLike, Uint8Array>();

/** Room for a header and `size` bytes: what they hold is anybody's guess. Larger ones may be given back. */
export function lend(size: number): Uint8Array {
  if (size <= SMALL) return messageOf(draft(size), size);
  const whole = capacity(size);
  const buffer = kept.get(whole)?.pop() ?? new Uint8Array(OUT_HEADER + whole);
  lent.set(buffer.buffer, buffer);
  return whole === size ? buffer : buffer.subarray(0, OUT_HEADER + size);
}

/** What {@link lend} gave, or a part of it, is not used any more. Of anything else nothing happens. */
export function giveBack(message: Uint8Array): void {
  const buffer = lent.get(message.buffer);
  if (!buffer || !lent.delete(message.buffer)) return;
  const size = buffer.length - OUT_HEADER;
  const list = kept.get(size);
  if (!list) kept.set(size, [buffer]);
  else if (list.length < KEPT && size <= LARGE) list.push(buffer);
}

/** Sizes are powers of two, so that there are few. */
function capacity(size: number): number {
  return 2 ** (32 - Math.clz32(size - 1));
}
