/** Bytes and text as Node has them: Buffers where there are any, and its encodings. */
import { invalidType, invalidValue } from './arguments.ts';

/** A name of Node's for how bytes are text. Without Buffer there is `utf8` alone. */
export type Encoding = BufferEncoding;

/** Anything that has bytes. */
export type Bytes = NodeJS.ArrayBufferView;

const hasBuffers = typeof globalThis.Buffer === 'function';

/** A Buffer of zeros; without Buffer a Uint8Array, which has its methods for bytes and not those for text. */
export function newBuffer(length: number): Buffer {
  return hasBuffers ? Buffer.alloc(length) : (new Uint8Array(length) as Buffer);
}

/** The same bytes, as a Buffer. */
export function asBuffer({ buffer, byteOffset, byteLength }: Bytes): Buffer {
  return hasBuffers
    ? Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
    : (new Uint8Array(buffer, byteOffset, byteLength) as Buffer);
}

/** A view of the bytes. */
export function viewOf({ buffer, byteOffset, byteLength }: Bytes): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export function isBytes(value: unknown): value is Bytes {
  return ArrayBuffer.isView(value);
}

/** The encoding that was asked for; undefined for bytes. */
export function encodingOf(value: unknown): Encoding | undefined {
  if (value === undefined || value === null || value === 'buffer') return undefined;
  const known =
    typeof value === 'string' && (hasBuffers ? Buffer.isEncoding(value) : /^utf-?8$/i.test(value));
  if (!known) throw invalidValue('encoding', value, 'is invalid encoding');
  return value as Encoding;
}

export function textOf(bytes: Buffer, encoding: Encoding): string {
  return hasBuffers ? bytes.toString(encoding) : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

export function bytesOfText(text: string, encoding: Encoding = 'utf8'): Uint8Array {
  return hasBuffers ? Buffer.from(text, encoding) : new TextEncoder().encode(text);
}

/** The bytes of what is to be written. */
export function bytesOf(data: unknown, encoding?: Encoding, name = 'data'): Uint8Array {
  if (typeof data === 'string') return bytesOfText(data, encoding);
  if (isBytes(data)) return viewOf(data);
  throw invalidType(name, 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}

/** Pieces as one Buffer, which is the caller's own: the pieces may be a tree's. */
export async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    all.push(piece);
    length += piece.length;
  }
  const whole = newBuffer(length);
  let at = 0;
  for (const piece of all) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
