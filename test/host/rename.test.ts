import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { AT_FDCWD, renameAt } from '../../src/host/index.ts';
import { codeOf, folder, refused, testUnless } from './support.ts';

const { path, fd: dir } = folder();
writeFileSync(`${path}/a`, 'A');
writeFileSync(`${path}/b`, 'B');
const unkept = refused(() => renameAt(dir, 'a', dir, 'b', 'noreplace'), 'EINVAL');
const read = (name: string): string => readFileSync(`${path}/${name}`, 'utf8');

testUnless(unkept, 'noreplace refuses to replace', () => {
  expect(codeOf(() => renameAt(dir, 'a', dir, 'b', 'noreplace'))).toBe('EEXIST');
  expect([read('a'), read('b')]).toEqual(['A', 'B']);
  renameAt(dir, 'a', dir, 'free', 'noreplace');
  renameAt(dir, 'free', dir, 'a', 'noreplace');
  expect(readdirSync(path).toSorted()).toEqual(['a', 'b']);
});

testUnless(unkept, 'exchange', () => {
  renameAt(dir, 'a', dir, 'b', 'exchange');
  expect([read('a'), read('b')]).toEqual(['B', 'A']);
  mkdirSync(`${path}/d`);
  renameAt(dir, 'a', dir, 'd', 'exchange');
  expect(readdirSync(`${path}/a`)).toEqual([]);
  expect(read('d')).toBe('B');
  renameAt(dir, 'd', dir, 'a', 'exchange');
  expect(codeOf(() => renameAt(dir, 'a', dir, 'missing', 'exchange'))).toBe('ENOENT');
});

test('by path', () => {
  writeFileSync(`${path}/p`, 'P');
  renameAt(AT_FDCWD, `${path}/p`, AT_FDCWD, `${path}/q`, 'replace');
  expect(read('q')).toBe('P');
});

test('a name never leads out of its directory', () => {
  expect(codeOf(() => renameAt(dir, 'a', dir, '../a', 'replace'))).toBe('EINVAL');
  expect(codeOf(() => renameAt(dir, '..', dir, 'x', 'replace'))).toBe('EINVAL');
});
