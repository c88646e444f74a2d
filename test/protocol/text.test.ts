/** Text on the wire: UTF-8, and every other string of bytes, unharmed. */
import * as fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { decodeText, encodeText, textLength } from '../../src/protocol/index.ts';
import { holds } from './properties.ts';

const decoded = (bytes: Uint8Array) => decodeText(bytes, 0, bytes.length);

function encoded(text: string): Uint8Array {
  const bytes = new Uint8Array(textLength(text));
  expect(encodeText(text, bytes, 0)).toBe(bytes.length);
  return bytes;
}

/** Bytes that are nearly UTF-8: its leads, its continuations, and what stands beside them in the tables. */
const nearlyUtf8 = fc
  .array(
    fc
      .constantFrom(0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xdf)
      .chain((byte) => fc.constantFrom(byte, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff, 0xbb)),
    { maxLength: 40 },
  )
  .map((bytes) => Uint8Array.from(bytes));

describe.each([
  ['any bytes', fc.uint8Array({ maxLength: 100 })],
  ['bytes that are nearly UTF-8', nearlyUtf8],
])('%s', (_, arbitrary) => {
  test('come back as they were', () => {
    holds(arbitrary, (bytes) => expect(encoded(decoded(bytes))).toEqual(bytes), 3000);
  });

  test('two of them are never one text', () => {
    const seen = new Map<string, string>();
    holds(arbitrary, (bytes) => {
      const text = decoded(bytes);
      const hex = Buffer.from(bytes).toString('hex');
      expect(seen.get(text) ?? hex).toBe(hex);
      seen.set(text, hex);
    });
  });

  test('are what the platform decodes, where it accepts them', () => {
    const platform = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    holds(arbitrary, (bytes) => {
      let expected: string;
      try {
        expected = platform.decode(bytes);
      } catch {
        expect(decoded(bytes)).toMatch(/\p{Surrogate}/u);
        return;
      }
      expect(decoded(bytes)).toBe(expected);
    });
  });
});

test('any well-formed text survives, in the bytes of the platform', () => {
  holds(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
    const bytes = encoded(text);
    expect(bytes).toEqual(new TextEncoder().encode(text));
    expect(decoded(bytes)).toBe(text);
  });
});

test('any string at all has the length that is said, and what is written is read again as itself', () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
  holds(fc.string({ unit, maxLength: 60 }), (text) => {
    const bytes = encoded(text);
    expect(encoded(decoded(bytes))).toEqual(bytes);
  });
});

test('a text is written where it is told, and ends where it says', () => {
  holds(fc.tuple(fc.string({ unit: 'binary' }), fc.nat(10)), ([text, at]) => {
    const bytes = new Uint8Array(at + textLength(text) + 3).fill(0xaa);
    expect(encodeText(text, bytes, at)).toBe(at + textLength(text));
    expect(decodeText(bytes, at, at + textLength(text))).toBe(text);
    expect(bytes.subarray(0, at)).toEqual(new Uint8Array(at).fill(0xaa));
    expect(bytes.subarray(-3)).toEqual(new Uint8Array(3).fill(0xaa));
  });
});

test.each([
  ['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
  ['an overlong zero', [0xe0, 0x80, 0x80], '\udce0\udc80\udc80'],
  ['a surrogate', [0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
  ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
  ['a cut sequence', [0x61, 0xe2, 0x82], 'a\udce2\udc82'],
  ['a cut sequence and a letter', [0xe2, 0x82, 0x61], '\udce2\udc82a'],
  ['Latin-1', [0x63, 0x61, 0x66, 0xe9], 'caf\udce9'],
  ['a byte within text', [0xc3, 0xa9, 0xff, 0xf0, 0x9f, 0x98, 0x80], 'é\udcff😀'],
  ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
])('%s', (_, bytes, text) => {
  expect(decoded(Uint8Array.from(bytes))).toBe(text);
  expect(encoded(text)).toEqual(Uint8Array.from(bytes));
});

test('a long name of bytes that are no text takes no longer than it must', () => {
  const bytes = new Uint8Array(65535).fill(0xe9).fill(0x61, 100, 200);
  const started = performance.now();
  expect(encoded(decoded(bytes))).toEqual(bytes);
  expect(performance.now() - started).toBeLessThan(2000);
});
