/** Pieces into a file. */
import { after, rescue, type Awaitable, type Chan, type Request } from '../../file/index.ts';
import { ahead } from './ahead.ts';
import { abandon } from './reach.ts';
import { PIECE } from './read.ts';

const WRITES_AT_ONCE = 8;

/**
 * Writes the pieces one behind the other, from `from` on, and returns how many bytes they had. Several writes are
 * under way at a time only if the file has shown that it keeps what it is given where it is given: its size was true
 * after the first write. A stream or a ctl file gets one write after the other.
 */
export async function writePieces(
  chan: Chan,
  pieces: AsyncIterable<Uint8Array>,
  from: number,
  r: Request,
  progress: (bytes: number) => void = () => undefined,
): Promise<number> {
  let limit = 1;
  async function* places() {
    let at = from;
    for await (const piece of pieces) {
      if (limit === 1 && at > from && (await isStorage(chan, at, r))) limit = WRITES_AT_ONCE;
      yield { offset: at, piece };
      at += piece.length;
    }
  }
  let written = 0;
  const write = ({ offset, piece }: { offset: number; piece: Uint8Array }, request: Request) =>
    writeAll(chan, piece, offset, request);
  for await (const count of ahead(places(), () => limit, r, write)) {
    written += count;
    progress(written);
  }
  return written;
}

/** Writes all of `data`, however little is taken at a time. */
export async function writeAll(chan: Chan, data: Uint8Array, offset: number, r: Request): Promise<number> {
  let written = 0;
  do written += await chan.write(offset + written, data.subarray(written), r);
  while (written < data.length);
  return written;
}

/** Data in pieces: views of it. */
export async function* piecesOf(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += PIECE) yield data.subarray(at, at + PIECE);
}

function isStorage(chan: Chan, size: number, r: Request): Awaitable<boolean> {
  if (chan.mode?.append) return false;
  return rescue(
    () => after(chan.attr(r), (attr) => attr.nature === 'plain' && !attr.append && attr.size === size),
    () => false,
  );
}

/** Work that writes to an open file, which is closed after it: it has succeeded when that has. */
export async function committing<T>(chan: Chan, r: Request, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    abandon(chan, r);
    throw error;
  }
  await chan.close('clunk', r);
  return result;
}
