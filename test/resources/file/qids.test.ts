/** Device and inode numbers as qid paths. */
import { expect, test } from '@jest/globals';
import { QidPaths } from '../../../src/resources/file/qids.ts';

test('inode numbers of the root device are paths as they are', () => {
  const paths = new QidPaths(0x801);
  expect(paths.path(0x801, 2n)).toBe(2n);
  expect(paths.path(0x801, 2n ** 48n - 1n)).toBe(2n ** 48n - 1n);
});

test('no two files have one path, whatever their devices and numbers', () => {
  const paths = new QidPaths(0x801);
  const seen = new Map<bigint, string>();
  for (const dev of [0x801, 0x802, 1, 0, 0xffffffff]) {
    for (const ino of [1n, 2n, 2n ** 48n + 1n, 2n ** 56n + 1n, 2n ** 63n + 1n, 2n ** 64n - 1n]) {
      const path = paths.path(dev, ino);
      expect(path >= 0n && path < 2n ** 64n).toBe(true);
      expect(seen.get(path)).toBeUndefined();
      seen.set(path, `${dev} ${ino}`);
      expect(paths.path(dev, ino)).toBe(path);
    }
  }
});

test('the marks of devices leave the lower bits to the marks of trees', () => {
  const paths = new QidPaths(1);
  const marks = Array.from({ length: 255 }, (_, i) => paths.path(i + 2, 0n) >> 48n);
  expect(new Set(marks).size).toBe(255);
  for (const mark of marks) expect(mark & 0xffn).toBe(0n);
});

test('more than can be told apart is an error, not a confusion', () => {
  const paths = new QidPaths(0);
  for (let high = 1n; high < 2n ** 16n; high++) paths.path(0, high << 48n);
  expect(paths.path(0, 7n)).toBe(7n);
  expect(() => paths.path(1, 1n)).toThrow('more devices than a qid can tell apart');
});
