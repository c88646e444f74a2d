/** The forms in which `read` and `write` of a FileHandle are told what, how much and where. */
import { checkInteger, invalidType, invalidValue, outOfRange } from './arguments.ts';
import { bytesOfText, isBytes, newBuffer, viewOf, type Bytes } from './bytes.ts';

export interface ReadOptions<B extends Bytes = Bytes> {
  /** Default: one of 16 KiB. */
  readonly buffer?: B;
  /** Where in the buffer; default 0. */
  readonly offset?: number | null;
  /** Bytes; default: to the buffer's end. */
  readonly length?: number | null;
  /** Where in the file; default: where the last read or write ended. */
  readonly position?: number | bigint | null;
}

export type WriteRangeOptions = Omit<ReadOptions, 'buffer'>;

export interface Range {
  readonly buffer: Bytes;
  /** What of it is to be filled or written. */
  readonly part: Uint8Array;
  /** Undefined: where the last read or write ended. */
  readonly position: number | undefined;
}

const DEFAULT_LENGTH = 16_384;

/** Of `(buffer, offset, length, position)`, `(buffer, options)` or `(options)`. */
export function readRange([first, second, third, fourth]: readonly unknown[]): Range {
  const isBuffer = isBytes(first);
  if (!isBuffer && (typeof first !== 'object' ? first !== undefined : Array.isArray(first)))
    throw invalidType('options', 'of type object', first);
  const options: ReadOptions = isBuffer ? rangeOptions(second, third, fourth) : (first ?? {});
  const buffer = isBuffer ? first : (options.buffer ?? newBuffer(DEFAULT_LENGTH));
  if (!isBytes(buffer)) throw invalidType('buffer', 'an instance of Buffer, TypedArray, or DataView', buffer);
  const { offset, length } = extentOf(options, buffer);
  if (length > 0 && buffer.byteLength === 0)
    throw invalidValue('buffer', buffer, 'is empty and cannot be written');
  if (length < 0) throw outOfRange('length', '>= 0', length);
  if (offset + length > buffer.byteLength)
    throw outOfRange('length', `<= ${buffer.byteLength - offset}`, length);
  return {
    buffer,
    part: viewOf(buffer).subarray(offset, offset + length),
    position: positionOf(options.position),
  };
}

/** Of `(buffer, offset, length, position)`, `(buffer, options)` or `(string, position, encoding)`. */
export function writeRange([first, second, third, fourth]: readonly unknown[]): Range {
  if (typeof first === 'string') {
    const known = typeof third === 'string' && globalThis.Buffer?.isEncoding(third);
    const part = bytesOfText(first, known ? third : 'utf8');
    return { buffer: part, part, position: positionOf(second) };
  }
  if (!isBytes(first))
    throw invalidType('buffer', 'of type string or an instance of Buffer, TypedArray, or DataView', first);
  const options = rangeOptions(second, third, fourth);
  const { offset, length } = extentOf(options, first);
  if (offset > first.byteLength) throw outOfRange('offset', `<= ${first.byteLength}`, offset);
  if (length > first.byteLength - offset)
    throw outOfRange('length', `<= ${first.byteLength - offset}`, length);
  if (length < 0) throw outOfRange('length', '>= 0', length);
  const part = viewOf(first).subarray(offset, offset + length);
  return { buffer: first, part, position: positionOf(options.position) };
}

function rangeOptions(second: unknown, third: unknown, fourth: unknown): WriteRangeOptions {
  if (typeof second === 'object' && second !== null) return second;
  return { offset: second, length: third, position: fourth } as WriteRangeOptions;
}

function extentOf(options: WriteRangeOptions, { byteLength }: Bytes): { offset: number; length: number } {
  const offset = checkInteger(options.offset ?? 0, 'offset', 0);
  const length = checkInteger(options.length ?? byteLength - offset, 'length');
  return { offset, length };
}

/** What is no place in a file stands for the handle's own, as Node has it. */
function positionOf(value: unknown): number | undefined {
  const position = typeof value === 'bigint' ? Number(value) : value;
  return typeof position === 'number' && Number.isSafeInteger(position) && position >= 0
    ? position
    : undefined;
}
