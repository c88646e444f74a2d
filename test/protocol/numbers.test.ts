/** The edges of the numbers of eight bytes: each notation treats what a JavaScript number cannot hold in its own way. */
import { describe, expect, test } from '@jest/globals';
import { decodeMessage, encodeMessage, type Message, type MessageOf } from '../../src/protocol/index.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const overflow = expect.objectContaining({ name: 'MalformedError', code: 'EOVERFLOW' });

const again = (message: Message) => decodeMessage(encodeMessage(message, '9P2000.L'), '9P2000.L');

/** The message with the eight bytes at `at` replaced, as it is decoded. */
function patched(message: Message, at: number, value: bigint): Message {
  const bytes = encodeMessage(message, '9P2000.L');
  new DataView(bytes.buffer).setBigUint64(at, value, true);
  return decodeMessage(bytes, '9P2000.L');
}

describe('an offset', () => {
  const read = (offset: number) => ({ type: 'Tread', tag: 1, fid: 2, offset, count: 3 }) as const;
  const OFFSET = 11;

  test.each([0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52, MAX])('of %i', (offset) => {
    expect(again(read(offset))).toEqual(read(offset));
    expect(patched(read(0), OFFSET, BigInt(offset))).toEqual(read(offset));
  });

  test.each([2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, ALL_ONES])('of %i is too large', (offset) => {
    expect(() => patched(read(0), OFFSET, offset)).toThrow(overflow);
  });
});

const setattr: MessageOf<'Tsetattr'> = {
  type: 'Tsetattr',
  tag: 1,
  fid: 2,
  valid: 0x3f,
  mode: 3,
  uid: 4,
  gid: 5,
  size: 6,
  atime_sec: 7,
  atime_nsec: 8,
  mtime_sec: 9,
  mtime_nsec: 10,
};
const SIZE = 27;
const ATIME_SEC = 35;
const ATIME_NSEC = 43;

describe('a time', () => {
  test.each([0, -1, 1, -(2 ** 31), -(2 ** 32), -(2 ** 32) - 1, 2 ** 32 - 1, MAX, -MAX])('of %i', (time) => {
    const message = { ...setattr, atime_sec: time, mtime_sec: time };
    expect(again(message)).toEqual(message);
    expect(patched(setattr, ATIME_SEC, BigInt.asUintN(64, BigInt(time)))).toEqual({
      ...setattr,
      atime_sec: time,
    });
  });

  test.each([
    [2n ** 53n, MAX],
    [2n ** 63n - 1n, MAX],
    [BigInt.asUintN(64, -(2n ** 53n)), -MAX],
    [2n ** 63n, -MAX],
  ])('of %i is brought within bounds', (bits, time) => {
    expect(patched(setattr, ATIME_SEC, bits)).toEqual({ ...setattr, atime_sec: time });
  });
});

describe('a field that counts only where `valid` says so', () => {
  test.each([0, 1, 2 ** 32, MAX])('holds %i', (size) => {
    expect(again({ ...setattr, size })).toEqual({ ...setattr, size });
  });

  test.each([2n ** 53n, 0xffff_8880_1234_5678n, ALL_ONES])(
    'is out of bounds for %i, and no error',
    (bits) => {
      expect(patched(setattr, SIZE, bits)).toEqual({ ...setattr, size: -1 });
      expect(patched(setattr, ATIME_NSEC, bits)).toEqual({ ...setattr, atime_nsec: MAX });
    },
  );

  test('is all ones for -1', () => {
    expect(patched({ ...setattr, size: -1 }, ATIME_NSEC, 8n)).toEqual({ ...setattr, size: -1 });
    const bytes = encodeMessage({ ...setattr, size: -1 }, '9P2000.L');
    expect(new DataView(bytes.buffer).getBigUint64(SIZE, true)).toBe(ALL_ONES);
  });
});

describe('a number that only informs', () => {
  const statfs: MessageOf<'Rstatfs'> = {
    type: 'Rstatfs',
    tag: 1,
    fs_type: 0x01021997,
    bsize: 4096,
    blocks: 1,
    bfree: 2,
    bavail: 3,
    files: 4,
    ffree: 5,
    fsid: ALL_ONES,
    namelen: 255,
  };
  const FFREE = 47;

  test.each([0, 2 ** 32, MAX])('holds %i', (ffree) => {
    expect(again({ ...statfs, ffree })).toEqual({ ...statfs, ffree });
  });

  test.each([2n ** 53n, ALL_ONES])('stays within bounds for %i', (bits) => {
    expect(patched(statfs, FFREE, bits)).toEqual({ ...statfs, ffree: MAX });
  });
});

test('flags above the lower half are dropped', () => {
  const getattr = { type: 'Tgetattr', tag: 1, fid: 2, request_mask: 0x3fff } as const;
  expect(patched(getattr, 11, 0x1234_0000_07ffn)).toEqual({ ...getattr, request_mask: 0x7ff | 0 });
  expect(patched(getattr, 11, ALL_ONES)).toEqual({ ...getattr, request_mask: 0xffff_ffff });
});

test('a cookie and a qid path keep all their bits', () => {
  const readdir = { type: 'Treaddir', tag: 1, fid: 2, offset: ALL_ONES, count: 3 } as const;
  expect(again(readdir)).toEqual(readdir);
  const attach = {
    type: 'Rattach',
    tag: 1,
    qid: { type: 0xff, version: 0xffff_ffff, path: ALL_ONES },
  } as const;
  expect(again(attach)).toEqual(attach);
});
