import { expect, test } from '@jest/globals';
import { OUT_HEADER } from '../../../../src/gateways/fuse/wire/constants.ts';
import { DirectoryPage } from '../../../../src/gateways/fuse/wire/directory.ts';
import { dataMessage, recycle } from '../../../../src/gateways/fuse/wire/reply.ts';

/** struct fuse_dirent, and fuse_direntplus, with a name of 1 to 8 bytes. */
const DIRENT = 32;
const DIRENT_PLUS = 160;

const entry = (name: string, cookie = 1n) => ({ name, ino: 9n, type: 8, cookie });

test.each([
  [false, DIRENT],
  [true, DIRENT_PLUS],
])('a page takes what fits to the byte, with attributes %s', (plus, size) => {
  const page = new DirectoryPage(2 * size + 24, plus);
  expect(page.add(entry('a'))).toBe(true);
  expect(page.add(entry('eight888'))).toBe(true);
  expect([page.sizeOf('a'), page.sizeOf('eight888'), page.room]).toEqual([size, size, 24]);
  expect(page.add(entry('b'))).toBe(false);
  expect(page.bytes).toHaveLength(OUT_HEADER + 2 * size);
});

test('what did not fit leaves nothing behind, and less may still fit', () => {
  const page = new DirectoryPage(DIRENT + 24, false);
  expect(page.add(entry('a name that is too long for this page'))).toBe(false);
  expect(page.bytes).toHaveLength(OUT_HEADER);
  expect(page.add(entry('short'))).toBe(true);
});

test('a name counts in bytes', () => {
  const page = new DirectoryPage(DIRENT, false);
  expect([page.sizeOf('ääää'), page.sizeOf('ääää!')]).toEqual([DIRENT, DIRENT + 8]);
});

test('the padding is zero, whatever the memory held before', () => {
  const used = dataMessage(4096).fill(0xff);
  recycle(used);
  const page = new DirectoryPage(4096, true);
  page.add(entry('a'));
  expect(page.bytes.buffer).toBe(used.buffer);
  const bytes = page.bytes.subarray(OUT_HEADER);
  expect(bytes.subarray(0, 128).every((byte) => byte === 0)).toBe(true);
  expect(bytes.subarray(153).every((byte) => byte === 0)).toBe(true);
});

test('a name of bytes that are not UTF-8 goes back as it came', () => {
  const page = new DirectoryPage(4096, false);
  page.add(entry('a\udcff'));
  expect([...page.bytes.subarray(OUT_HEADER + 24, OUT_HEADER + 26)]).toEqual([0x61, 0xff]);
});
