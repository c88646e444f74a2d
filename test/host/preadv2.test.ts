import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readCached } from '../../src/host/index.ts';
import { codeOf, folder, refused, testUnless } from './support.ts';

const { path } = folder();
const content = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i % 251));
writeFileSync(`${path}/file`, content);
const fd = openSync(`${path}/file`, 'r');
const unkept = refused(() => readCached(fd, new Uint8Array(1), 0), 'EOPNOTSUPP');

testUnless(unkept, 'what is in memory is read', () => {
  const into = new Uint8Array(4096);
  expect(readCached(fd, into, 0)).toBe(4096);
  expect(content.subarray(0, 4096).equals(into)).toBe(true);
  expect(readCached(fd, into, 8000)).toBe(2000);
  expect(content.subarray(8000).equals(into.subarray(0, 2000))).toBe(true);
  expect(readCached(fd, into, 10_000)).toBe(0);
  expect(readCached(fd, new Uint8Array(0), 0)).toBe(0);
});

testUnless(unkept, 'into part of a buffer, and nothing else of it', () => {
  const whole = new Uint8Array(100);
  expect(readCached(fd, whole.subarray(10, 20), 5)).toBe(10);
  expect([...whole.subarray(10, 20)]).toEqual([...content.subarray(5, 15)]);
  expect(whole.subarray(0, 10).every((byte) => byte === 0)).toBe(true);
  expect(whole.subarray(20).every((byte) => byte === 0)).toBe(true);
});

/** Has the kernel forget a file's content; the reason if that cannot be done. */
function forget(name: string): string | undefined {
  const run = spawnSync('dd', [`of=${name}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], {
    timeout: 5000,
  });
  return run.status === 0 ? undefined : 'dd cannot drop a file from the page cache here';
}

const large = `${path}/large`;
writeFileSync(large, Buffer.alloc(4 * 2 ** 20, 'x'));

testUnless(unkept ?? forget(large), 'what is not in memory is -1, and is there after a read', () => {
  const cold = openSync(large, 'r');
  const into = new Uint8Array(4096);
  expect(readCached(cold, into, 2 ** 20)).toBe(-1);
  readFileSync(large);
  expect(readCached(cold, into, 2 ** 20)).toBe(4096);
  closeSync(cold);
});

test('errors', () => {
  expect(codeOf(() => readCached(1_000_000, new Uint8Array(1), 0))).toBe('EBADF');
  expect(codeOf(() => readCached(fd, new Uint8Array(1), -1))).toBe('EINVAL');
});
