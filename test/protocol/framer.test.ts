/** A stream of bytes becomes frames, however it was cut; sizes that cannot be are refused before memory is taken. */
import * as fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import {
  Framer,
  MalformedError,
  borrow,
  decode,
  encodeMessage,
  giveBack,
  type Cursor,
  type Message,
} from '../../src/protocol/index.ts';
import { feed } from './feed.ts';
import { holds, samples } from './properties.ts';
import { seeded } from './seeded.ts';

const sizeField = (size: number) => new Uint8Array(Uint32Array.of(size).buffer);

function frame(size: number, fill = 0): Uint8Array {
  const bytes = new Uint8Array(size).fill(fill);
  bytes.set(sizeField(size));
  return bytes;
}

/** A framer and copies of the frames that it delivered. */
function collecting(limit: number): { framer: Framer; frames: Uint8Array[] } {
  const frames: Uint8Array[] = [];
  const framer = new Framer(limit, (cursor) => frames.push(cursor.bytes.slice(cursor.at, cursor.end)));
  return { framer, frames };
}

test('any messages in any chunks', () => {
  const chunks = fc.tuple(fc.nat(), fc.constantFrom(1, 3, 8, 100, 5000));
  holds(
    fc.tuple(fc.array(samples, { maxLength: 30 }), chunks),
    ([row, [seed, most]]) => {
      const expected = row.map(({ message, dialect }) => encodeMessage(message, dialect));
      const { framer, frames } = collecting(1 << 20);
      const random = seeded(seed);
      feed(framer, Buffer.concat(expected), () => 1 + Math.floor(random() * most));
      expect(frames).toEqual(expected);
    },
    300,
  );
});

test('any bytes: frames within the limit, or a MalformedError and nothing after it', () => {
  holds(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 20 }),
    (chunks) => {
      const { framer, frames } = collecting(64);
      let malformed = false;
      for (const chunk of chunks) {
        const before = frames.length;
        try {
          feed(framer, chunk);
          if (malformed) expect(frames.length).toBe(before);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
          expect(malformed).toBe(false);
          malformed = true;
        }
      }
      for (const { length } of frames) expect(length).toBeGreaterThanOrEqual(7);
      for (const { length } of frames) expect(length).toBeLessThanOrEqual(64);
    },
    2000,
  );
});

describe.each([
  ['at once', () => Infinity],
  ['byte by byte', () => 1],
])('a size, %s', (_, chunk) => {
  test.each([0, 1, 2, 3, 4, 5, 6, 101, 8192, 0x7fff_ffff, 0xffff_ffff])('of %i is refused', (size) => {
    const { framer, frames } = collecting(100);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => feed(framer, sizeField(size), chunk)).toThrow(
      expect.objectContaining({ name: 'MalformedError', code: 'EBADMSG' }),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
    expect(frames).toEqual([]);
  });

  test.each([7, 8, 99, 100])('of %i is right', (size) => {
    const { framer, frames } = collecting(100);
    feed(framer, Buffer.concat([frame(size, 1), frame(7)]), chunk);
    expect(frames).toEqual([frame(size, 1), frame(7)]);
  });

  test('is refused after good frames of the same chunk were delivered', () => {
    const { framer, frames } = collecting(100);
    expect(() => feed(framer, Buffer.concat([frame(20), frame(101), frame(20)]), chunk)).toThrow(
      MalformedError,
    );
    expect(frames).toEqual([frame(20)]);
  });
});

test('a header cut in any place', () => {
  for (let cut = 1; cut < 20; cut++) {
    const { framer, frames } = collecting(100);
    const chunks = [cut];
    feed(framer, Buffer.concat([frame(10, 1), frame(10, 2)]), () => chunks.shift() ?? Infinity);
    expect(frames).toEqual([frame(10, 1), frame(10, 2)]);
  }
});

test.each([4095, 4096, 4097, 1 << 18, (1 << 18) + 1, 1 << 20])(
  'a frame of %i bytes, whatever cuts it',
  (size) => {
    const bytes = frame(size, 7);
    for (const first of [1, 4, 5, 4096, size - 1, size]) {
      const { framer, frames } = collecting(1 << 20);
      const chunks = [first];
      feed(framer, bytes, () => chunks.shift() ?? Infinity);
      expect(frames).toHaveLength(1);
      expect(Buffer.compare(frames[0], bytes)).toBe(0);
    }
  },
);

test('the space for a frame that is cut ends with the frame', () => {
  const { framer } = collecting(1 << 20);
  feed(framer, frame(50_000).subarray(0, 10_000));
  expect(framer.space()).toHaveLength(40_000);
  feed(framer, new Uint8Array(39_999));
  expect(framer.space()).toHaveLength(1);
  feed(framer, new Uint8Array(1));
  expect(framer.space().length).toBeGreaterThan(65_536);
});

test('a limit raised while a frame is delivered holds from the next frame on, in the same chunk too', () => {
  const sizes: number[] = [];
  const framer = new Framer(50, ({ at, end }) => {
    sizes.push(end - at);
    framer.limit = 100;
  });
  feed(framer, Buffer.concat([frame(50), frame(100)]));
  expect(sizes).toEqual([50, 100]);
});

