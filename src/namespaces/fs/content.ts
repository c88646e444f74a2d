/** The content of an open file, whole: for the calls that take a path and for those of a FileHandle. */
import type { Chan } from '../../file/index.ts';
import { readPieces } from '../../client/fid/read.ts';
import { piecesOf, writeAll, writePieces } from '../../client/fid/write.ts';
import { aborted } from './errors.ts';
import { bytesOf, gather, isBytes, viewOf, type Bytes, type Encoding } from './bytes.ts';
import { invalidType } from './arguments.ts';
import type { Scope } from './scope.ts';

/** What can be written: bytes, text, or some of them one after the other. */
export type Data = string | Bytes | Iterable<string | Bytes> | AsyncIterable<string | Bytes>;

/** Reads that are under way at a time, of a file that can bear that. */
export const READ_AHEAD = 8;

/** The bytes from `from` to the end, which may be long in coming. */
export function readContent(scope: Scope, chan: Chan, from: number, signal?: AbortSignal): Promise<Buffer> {
  return scope.run({ syscall: 'read' }, (r) => gather(readPieces(chan, r, from, READ_AHEAD)), signal);
}

/** Before anything is opened for it: whether the data can be written at all. */
export function checkData(data: unknown): asserts data is Data {
  if (typeof data === 'string' || isBytes(data) || isIterable(data)) return;
  throw invalidType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}

function isIterable(data: unknown): boolean {
  return (
    typeof data === 'object' && data !== null && (Symbol.iterator in data || Symbol.asyncIterator in data)
  );
}

/** Writes the data from `at` on, and returns how many bytes they had. */
export async function writeContent(
  scope: Scope,
  chan: Chan,
  at: number,
  data: Data,
  { encoding, signal }: { readonly encoding?: Encoding; readonly signal?: AbortSignal } = {},
): Promise<number> {
  if (typeof data === 'string' || isBytes(data)) {
    const bytes = typeof data === 'string' ? bytesOf(data, encoding) : viewOf(data);
    return scope.run({ syscall: 'write' }, (r) => writePieces(chan, piecesOf(bytes), at, r), signal);
  }
  let written = 0;
  for await (const piece of data) {
    if (signal?.aborted) throw aborted(signal);
    written += await writeSome(scope, chan, at + written, bytesOf(piece, encoding), signal);
  }
  return written;
}

/** Writes all of the bytes, if there are any. */
export async function writeSome(
  scope: Scope,
  chan: Chan,
  at: number,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<number> {
  return scope.run({ syscall: 'write' }, (r) => writeAll(chan, bytes, at, r), signal);
}

/**
 * Fills `into` from `at` on, as far as there is something. A read of 9P may be short of what a message holds; where the
 * file is a plain one, that is no reason to give less than was asked for.
 */
export function readSome(scope: Scope, chan: Chan, at: number, into: Uint8Array): Promise<number> {
  return scope.run({ syscall: 'read' }, async (r) => {
    let count = await chan.read(at, into, r);
    if (count === 0 || count === into.length) return count;
    const { nature, size } = await chan.attr(r);
    const end = nature === 'plain' ? size : 0;
    while (count < into.length && at + count < end) {
      const more = await chan.read(at + count, into.subarray(count), r);
      if (more === 0) break;
      count += more;
    }
    return count;
  });
}
