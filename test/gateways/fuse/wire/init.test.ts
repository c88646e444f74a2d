import { expect, test } from '@jest/globals';
import { INIT, OUT_HEADER } from '../../../../src/gateways/fuse/wire/constants.ts';
import { negotiate } from '../../../../src/gateways/fuse/wire/init.ts';
import { HEADER, INIT_REQUEST } from './messages.ts';

const request = { ...HEADER, op: 'init', ...INIT_REQUEST } as const;
const EVERYTHING = (1n << 64n) - 1n;
const WRITEBACK_CACHE = 1n << 16n;
const SETXATTR_EXT = 1n << 29n;
const ABORT_ERROR = 1n << 21n;

function agreedOf(...[asked, wishes]: Parameters<typeof negotiate>) {
  const negotiated = negotiate(asked, wishes);
  if (!('agreed' in negotiated) || !negotiated.agreed) throw new Error('nothing was agreed');
  return negotiated.agreed;
}

test('what the kernel does not offer is not asked for', () => {
  expect(agreedOf({ ...request, flags: INIT.BIG_WRITES | WRITEBACK_CACHE }).flags).toBe(INIT.BIG_WRITES);
});

test('what nobody wished for is not asked for', () => {
  const { flags } = agreedOf({ ...request, flags: EVERYTHING });
  expect(flags & (WRITEBACK_CACHE | SETXATTR_EXT | ABORT_ERROR | INIT.CACHE_SYMLINKS)).toBe(0n);
  expect(flags & INIT.DIRECT_IO_ALLOW_MMAP).not.toBe(0n);
});

test('symbolic links are cached where that is wished', () => {
  const { flags } = agreedOf({ ...request, flags: EVERYTHING }, { cacheSymlinks: true });
  expect(flags & INIT.CACHE_SYMLINKS).not.toBe(0n);
});

test.each([
  [31, 31],
  [38, 38],
  [45, 38],
])('a kernel of 7.%d is answered 7.%d', (minor, expected) => {
  expect(agreedOf({ ...request, minor }).minor).toBe(expected);
});

test.each([
  [7, 30],
  [6, 40],
])('a kernel of %d.%d is too old', (major, minor) => {
  expect(negotiate({ ...request, major, minor })).toEqual({ errno: 71 });
});

test('a kernel of a later major version is told ours, and asks again', () => {
  const negotiated = negotiate({ ...request, major: 8, minor: 0 });
  if (!('reply' in negotiated)) throw new Error('refused');
  expect(negotiated.agreed).toBeUndefined();
  expect(
    new DataView(negotiated.reply.buffer, negotiated.reply.byteOffset + OUT_HEADER).getUint32(0, true),
  ).toBe(7);
});
