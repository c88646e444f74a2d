import { closeSync, openSync, writeFileSync } from 'node:fs';
import { beforeEach, afterEach, expect, test } from '@jest/globals';
import { getLock, setLock } from '../../src/host/index.ts';
import { codeOf, folder } from './support.ts';

const { path } = folder();
writeFileSync(`${path}/file`, '0123456789');

let one = -1;
let two = -1;
beforeEach(() => {
  one = openSync(`${path}/file`, 'r+');
  two = openSync(`${path}/file`, 'r+');
});
afterEach(() => {
  closeSync(one);
  closeSync(two);
});

test('two opens of one process exclude each other', () => {
  expect(setLock(one, { type: 'write', start: 0, length: 10 })).toBe(true);
  expect(setLock(two, { type: 'write', start: 9, length: 1 })).toBe(false);
  expect(setLock(two, { type: 'read', start: 9, length: 1 })).toBe(false);
  expect(setLock(two, { type: 'write', start: 10, length: 1 })).toBe(true);
  expect(getLock(two, { type: 'read', start: 0, length: 0 })).toEqual({
    type: 'write',
    start: 0,
    length: 10,
  });
  expect(setLock(one, { type: 'unlock', start: 0, length: 10 })).toBe(true);
  expect(setLock(two, { type: 'write', start: 9, length: 1 })).toBe(true);
});

test('readers share', () => {
  expect(setLock(one, { type: 'read', start: 0, length: 5 })).toBe(true);
  expect(setLock(two, { type: 'read', start: 0, length: 5 })).toBe(true);
  expect(getLock(two, { type: 'read', start: 0, length: 5 })).toBeUndefined();
  expect(getLock(two, { type: 'write', start: 4, length: 9 })).toEqual({ type: 'read', start: 0, length: 5 });
  expect(setLock(two, { type: 'write', start: 0, length: 5 })).toBe(false);
});

test('length 0 is to the end, wherever that will be', () => {
  expect(setLock(one, { type: 'write', start: 100, length: 0 })).toBe(true);
  expect(setLock(two, { type: 'write', start: 99, length: 1 })).toBe(true);
  expect(setLock(two, { type: 'write', start: 2 ** 50, length: 1 })).toBe(false);
  expect(getLock(two, { type: 'write', start: 2 ** 50, length: 1 })).toEqual({
    type: 'write',
    start: 100,
    length: 0,
  });
});

test('an open changes its own lock, and part of it', () => {
  expect(setLock(one, { type: 'read', start: 0, length: 0 })).toBe(true);
  expect(setLock(one, { type: 'write', start: 0, length: 0 })).toBe(true);
  expect(setLock(one, { type: 'unlock', start: 4, length: 2 })).toBe(true);
  expect(setLock(two, { type: 'write', start: 4, length: 2 })).toBe(true);
  expect(setLock(two, { type: 'write', start: 6, length: 1 })).toBe(false);
});

test('closing ends the locks of that open alone', () => {
  const third = openSync(`${path}/file`, 'r+');
  expect(setLock(one, { type: 'write', start: 0, length: 1 })).toBe(true);
  expect(setLock(third, { type: 'write', start: 5, length: 1 })).toBe(true);
  closeSync(third);
  expect(setLock(two, { type: 'write', start: 5, length: 1 })).toBe(true);
  expect(setLock(two, { type: 'write', start: 0, length: 1 })).toBe(false);
});

test('errors', () => {
  const readOnly = openSync(`${path}/file`, 'r');
  expect(codeOf(() => setLock(readOnly, { type: 'write', start: 0, length: 1 }))).toBe('EBADF');
  closeSync(readOnly);
  expect(codeOf(() => setLock(1_000_000, { type: 'read', start: 0, length: 1 }))).toBe('EBADF');
  expect(codeOf(() => setLock(one, { type: 'read', start: -1, length: 1 }))).toBe('EINVAL');
  expect(codeOf(() => setLock(one, { type: 'read', start: 0.5, length: 1 }))).toBe('EINVAL');
});
