/**
 * 9P text is UTF-8 (intro(5)), but file names on Linux are bytes, and a name that is silently repaired is a file that
 * cannot be opened, or another file. Bytes that are not UTF-8 become the lone surrogates U+DC80 to U+DCFF, one each,
 * and are written back as they were: two different names never become one.
 */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextEncoder();

/** Above this length TextDecoder is faster than a loop. */
const SHORT = 24;
const ESCAPE = 0xdc00;

export function decodeText(bytes: Uint8Array, from: number, to: number): string {
  if (to - from <= SHORT) {
    let text = '';
    let at = from;
    while (at < to && bytes[at] < 0x80) text += String.fromCharCode(bytes[at++]);
    if (at === to) return text;
  }
  const part = bytes.subarray(from, to);
  try {
    return strict.decode(part);
  } catch {
    return decodeEscaped(part);
  }
}

/** The number of bytes that {@link encodeText} writes. */
export function textLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (isEscape(text, i)) continue;
    else {
      length += 2;
      if (isPair(text, i)) i++;
    }
  }
  return length;
}

/** Writes `text` at `at`, where there is room for it, and returns where it ends. */
export function encodeText(text: string, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return encodeBeyondAscii(text, i, bytes, at);
    bytes[at++] = unit;
  }
  return at;
}

function encodeBeyondAscii(text: string, from: number, bytes: Uint8Array, at: number): number {
  let plain = from;
  for (let i = from; i < text.length; i++) {
    if (!isEscape(text, i)) {
      if (isPair(text, i)) i++;
      continue;
    }
    at += lenient.encodeInto(text.slice(plain, i), bytes.subarray(at)).written;
    bytes[at++] = text.charCodeAt(i) - ESCAPE;
    plain = i + 1;
  }
  return at + lenient.encodeInto(text.slice(plain), bytes.subarray(at)).written;
}

function isPair(text: string, i: number): boolean {
  return (text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
}

/** An escaped byte: a low surrogate that is not the second half of a pair. The loops above step over whole pairs. */
function isEscape(text: string, i: number): boolean {
  const unit = text.charCodeAt(i);
  return unit >= 0xdc80 && unit <= 0xdcff;
}

function decodeEscaped(bytes: Uint8Array): string {
  let text = '';
  let plain = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      text += strict.decode(bytes.subarray(plain, at)) + String.fromCharCode(ESCAPE + bytes[at]);
      plain = at + 1;
    }
    at += Math.max(length, 1);
  }
  return text + strict.decode(bytes.subarray(plain));
}

/** The length of the well-formed UTF-8 sequence at `at` (Unicode, table 3-7), or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (at + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1];
  if (lead === 0xe0 && second < 0xa0) return 0;
  if (lead === 0xed && second > 0x9f) return 0;
  if (lead === 0xf0 && second < 0x90) return 0;
  if (lead === 0xf4 && second > 0x8f) return 0;
  return length;
}
