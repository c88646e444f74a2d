import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { allocate, seek, statDescriptor } from '../../src/host/index.ts';
import { codeOf, folder, refused, testUnless } from './support.ts';

const { path } = folder();
const MIB = 2 ** 20;

function attempt(how: 'keep-size' | 'punch-hole'): string | undefined {
  const fd = openSync(`${path}/probe`, 'w+');
  const reason = refused(() => allocate(fd, 0, 4096, how), 'EOPNOTSUPP');
  closeSync(fd);
  return reason;
}
const unkept = attempt('keep-size') ?? attempt('punch-hole');

let fd = -1;
beforeEach(() => {
  fd = openSync(`${path}/file`, 'w+');
});
afterEach(() => closeSync(fd));

testUnless(unkept, 'extend grows the file, keep-size does not', () => {
  allocate(fd, 0, MIB);
  expect(statDescriptor(fd)).toMatchObject({ size: MIB });
  expect(statDescriptor(fd).blocks).toBeGreaterThanOrEqual(MIB / 512);
  allocate(fd, MIB, MIB, 'keep-size');
  expect(statDescriptor(fd).size).toBe(MIB);
  expect(statDescriptor(fd).blocks).toBeGreaterThanOrEqual((2 * MIB) / 512);
});

testUnless(unkept, 'punch-hole leaves zeroes, and a hole that seek finds', () => {
  writeSync(fd, Buffer.alloc(3 * MIB, 'x'));
  const before = statDescriptor(fd).blocks;
  allocate(fd, MIB, MIB, 'punch-hole');
  const content = readFileSync(`${path}/file`);
  expect(content).toHaveLength(3 * MIB);
  expect(content.subarray(MIB, 2 * MIB).equals(Buffer.alloc(MIB))).toBe(true);
  expect(content[MIB - 1]).toBe(0x78);
  expect(content[2 * MIB]).toBe(0x78);
  expect(statDescriptor(fd).blocks).toBeLessThan(before);
  expect(seek(fd, 0, 'data')).toBe(0);
  expect(seek(fd, 0, 'hole')).toBe(MIB);
  expect(seek(fd, MIB, 'data')).toBe(2 * MIB);
  expect(seek(fd, 2 * MIB, 'hole')).toBe(3 * MIB);
});

testUnless(unkept, 'errors', () => {
  expect(codeOf(() => seek(fd, 1, 'data'))).toBe('ENXIO');
  expect(codeOf(() => seek(fd, 0, 'data'))).toBe('ENXIO');
  expect(codeOf(() => allocate(fd, 0, 0))).toBe('EINVAL');
  expect(codeOf(() => allocate(fd, -1, 1))).toBe('EINVAL');
});

test('a descriptor that is not open', () => {
  expect(codeOf(() => allocate(1_000_000, 0, 1))).toBe('EBADF');
  expect(codeOf(() => seek(1_000_000, 0, 'hole'))).toBe('EBADF');
});
