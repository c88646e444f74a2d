import { describe, expect, test } from '@jest/globals';
import { OUT_HEADER } from '../../../../src/gateways/fuse/wire/constants.ts';
import {
  attrReply,
  dataMessage,
  dataReply,
  emptyReply,
  errorReply,
  finish,
  recycle,
  trim,
  type FuseAttr,
} from '../../../../src/gateways/fuse/wire/reply.ts';
import { UNIQUE } from './messages.ts';

const MIB = 1024 * 1024;
const zero = { sec: 0, nsec: 0 };
const ids = { nlink: 1, uid: 0, gid: 0, major: 0, minor: 0, blksize: 4096 };
const ATTR: FuseAttr = {
  ino: 1n,
  size: 0,
  blocks: 0,
  atime: zero,
  mtime: zero,
  ctime: zero,
  mode: 0,
  ...ids,
};

const numbersOf = (message: Uint8Array): [number, number, bigint] => {
  const view = new DataView(message.buffer, message.byteOffset);
  return [view.getUint32(0, true), view.getInt32(4, true), view.getBigUint64(8, true)];
};

describe('the header', () => {
  test('has the length of what is sent, the error negative, the number whole', () => {
    expect(numbersOf(finish(new Uint8Array(OUT_HEADER + 5), UNIQUE))).toEqual([21, 0, BigInt(UNIQUE)]);
    expect(numbersOf(errorReply(UNIQUE, 110))).toEqual([16, -110, BigInt(UNIQUE)]);
  });

  test('is written where the message is', () => {
    const buffer = new Uint8Array(100);
    finish(buffer.subarray(10, 10 + OUT_HEADER), 3);
    expect([buffer[10], buffer[18], buffer.subarray(0, 10).every((byte) => byte === 0)]).toEqual([
      16,
      3,
      true,
    ]);
  });
});

describe('for how long attributes are good', () => {
  const periodOf = (validFor: number): [bigint, number] => {
    const { buffer, byteOffset } = attrReply({ attr: ATTR, validFor });
    const view = new DataView(buffer, byteOffset + OUT_HEADER);
    return [view.getBigUint64(0, true), view.getUint32(8, true)];
  };

  test.each<[number, [bigint, number]]>([
    [0, [0n, 0]],
    [1, [1n, 0]],
    [0.25, [0n, 250_000_000]],
    [2 ** 31 + 0.5, [2n ** 31n, 0]],
    [Infinity, [2n ** 31n, 0]],
  ])('%d seconds', (validFor, expected) => {
    expect(periodOf(validFor)).toEqual(expected);
  });
});

describe('small replies', () => {
  test('do not share a byte, over many', () => {
    const replies = Array.from({ length: 5000 }, (_, i) => errorReply(i + 1, 1));
    expect(replies.every((reply, i) => numbersOf(reply)[2] === BigInt(i + 1))).toBe(true);
  });

  test('begin as zeros', () => {
    const replies = Array.from({ length: 2000 }, () => dataMessage(100));
    expect(replies.every((reply) => reply.every((byte) => byte === 0))).toBe(true);
  });
});

describe('large replies', () => {
  test('have room for what was asked', () => {
    for (const size of [0, 1, 2048, 2049, 4096, 100_000, MIB, MIB + 1]) {
      expect(dataMessage(size)).toHaveLength(OUT_HEADER + size);
    }
  });

  test('are trimmed to what was read', () => {
    const message = dataMessage(4096);
    expect(trim(message, 4096)).toBe(message);
    expect(trim(message, 10)).toHaveLength(OUT_HEADER + 10);
    expect(trim(message, 10).buffer).toBe(message.buffer);
  });

  test('are used again when they were given back, trimmed or not', () => {
    const first = dataMessage(MIB);
    recycle(trim(first, 3));
    const second = dataMessage(MIB - 100);
    expect(second.buffer).toBe(first.buffer);
    recycle(second);
  });

  test('are not given out twice, however often they were given back', () => {
    const message = dataMessage(65_536);
    recycle(message);
    recycle(message);
    expect(dataMessage(65_536).buffer).not.toBe(dataMessage(65_536).buffer);
  });

  test('of others nothing is kept', () => {
    const alien = new Uint8Array(OUT_HEADER + 65_536);
    recycle(alien);
    recycle(emptyReply());
    expect(dataMessage(65_536).buffer).not.toBe(alien.buffer);
  });

  test('copy the bytes that they are made of', () => {
    const bytes = new Uint8Array(3000).fill(7);
    const reply = dataReply(bytes);
    bytes.fill(8);
    expect(reply.subarray(OUT_HEADER).every((byte) => byte === 7)).toBe(true);
  });
});
