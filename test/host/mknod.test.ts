import { expect, test } from '@jest/globals';
import { mknodAt, statAt } from '../../src/host/index.ts';
import { codeOf, folder, refused, testUnless } from './support.ts';

const { fd: dir } = folder();

test.each(['fifo', 'socket'] as const)('a %s', (type) => {
  mknodAt(dir, type, { type }, 0o600);
  expect(statAt(dir, type)).toMatchObject({ type, mode: 0o600 });
  expect(codeOf(() => mknodAt(dir, type, { type }))).toBe('EEXIST');
});

const notAllowed = refused(() => mknodAt(dir, 'probe', { type: 'char', major: 1, minor: 3 }), 'EPERM');

testUnless(notAllowed, 'devices, of numbers up to the largest', () => {
  mknodAt(dir, 'null', { type: 'char', major: 1, minor: 3 });
  mknodAt(dir, 'large', { type: 'block', major: 0xfff, minor: 0xfffff });
  expect(statAt(dir, 'null')).toMatchObject({ type: 'char', major: 1, minor: 3 });
  expect(statAt(dir, 'large')).toMatchObject({ type: 'block', major: 0xfff, minor: 0xfffff });
});

test('what is no device number, or no name here', () => {
  expect(codeOf(() => mknodAt(dir, 'x', { type: 'char', major: 0x1000, minor: 0 }))).toBe('EINVAL');
  expect(codeOf(() => mknodAt(dir, 'x', { type: 'char', major: 0, minor: -1 }))).toBe('EINVAL');
  expect(codeOf(() => mknodAt(dir, '../x', { type: 'fifo' }))).toBe('EINVAL');
});
