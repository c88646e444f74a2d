import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { statfsDescriptor } from '../../src/host/index.ts';
import { codeOf, folder } from './support.ts';

const { path, fd } = folder();

test('the figures that Node knows', () => {
  const { type, bsize, blocks, files } = statfsSync(path);
  expect(statfsDescriptor(fd)).toMatchObject({ type, bsize, blocks, files });
});

test('and those that it does not', () => {
  const [fsid, namelen] = execFileSync('stat', ['-f', '-c', '%i %l', path], { encoding: 'utf8' })
    .trim()
    .split(' ');
  const found = statfsDescriptor(fd);
  expect(found.namelen).toBe(Number(namelen));
  // stat(1) prints the two words of the id as one number, the first of them high.
  const word = 2n ** 32n;
  expect(((found.fsid % word) * word + found.fsid / word).toString(16)).toBe(fsid);
});

test('a descriptor that is not open', () => {
  expect(codeOf(() => statfsDescriptor(1_000_000))).toBe('EBADF');
});
