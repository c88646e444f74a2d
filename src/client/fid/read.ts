/** A file's content from some place on, in pieces. */
import type { Attr, Chan, Request } from '../../file/index.ts';
import { ahead } from './ahead.ts';
import { unlessAborted } from './patience.ts';

/** What one read asks for; the server may give less, and then that is asked for. */
export const PIECE = 1 << 18;
/** No server means a shorter piece when it cuts one short. */
const LEAST_PIECE = 1 << 12;

/**
 * The pieces of an open file from `from` to its end, in order. A file with a size that proves true is read with up to
 * `readAhead` reads under way; any other one read at a time, for its reads may wait, and consume.
 *
 * The end is where a read gives nothing, or where a short one ends exactly at the size that the file had when reading
 * began: that saves the last message. A short read alone is no end.
 */
export async function* readPieces(
  chan: Chan,
  r: Request,
  from: number,
  readAhead: number,
): AsyncGenerator<Uint8Array> {
  const take = (offset: number, count: number, request = r) =>
    unlessAborted(request.signal, chan.take(offset, count, request));
  // In one batch: to know the size costs a message, but no time.
  const [first, size] = await Promise.all([take(from, PIECE), trueSize(chan, r)]);
  let at = from;
  let piece = first;
  let asked = PIECE;
  /** Gives a piece away; false at the end. */
  const isEnd = (): boolean => piece.length === 0 || (piece.length < asked && at === size);
  at += piece.length;
  if (piece.length > 0) yield piece;
  if (isEnd()) return;

  asked = Math.max(piece.length, LEAST_PIECE);
  if (readAhead > 1 && at + asked < size) {
    const offsets = steps(at, size, asked);
    const pieces = ahead(offsets, readAhead, r, (offset, request) => take(offset, asked, request));
    for await (piece of pieces) {
      yield* [];
    }
  }
}
