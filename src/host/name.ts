/**
 * File names as strings. Linux's names are bytes, mostly UTF-8; what is not survives the way into a string and back: a
 * byte that belongs to no valid sequence becomes the lone surrogate U+DC80 + (byte - 0x80), which no valid UTF-8 decodes
 * to. So different names are different strings, and each can be given back to the host.
 */
import { isUtf8 } from 'node:buffer';
import { HostError } from './error.ts';

const REPLACEMENT = '\ufffd';
const SURROGATE = /[\ud800-\udfff]/;
/** With `u`, a surrogate matches only where it is alone. */
const ESCAPED = /([\udc80-\udcff])/u;
/** What to add to a byte that is escaped: 0xdc80 - 0x80. */
const ESCAPE = 0xdc00;

/** The name of these bytes, or of those from `start` to `end`. */
export function decodeName(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = buffer.toString('utf8', start, end);
  // Whatever is invalid was replaced; a name may also hold the replacement character itself.
  if (!name.includes(REPLACEMENT)) return name;
  const named = buffer.subarray(start, end);
  return isUtf8(named) ? name : escape(named);
}

function escape(bytes: Buffer): string {
  let name = '';
  for (let at = 0; at < bytes.length;) {
    const sequence = bytes.subarray(at, at + sequenceLength(bytes[at]));
    if (isUtf8(sequence)) {
      name += sequence.toString('utf8');
      at += sequence.length;
    } else {
      name += String.fromCharCode(ESCAPE + bytes[at]);
      at += 1;
    }
  }
  return name;
}

/** How many bytes a sequence has that begins with this one, if it is valid at all. */
function sequenceLength(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** The bytes of a name. `EILSEQ` for a string that {@link decodeName} never gives: it names nothing on this host. */
export function encodeName(name: string): Buffer {
  if (!SURROGATE.test(name)) return Buffer.from(name);
  const parts = name.split(ESCAPED).map((part, i) => (i % 2 === 0 ? Buffer.from(part) : unescape(part)));
  const bytes = Buffer.concat(parts);
  if (decodeName(bytes) !== name)
    throw new HostError('EILSEQ', 84, 'not a name on this host', 'encodeName', name);
  return bytes;
}

/** Whether {@link encodeName} has bytes for it. */
export function isEncodable(name: string): boolean {
  if (!SURROGATE.test(name)) return true;
  try {
    return encodeName(name).length > 0;
  } catch {
    return false;
  }
}

function unescape(surrogate: string): Buffer {
  return Buffer.of(surrogate.charCodeAt(0) - ESCAPE);
}
