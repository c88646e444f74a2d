/** A file's content from some place on, in pieces. */
import { after, rescue, type Awaitable, type Chan, type Request } from '../../file/index.ts';
import { unlessAborted } from '../abort.ts';
import { ahead } from './ahead.ts';

/** What one read asks for; if the server gives less, that is asked for from then on. */
export const PIECE = 1 << 18;
/** A read that gave less than this was short for another reason than the size of messages. */
const LEAST_PIECE = 1 << 12;

/**
 * The pieces of an open file from `from` to its end, in order. A file whose size proves true is read with up to
 * `readAhead` reads under way; any other one read at a time, for its reads may wait, and consume.
 *
 * The end is where a read gives nothing, or where a short one ends exactly at the size that the file had when reading
 * began, which saves the last message. That a read is short is no sign in itself.
 */
export async function* readPieces(
  chan: Chan,
  r: Request,
  from: number,
  readAhead: number,
): AsyncGenerator<Uint8Array> {
  // In one batch: to know the size costs a message, but no time.
  const [first, size] = await Promise.all([take(chan, from, PIECE, r), trueSize(chan, r)]);
  let at = from + first.length;
  if (first.length > 0) yield first;
  if (first.length === 0 || (first.length < PIECE && at === size)) return;

  const count = Math.max(first.length, LEAST_PIECE);
  if (readAhead > 1 && size - at > count) {
    const end = yield* readOverlapped(chan, r, { from: at, size, count, readAhead });
    if (end === undefined) return;
    at = end;
  }
  for (;;) {
    const piece = await take(chan, at, PIECE, r);
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}

interface Span {
  readonly from: number;
  readonly size: number;
  readonly count: number;
  readonly readAhead: number;
}

/** Reads up to `size`, and a bit more if the file has grown; returns where that ended, or undefined for its end. */
async function* readOverlapped(
  chan: Chan,
  r: Request,
  { from, size, count, readAhead }: Span,
): AsyncGenerator<Uint8Array, number | undefined> {
  const read = async (offset: number, request: Request) => ({
    offset,
    first: await take(chan, offset, count, request),
  });
  let at = from;
  for await (const { offset, first } of ahead(steps(from, size, count), () => readAhead, r, read)) {
    // The next piece begins where this one should end: what a short read left out is read now.
    for (let piece = first; ; piece = await take(chan, at, offset + count - at, r)) {
      if (piece.length === 0) return undefined;
      at += piece.length;
      yield piece;
      if (at === offset + count) break;
      if (at === size) return undefined;
    }
  }
  return at;
}

function* steps(from: number, to: number, by: number): Generator<number> {
  for (let at = from; at < to; at += by) yield at;
}

function take(chan: Chan, offset: number, count: number, r: Request): Awaitable<Uint8Array> {
  return unlessAborted(r.signal, () => chan.take(offset, count, r));
}

/** The size of the file, or 0 where that says nothing. */
function trueSize(chan: Chan, r: Request): Awaitable<number> {
  return rescue(
    () => after(chan.attr(r), ({ nature, size }) => (nature === 'plain' ? size : 0)),
    () => 0,
  );
}

/** All pieces as one. */
export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    all.push(piece);
    length += piece.length;
  }
  if (all.length === 1) return all[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of all) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The lines of a text, without their ends; the last one need not have an end. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
