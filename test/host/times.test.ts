import { closeSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type NewTime, O_PATH, openAt, setTimes, statAt, type Target } from '../../src/host/index.ts';
import { codeOf, folder } from './support.ts';

const { path, fd: dir } = folder();
writeFileSync(`${path}/file`, '');
symlinkSync('file', `${path}/link`);

const times = (name: string): readonly unknown[] => {
  const found = statAt(dir, name);
  return [found?.atime, found?.mtime];
};

const A = { sec: 1_000_000_000, nsec: 123_456_789 };
const B = { sec: 2_000_000_000, nsec: 999_999_999 };
const EARLY = { sec: -86_401, nsec: 1 };

test('nanoseconds, on a descriptor, a path, a name, and through O_PATH', () => {
  const open = openSync(`${path}/file`, 'r+');
  const place = openAt(dir, 'file', O_PATH);
  const targets: readonly Target[] = [open, `${path}/file`, { dir, name: 'file' }, `/proc/self/fd/${place}`];
  for (const target of targets) {
    setTimes(target, A, B);
    expect(times('file')).toEqual([A, B]);
    setTimes(target, B, EARLY);
    expect(times('file')).toEqual([B, EARLY]);
  }
  closeSync(open);
  closeSync(place);
});

test('one alone, and none', () => {
  setTimes(`${path}/file`, A, A);
  setTimes(`${path}/file`, undefined, B);
  expect(times('file')).toEqual([A, B]);
  setTimes(`${path}/file`, B, undefined);
  expect(times('file')).toEqual([B, B]);
  const before = statAt(dir, 'file');
  setTimes(`${path}/file`, undefined, undefined);
  expect(statAt(dir, 'file')).toEqual(before);
});

test('now', () => {
  // The kernel's clock for files ticks a few milliseconds behind.
  const earliest = Date.now() - 1000;
  setTimes(`${path}/file`, 'now', A);
  const atime = statAt(dir, 'file')?.atime;
  expect((atime?.sec ?? 0) * 1000 + 1000).toBeGreaterThanOrEqual(earliest);
  expect(statAt(dir, 'file')?.mtime).toEqual(A);
});

test('a symbolic link itself, or what it leads to', () => {
  setTimes({ dir, name: 'link' }, A, A);
  setTimes(`${path}/link`, B, B);
  expect(times('link')[1]).toEqual(A);
  expect(times('file')).toEqual([B, B]);
});

const BAD: readonly NewTime[] = [
  { sec: 0, nsec: -1 },
  { sec: 0, nsec: 1_000_000_000 },
  // UTIME_NOW: to be asked for as 'now' alone.
  { sec: 0, nsec: 0x3fffffff },
  { sec: 0.5, nsec: 0 },
  { sec: Number.NaN, nsec: 0 },
];

test.each(BAD)('%j is no time', (time) => {
  expect(codeOf(() => setTimes(`${path}/file`, time, A))).toBe('EINVAL');
});

test('errors', () => {
  expect(codeOf(() => setTimes(`${path}/missing`, A, A))).toBe('ENOENT');
  expect(codeOf(() => setTimes(1_000_000, A, A))).toBe('EBADF');
});
