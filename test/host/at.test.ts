/** The family with koffi; without.test.ts compares it with Node's. */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { expect, test } from '@jest/globals';
import { linkDescriptor, O_PATH, openAt, statAt, statDescriptor } from '../../src/host/index.ts';
import { at } from '../../src/host/at.ts';
import { codeOf, folder } from './support.ts';

const { path, fd: dir } = folder();

test('is there', () => {
  expect(at.lack).toBeUndefined();
  expect(at.available).toBe(true);
});

test('a descriptor is not inherited by programs', () => {
  writeFileSync(`${path}/cloexec`, '');
  const fd = openAt(dir, 'cloexec', constants.O_RDONLY);
  const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
  closeSync(fd);
  expect(Number.parseInt(flags, 8) & 0o2000000).not.toBe(0);
});

test('an error is like one of Node’s', () => {
  let error: unknown;
  try {
    openAt(dir, 'missing', constants.O_RDONLY);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 'ENOENT', errno: 2, syscall: 'openat' });
  expect(String(error)).toBe("Error: ENOENT: No such file or directory, openat 'missing'");
});

test('stat tells what Node’s stat tells', () => {
  writeFileSync(`${path}/file`, 'x'.repeat(5000));
  const found = statAt(dir, 'file');
  const node = statSync(`${path}/file`, { bigint: true });
  const fd = openAt(dir, 'file', O_PATH);
  expect(statDescriptor(fd)).toEqual(found);
  closeSync(fd);
  const nanoseconds = (time: { sec: number; nsec: number } | undefined): bigint | undefined =>
    time && BigInt(time.sec) * 1_000_000_000n + BigInt(time.nsec);
  expect(found).toMatchObject({
    type: 'file',
    mode: Number(node.mode) & 0o7777,
    ino: node.ino,
    dev: Number(node.dev),
    size: 5000,
    blocks: Number(node.blocks),
    blksize: Number(node.blksize),
    nlink: 1,
  });
  expect(nanoseconds(found?.atime)).toBe(node.atimeNs);
  expect(nanoseconds(found?.mtime)).toBe(node.mtimeNs);
  expect(nanoseconds(found?.ctime)).toBe(node.ctimeNs);
  if (found?.btime) expect(nanoseconds(found.btime)).toBe(node.birthtimeNs);
});

test('a size beyond 32 bits', () => {
  const fd = openAt(dir, 'sparse', constants.O_RDWR | constants.O_CREAT);
  const size = 5 * 2 ** 30 + 1;
  ftruncateSync(fd, size);
  expect(statDescriptor(fd).size).toBe(size);
  closeSync(fd);
});

test('an open file gets a name whatever became of its own', () => {
  writeFileSync(`${path}/old`, 'kept');
  const fd = openAt(dir, 'old', O_PATH);
  linkDescriptor(fd, dir, 'new');
  unlinkSync(`${path}/old`);
  linkDescriptor(fd, dir, 'newer');
  expect(statSync(`${path}/newer`).ino).toBe(fstatSync(fd).ino);
  expect(codeOf(() => linkDescriptor(fd, dir, 'new'))).toBe('EEXIST');
  unlinkSync(`${path}/new`);
  unlinkSync(`${path}/newer`);
  expect(codeOf(() => linkDescriptor(fd, dir, 'new'))).toBe('ENOENT');
  closeSync(fd);
});
