import { closeSync, constants, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  getXattr,
  listXattr,
  O_PATH,
  openAt,
  removeXattr,
  setXattr,
  type Target,
} from '../../src/host/index.ts';
import { codeOf, folder, isRoot, refused, testUnless } from './support.ts';

const { path, fd: dir } = folder();
writeFileSync(`${path}/file`, '');
const open = openSync(`${path}/file`, 'r+');
const place = openAt(dir, 'file', O_PATH);

const unkept = refused(() => setXattr(open, 'user.probe', Buffer.of(1)), 'EOPNOTSUPP');
const bytes = (text: string): Buffer => Buffer.from(text);
const text = (value: Uint8Array): string => Buffer.from(value).toString();

const TARGETS: readonly (readonly [string, Target])[] = [
  ['an open file', open],
  ['a path through an O_PATH descriptor', `/proc/self/fd/${place}`],
  ['a name in a directory', { dir, name: 'file' }],
];

describe.each(TARGETS)('extended attributes of %s', (_, target) => {
  testUnless(unkept, 'set, get, list, remove', () => {
    setXattr(target, 'user.a', bytes('one'));
    setXattr(target, 'user.b', new Uint8Array(0));
    expect(text(getXattr(target, 'user.a'))).toBe('one');
    expect(getXattr(target, 'user.b')).toHaveLength(0);
    expect(listXattr(target)).toEqual(expect.arrayContaining(['user.a', 'user.b']));
    removeXattr(target, 'user.a');
    expect(codeOf(() => getXattr(target, 'user.a'))).toBe('ENODATA');
    expect(codeOf(() => removeXattr(target, 'user.a'))).toBe('ENODATA');
    expect(listXattr(target)).not.toContain('user.a');
  });

  testUnless(unkept, 'create and replace', () => {
    expect(codeOf(() => setXattr(target, 'user.c', bytes('x'), 'replace'))).toBe('ENODATA');
    setXattr(target, 'user.c', bytes('x'), 'create');
    expect(codeOf(() => setXattr(target, 'user.c', bytes('y'), 'create'))).toBe('EEXIST');
    setXattr(target, 'user.c', bytes('z'), 'replace');
    expect(text(getXattr(target, 'user.c'))).toBe('z');
    removeXattr(target, 'user.c');
  });
});

testUnless(unkept, 'a value and a list that are larger than usual', () => {
  const value = Buffer.alloc(2500, 'v');
  setXattr(open, 'user.large', value);
  expect(Buffer.from(getXattr(open, 'user.large')).equals(value)).toBe(true);
  removeXattr(open, 'user.large');
  const names = Array.from({ length: 12 }, (_, i) => `user.${String(i).padStart(3, '0')}${'n'.repeat(100)}`);
  for (const name of names) setXattr(open, name, new Uint8Array(0));
  expect(listXattr(open)).toEqual(expect.arrayContaining(names));
  for (const name of names) removeXattr(open, name);
});

testUnless(unkept, 'a value that was read stays as it was', () => {
  setXattr(open, 'user.first', bytes('first'));
  setXattr(open, 'user.second', bytes('other'));
  const first = getXattr(open, 'user.first');
  getXattr(open, 'user.second');
  expect(text(first)).toBe('first');
});

testUnless(unkept, 'a name that is not UTF-8 is kept, not repaired', () => {
  setXattr(open, 'user.\udcff', bytes('odd'));
  expect(text(getXattr(open, 'user.\udcff'))).toBe('odd');
  expect(listXattr(open)).toContain('user.\udcff');
  expect(codeOf(() => getXattr(open, 'user.\ufffd'))).toBe('ENODATA');
  removeXattr(open, 'user.\udcff');
});

test('what cannot be a name is refused', () => {
  expect(codeOf(() => setXattr(open, 'user.a\0b', bytes('x')))).toBe('EINVAL');
  expect(codeOf(() => setXattr(open, 'user.\ud800', bytes('x')))).toBe('EILSEQ');
  expect(codeOf(() => getXattr({ dir, name: '../file' }, 'user.a'))).toBe('EINVAL');
});

test('an O_PATH descriptor as such has none', () => {
  expect(codeOf(() => listXattr(place))).toBe('EBADF');
});

symlinkSync('file', `${path}/link`);
const notRoot = isRoot ? undefined : 'trusted.* is for root';
const noTrusted =
  notRoot ?? refused(() => setXattr(open, 'trusted.probe', bytes('x')), 'EOPNOTSUPP', 'EPERM');

testUnless(noTrusted, 'a symbolic link has attributes of its own', () => {
  setXattr({ dir, name: 'link' }, 'trusted.own', bytes('of the link'));
  expect(text(getXattr({ dir, name: 'link' }, 'trusted.own'))).toBe('of the link');
  expect(codeOf(() => getXattr(`${path}/link`, 'trusted.own'))).toBe('ENODATA');
  const link = openAt(dir, 'link', O_PATH | constants.O_NOFOLLOW);
  expect(text(getXattr(`/proc/self/fd/${link}`, 'trusted.own'))).toBe('of the link');
  closeSync(link);
});
