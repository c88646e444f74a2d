import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { release } from 'node:os';
import { expect, test } from '@jest/globals';
import {
  type DirectoryEntry,
  encodeName,
  readDirectory,
  statAt,
  statfsDescriptor,
} from '../../src/host/index.ts';
import { codeOf, folder, testUnless } from './support.ts';

const { path, fd: root } = folder();

function opened(name: string): number {
  mkdirSync(`${path}/${name}`);
  return openSync(`${path}/${name}`, constants.O_RDONLY | constants.O_DIRECTORY);
}

/** Where cookies count entries, and so shift when some are removed. */
function countedCookies(): string | undefined {
  const { type } = statfsDescriptor(root);
  const [major, minor] = release().split('.').map(Number);
  const tmpfs = type === 0x01021994 && (major < 6 || (major === 6 && minor < 6));
  return tmpfs || type === 0x858458f6 ? 'cookies count entries on this file system' : undefined;
}

const file = (name: string): string => `file ${name} with a longer name than some`;

function fill(dir: string, count: number): readonly string[] {
  const names = Array.from({ length: count }, (_, i) => file(String(i)));
  for (const name of names) writeFileSync(`${path}/${dir}/${name}`, '');
  return names;
}

const sorted = (entries: Iterable<DirectoryEntry>): readonly string[] =>
  [...entries].map(({ name }) => name).toSorted();

test('every kind of entry, with its inode number and type', () => {
  const fd = opened('kinds');
  writeFileSync(`${path}/kinds/file`, '');
  mkdirSync(`${path}/kinds/dir`);
  symlinkSync('file', `${path}/kinds/link`);
  execFileSync('mkfifo', [`${path}/kinds/fifo`]);
  const entries = [...readDirectory(fd)];
  expect(entries.map(({ name }) => name).toSorted()).toEqual(['dir', 'fifo', 'file', 'link']);
  for (const { name, ino, type } of entries) {
    const found = statAt(fd, name);
    expect(ino).toBe(found?.ino);
    if (type !== undefined) expect(type).toBe(found?.type);
  }
  closeSync(fd);
});

test('an empty directory, and one that was removed', () => {
  const fd = opened('empty');
  expect([...readDirectory(fd)]).toEqual([]);
  rmdirSync(`${path}/empty`);
  expect([...readDirectory(fd)]).toEqual([]);
  closeSync(fd);
});

test('names of every length, and names that are not UTF-8', () => {
  const fd = opened('names');
  const names = Array.from({ length: 40 }, (_, i) => 'n'.repeat(i + 1));
  names.push('x'.repeat(255), '日本語', '🙂', 'latin\udce9', 'latin\udce8', '\ufffd', '...', ' ');
  for (const name of names) {
    writeFileSync(Buffer.concat([Buffer.from(`${path}/names/`), encodeName(name)]), '');
  }
  expect(sorted(readDirectory(fd))).toEqual(names.toSorted());
  closeSync(fd);
});

test('from any cookie on, again and again', () => {
  const fd = opened('cookies');
  fill('cookies', 2000);
  const all = [...readDirectory(fd)];
  expect(all).toHaveLength(2000);
  expect(new Set(all.map(({ cookie }) => cookie)).size).toBe(2000);
  for (const i of [0, 1, 999, 1998, 1999, 5]) {
    expect([...readDirectory(fd, all[i].cookie)]).toEqual(all.slice(i + 1));
  }
  expect([...readDirectory(fd)]).toEqual(all);
  closeSync(fd);
});

testUnless(countedCookies(), 'a cookie stays good when what was read is removed', () => {
  const fd = opened('deletions');
  const names = fill('deletions', 3000);
  const first: DirectoryEntry[] = [];
  for (const entry of readDirectory(fd)) {
    first.push(entry);
    if (first.length === 1000) break;
  }
  for (const { name } of first) unlinkSync(`${path}/deletions/${name}`);
  const seen = new Set(first.map(({ name }) => name));
  const rest = names.filter((name) => !seen.has(name));
  const gone = rest.filter((_, i) => i % 2 === 0);
  for (const name of gone) unlinkSync(`${path}/deletions/${name}`);
  const left = rest.filter((_, i) => i % 2 === 1);
  expect(sorted(readDirectory(fd, first[999].cookie))).toEqual(left.toSorted());
  closeSync(fd);
});

test('two readers of one descriptor do not disturb each other', () => {
  const fd = opened('readers');
  const names = fill('readers', 2500).toSorted();
  const one = readDirectory(fd);
  const two = readDirectory(fd);
  const taken: [DirectoryEntry[], DirectoryEntry[]] = [[], []];
  for (let i = 0; i < 2500; i++) {
    for (const [reader, into] of [
      [one, taken[0]],
      [two, taken[1]],
    ] as const) {
      const next = reader.next();
      if (!next.done) into.push(next.value);
    }
  }
  expect(sorted(taken[0])).toEqual(names);
  expect(sorted(taken[1])).toEqual(names);
  closeSync(fd);
});

test('what is no directory', () => {
  writeFileSync(`${path}/plain`, '');
  const fd = openSync(`${path}/plain`, 'r');
  expect(codeOf(() => readDirectory(fd).next())).toBe('ENOTDIR');
  closeSync(fd);
  expect(codeOf(() => readDirectory(1_000_000).next())).toBe('EBADF');
});
