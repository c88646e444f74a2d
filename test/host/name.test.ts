import { describe, expect, test } from '@jest/globals';
import { array, assert, constantFrom, integer, oneof, property } from 'fast-check';
import { decodeName, encodeName } from '../../src/host/name.ts';
import { codeOf } from './support.ts';

describe('names as strings', () => {
  test.each([
    ['plain.txt', [...Buffer.from('plain.txt')]],
    ['', []],
    ['äöü 日本 🙂', [...Buffer.from('äöü 日本 🙂')]],
    ['a replacement \ufffd character', [...Buffer.from('a replacement \ufffd character')]],
    ['caf\udce9', [0x63, 0x61, 0x66, 0xe9]],
    ['\udc80\udcff', [0x80, 0xff]],
    // Overlong, a surrogate in UTF-8, beyond Unicode, cut short.
    ['\udcc0\udcaf', [0xc0, 0xaf]],
    ['\udced\udca0\udc80', [0xed, 0xa0, 0x80]],
    ['\udcf4\udc90\udc80\udc80', [0xf4, 0x90, 0x80, 0x80]],
    ['x\udce6\udc97', [0x78, 0xe6, 0x97]],
    ['日\udcff\ufffd', [...Buffer.from('日'), 0xff, ...Buffer.from('\ufffd')]],
  ])('%j', (name, bytes) => {
    expect(decodeName(Uint8Array.from(bytes))).toBe(name);
    expect([...encodeName(name)]).toEqual(bytes);
  });

  test('part of the bytes', () => {
    expect(decodeName(Uint8Array.from([0xff, 0x61, 0xe9, 0xff]), 1, 3)).toBe('a\udce9');
  });

  test('any bytes come back, so no two names become one', () => {
    const odd = constantFrom(0x80, 0xbf, 0xc3, 0xa9, 0xe6, 0x97, 0xa5, 0xed, 0xa0, 0xf0, 0x9f, 0x99, 0x82);
    const bytes = array(oneof(integer({ min: 0, max: 255 }), odd), { maxLength: 40 });
    assert(
      property(bytes, (name) => {
        expect([...encodeName(decodeName(Uint8Array.from(name)))]).toEqual(name);
      }),
      { numRuns: 3000 },
    );
  });

  test('any string names one file, or none', () => {
    const unit = oneof(integer({ min: 0xd7ff, max: 0xe000 }), integer({ min: 0xdc80, max: 0xdcff }));
    const text = array(unit, { maxLength: 8 }).map((units) => String.fromCharCode(...units));
    assert(
      property(text, (name) => {
        const code = codeOf(() => encodeName(name));
        if (code === '') expect(decodeName(encodeName(name))).toBe(name);
        else expect(code).toBe('EILSEQ');
      }),
      { numRuns: 3000 },
    );
  });

  test.each(['\ud800', 'a\udbffb', '\udc00', '\udd00', '\udcc3\udca9'])('%j is nobody’s name', (name) => {
    expect(codeOf(() => encodeName(name))).toBe('EILSEQ');
  });
});
