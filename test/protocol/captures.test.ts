/** Golden tests: what other implementations sent is understood, and would be sent by us to the byte. */
import { describe, expect, test } from '@jest/globals';
import {
  Framer,
  MalformedError,
  decode,
  decodeMessage,
  encodeMessage,
  printMessage,
  sizeOf,
} from '../../src/protocol/index.ts';
import { captures, type Recorded } from './captures.ts';
import { feed } from './feed.ts';
import { seeded } from './seeded.ts';

const isPrivate = ({ type }: Recorded) => /^\d+$/.test(type);
const isKnown = (recorded: Recorded) => !isPrivate(recorded);

test('there are captures of every dialect, and private types among them', () => {
  const all = captures.flatMap(({ messages }) => messages);
  expect(all.length).toBeGreaterThan(600);
  expect(new Set(all.map(({ dialect }) => dialect)).size).toBe(3);
  expect(all.filter(isPrivate).length).toBe(7);
});

describe.each(captures)('$file', ({ messages }) => {
  const known = messages.filter(isKnown);

  test('decodes to the type that the recorder saw, and encodes to the same bytes', () => {
    for (const { type, bytes, dialect } of known) {
      const message = decodeMessage(bytes, dialect);
      expect(message.type).toBe(type);
      expect(sizeOf(message, dialect)).toBe(bytes.length);
      expect(encodeMessage(message, dialect)).toEqual(bytes);
      expect(printMessage(message)).toMatch(new RegExp(`^${type} tag \\d+`));
    }
  });

  test('a private type is an unknown one, and no reason to end the connection', () => {
    for (const { bytes, dialect } of messages.filter(isPrivate)) {
      const attempt = () => decodeMessage(bytes, dialect);
      expect(attempt).toThrow(MalformedError);
      expect(attempt).toThrow(expect.objectContaining({ code: 'EOPNOTSUPP' }));
    }
  });

  const random = seeded(messages.length);
  test.each([
    ['whole', () => Infinity],
    ['byte by byte', () => 1],
    ['in chunks of random size', () => 1 + Math.floor(random() ** 3 * 5000)],
  ])('as one stream, %s', (_, chunk) => {
    const again: Uint8Array[] = [];
    const framer = new Framer(8192, (frame) => {
      const { dialect } = known[again.length];
      again.push(encodeMessage(decode(frame, dialect), dialect));
    });
    feed(framer, Buffer.concat(known.map(({ bytes }) => bytes)), chunk);
    expect(again).toEqual(known.map(({ bytes }) => bytes));
  });
});
