/** Any bytes are a message or a MalformedError: no other exception, no memory that the bytes do not pay for. */
import * as fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import {
  MalformedError,
  decodeMessage,
  encodeMessage,
  messageTypes,
  printMessage,
  readDirent,
  readStat,
  sizeOf,
  Cursor,
  type Dialect,
} from '../../src/protocol/index.ts';
import { holds, samples } from './properties.ts';
import { DIALECTS } from './seeded.ts';

/** What a decoded value holds on to: characters, items and bytes. */
function weight(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + 1 + weight(item), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, field) => sum + weight(field), 0);
}

/** Decodes or refuses; a message is one that can be printed, and that has as many bytes as it came in. */
function take(bytes: Uint8Array, dialect: Dialect): 'message' | 'malformed' {
  try {
    const message = decodeMessage(bytes, dialect);
    expect(messageTypes(dialect)).toContain(message.type);
    expect(sizeOf(message, dialect)).toBe(bytes.length);
    expect(encodeMessage(message, dialect).length).toBe(bytes.length);
    expect(printMessage(message)).toContain(message.type);
    expect(weight({ ...message, type: '' })).toBeLessThanOrEqual(bytes.length);
    return 'message';
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    expect(['EBADMSG', 'EOPNOTSUPP', 'EOVERFLOW']).toContain(error.code);
    return 'malformed';
  }
}

/** The bytes with a size that is their own, so that the fields are looked at. */
function sized(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  if (copy.length >= 4) new DataView(copy.buffer).setUint32(0, copy.length, true);
  return copy;
}

const dialects = fc.constantFrom(...DIALECTS);

test('any bytes', () => {
  holds(fc.tuple(fc.uint8Array({ maxLength: 200 }), dialects), ([bytes, dialect]) => {
    take(bytes, dialect);
    take(sized(bytes), dialect);
  });
});

test('any bytes behind a sound header of every type', () => {
  const seen = { message: 0, malformed: 0 };
  holds(
    fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 60 }), dialects),
    ([code, body, dialect]) => {
      seen[take(sized(Uint8Array.of(0, 0, 0, 0, code, 1, 0, ...body)), dialect)]++;
    },
    10_000,
  );
  expect(seen.message).toBeGreaterThan(30);
  expect(seen.malformed).toBeGreaterThan(5000);
});

test('valid messages with some bytes changed', () => {
  const seen = { message: 0, malformed: 0 };
  const changes = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x0d)), {
    minLength: 1,
    maxLength: 4,
  });
  holds(
    fc.tuple(samples, changes),
    ([{ dialect, message }, row]) => {
      const bytes = encodeMessage(message, dialect);
      for (const [at, value] of row) bytes[4 + (at % (bytes.length - 4))] = value;
      seen[take(bytes, dialect)]++;
    },
    5000,
  );
  expect(seen.message).toBeGreaterThan(500);
  expect(seen.malformed).toBeGreaterThan(500);
});

test('valid messages cut short, prolonged, or in another dialect', () => {
  holds(
    fc.tuple(samples, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 20 }), dialects),
    ([{ dialect, message }, cut, more, other]) => {
      const bytes = encodeMessage(message, dialect);
      take(sized(bytes.subarray(0, cut % bytes.length)), dialect);
      take(sized(Uint8Array.of(...bytes, ...more)), dialect);
      take(bytes, other);
    },
    2000,
  );
});

describe('a size that is not the message’s own', () => {
  const flush = encodeMessage({ type: 'Tflush', tag: 1, oldtag: 2 }, '9P2000');

  test.each([0, 4, 6, 7, 8, 10, 0xffff_ffff])('%i', (size) => {
    new DataView(flush.buffer).setUint32(0, size, true);
    expect(() => decodeMessage(flush, '9P2000')).toThrow(MalformedError);
  });

  test.each([0, 1, 3, 6])('no message has %i bytes', (length) => {
    expect(() => decodeMessage(new Uint8Array(length), '9P2000')).toThrow(MalformedError);
  });
});

describe('counts that no bytes stand behind', () => {
  const claims: [string, Dialect, number[]][] = [
    ['the names of a Twalk', '9P2000', [110, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0xff, 0xff]],
    ['the qids of an Rwalk', '9P2000', [111, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['the data of an Rread', '9P2000', [117, 0, 0, 0xff, 0xff, 0xff, 0xff]],
    [
      'the data of a Twrite',
      '9P2000',
      [118, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f],
    ],
    ['a version', '9P2000', [100, 0, 0, 0, 0x20, 0, 0, 0xff, 0xff]],
    ['a stat', '9P2000', [125, 0, 0, 0xff, 0xff, 0xfd, 0xff]],
    ['a name', '9P2000.L', [72, 0, 0, 1, 0, 0, 0, 0xff, 0xff]],
  ];

  test.each(claims)('%s', (_, dialect, rest) => {
    const bytes = sized(Uint8Array.of(0, 0, 0, 0, ...rest));
    const attempt = () => decodeMessage(bytes, dialect);
    expect(attempt).toThrow(expect.objectContaining({ code: 'EBADMSG' }));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1000; i++) expect(attempt).toThrow();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });
});

test('any bytes as a stat or a directory entry', () => {
  holds(fc.tuple(fc.uint8Array({ maxLength: 120 }), dialects), ([bytes, dialect]) => {
    const own = bytes.slice();
    if (own.length >= 2) new DataView(own.buffer).setUint16(0, own.length - 2, true);
    const attempts = [bytes, own].flatMap((from) => [
      () => readStat(new Cursor(from), dialect),
      () => readDirent(new Cursor(from)),
    ]);
    for (const attempt of attempts) {
      try {
        expect(weight(attempt())).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
      }
    }
  });
});