test('a limit lowered while a frame is delivered, too', () => {
  const framer = new Framer(100, () => (framer.limit = 50));
  expect(() => feed(framer, Buffer.concat([frame(100), frame(51)]))).toThrow(MalformedError);
});

describe('keep', () => {
  test('refuses in the shared buffer, and keeps a frame that was cut in two', () => {
    const kept: Cursor[] = [];
    const answers: boolean[] = [];
    const framer = new Framer(1 << 20, (cursor) => {
      answers.push(framer.keep());
      if (answers.at(-1)) kept.push(cursor);
    });
    feed(framer, frame(5000, 1));
    for (let i = 2; i < 10; i++) feed(framer, frame(5000, i), () => 3000);
    feed(framer, frame(5000, 10));
    expect(answers).toEqual([false, true, true, true, true, true, true, true, true, false]);
    kept.forEach((cursor, i) => {
      expect(Buffer.compare(cursor.bytes.subarray(cursor.at, cursor.end), frame(5000, i + 2))).toBe(0);
    });
    kept.forEach(giveBack);
  });

  test('what is not kept is used again', () => {
    const buffers = new Set<Uint8Array>();
    const framer = new Framer(1 << 20, ({ bytes }) => buffers.add(bytes));
    for (let i = 0; i < 10; i++) feed(framer, frame(100_000), () => 60_000);
    expect(buffers.size).toBe(1);
  });

  test('the next frame is not kept because this one was', () => {
    let kept: Cursor | undefined;
    const buffers: Uint8Array[] = [];
    const framer = new Framer(1 << 20, (cursor) => {
      buffers.push(cursor.bytes);
      if (!kept && framer.keep()) kept = cursor;
    });
    for (let i = 0; i < 3; i++) feed(framer, frame(100_000), () => 60_000);
    expect(buffers[1]).not.toBe(buffers[0]);
    expect(buffers[2]).toBe(buffers[1]);
    giveBack(kept!);
  });
});

test('two framers that take turns share no frame', () => {
  const one = collecting(1000);
  const two = collecting(1000);
  const expected = Array.from({ length: 20 }, (_, i) => [frame(30 + i, i), frame(50 + i, 100 + i)] as const);
  const streams = [
    Buffer.concat(expected.map(([a]) => a)),
    Buffer.concat(expected.map(([, b]) => b)),
  ] as const;
  for (let at = 0; at < streams[1].length; at += 13) {
    feed(one.framer, streams[0].subarray(at, at + 13));
    feed(two.framer, streams[1].subarray(at, at + 13));
  }
  expect(one.frames).toEqual(expected.map(([a]) => a));
  expect(two.frames).toEqual(expected.map(([, b]) => b));
});

describe('stop', () => {
  test('within a delivery: the rest of the chunk is dropped, and all that follows', () => {
    let delivered = 0;
    const framer = new Framer(100, () => {
      delivered++;
      framer.stop();
    });
    feed(framer, Buffer.concat([frame(20), frame(20), frame(20)]));
    feed(framer, frame(20), () => 3);
    expect(delivered).toBe(1);
  });

  test('within a frame that was cut: it is never delivered', () => {
    const { framer, frames } = collecting(100);
    feed(framer, frame(20).subarray(0, 10));
    framer.stop();
    feed(framer, frame(20).subarray(10));
    expect(frames).toEqual([]);
  });
});

test('a message decoded from a delivered frame is whole, wherever in the chunk it stood', () => {
  const messages: Message[] = Array.from({ length: 100 }, (_, tag) => ({
    type: 'Twrite',
    tag,
    fid: tag,
    offset: tag * 1000,
    data: new Uint8Array(tag * 7).fill(tag),
  }));
  const received: Message[] = [];
  const framer = new Framer(8192, (cursor) => {
    const message = decode(cursor, '9P2000');
    received.push(message.type === 'Twrite' ? { ...message, data: message.data.slice() } : message);
  });
  feed(framer, Buffer.concat(messages.map((message) => encodeMessage(message, '9P2000'))), () => 1000);
  expect(received).toEqual(messages);
});

describe('the buffers', () => {
  test.each([0, 1, 4096, 4097, 1 << 20, (1 << 24) + 1])('%i bytes at least', (size) => {
    const cursor = borrow(size);
    expect(cursor.bytes.length).toBeGreaterThanOrEqual(size);
    expect([cursor.at, cursor.end]).toEqual([0, cursor.bytes.length]);
    giveBack(cursor);
  });

  test('one that was given back comes again, with its cursor at the start', () => {
    const first = borrow(30_000);
    first.at = 100;
    first.end = 200;
    giveBack(first);
    const second = borrow(20_000);
    expect(second).toBe(first);
    expect([second.at, second.end]).toEqual([0, second.bytes.length]);
    expect(borrow(20_000)).not.toBe(second);
  });

  test('what is kept for later is bounded', () => {
    const many = Array.from({ length: 40 }, () => borrow(1 << 20));
    many.forEach(giveBack);
    const again = Array.from({ length: 40 }, () => borrow(1 << 20));
    const kept = again.filter((cursor) => many.includes(cursor)).length;
    expect(kept).toBeGreaterThan(8);
    expect(kept).toBeLessThanOrEqual(16);
  });
});
