/**
 * Names as bytes. A byte of a name that is not UTF-8 is a lone surrogate in a string, U+DC80 to U+DCFF, here as everywhere
 * else: so a name goes from `readdir` to `open` and back whatever it holds, as a string or as a Buffer.
 */
import { newBuffer } from './bytes.ts';

const ESCAPE = 0xdc00;
/** With `u`, a surrogate matches only where it is alone. */
const ESCAPED = /([\udc80-\udcff])/u;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function decodeName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeByParts(bytes);
  }
}

function decodeByParts(bytes: Uint8Array): string {
  let name = '';
  for (let at = 0; at < bytes.length;) {
    const part = sequenceAt(bytes, at);
    name += part?.text ?? String.fromCharCode(ESCAPE + bytes[at]);
    at += part?.length ?? 1;
  }
  return name;
}

/** The character that stands there; undefined if the bytes are none. */
function sequenceAt(
  bytes: Uint8Array,
  at: number,
): { readonly text: string; readonly length: number } | undefined {
  const lead = bytes[at];
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  try {
    return { text: strict.decode(bytes.subarray(at, at + length)), length };
  } catch {
    return undefined;
  }
}

export function encodeName(name: string): Buffer {
  const parts = name
    .split(ESCAPED)
    .map((part, i) => (i % 2 === 0 ? encoder.encode(part) : Uint8Array.of(part.charCodeAt(0) - ESCAPE)));
  const bytes = newBuffer(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
