/** Directories read entry by entry. */
import { linkSync, mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { codeOf, entries, exported, folder, names, opened, r, walk } from './support.ts';

const path = folder();
const root = exported(path);

mkdirSync(`${path}/many`);
writeFileSync(`${path}/one`, '');
// Names of one file: ext4 is slow to make files where many were removed a moment ago.
for (let i = 0; i < 3000; i++) linkSync(`${path}/one`, `${path}/many/file-${i}`);

test('each entry says what it is, and has the qid that a walk finds', async () => {
  mkdirSync(`${path}/kinds/dir`, { recursive: true });
  writeFileSync(`${path}/kinds/file`, 'x');
  symlinkSync('file', `${path}/kinds/symlink`);
  const kinds = await opened(root, 'kinds');
  for (const type of ['fifo', 'socket'] as const) {
    await kinds.mknod(type, { type, mode: 0o600, major: 0, minor: 0 }, r);
  }
  const found = await entries(kinds);
  expect(found.map(({ name }) => name).toSorted()).toEqual(['dir', 'fifo', 'file', 'socket', 'symlink']);
  for (const entry of found) {
    expect(entry.type).toBe(entry.name);
    const { qid } = await walk(kinds, entry.name);
    expect(entry.qid).toEqual({ ...qid, version: 0 });
  }
  await kinds.close('clunk', r);
});

test('from every cookie on, in any order', async () => {
  const chan = await opened(root, 'many');
  const all = await entries(chan);
  expect(new Set(all.map(({ name }) => name)).size).toBe(3000);
  for (const at of [2999, 1500, 0, 2000]) {
    expect(await entries(chan, all[at].cookie)).toEqual(all.slice(at + 1));
  }
  expect(await entries(chan)).toEqual(all);
  await chan.close('clunk', r);
});

test('two readers of one open directory do not disturb each other', async () => {
  const chan = await opened(root, 'many');
  const [a, b] = [chan.list(0n, r), chan.list(0n, r)] as Iterable<{ name: string }>[];
  const [first, second] = [a[Symbol.iterator](), b[Symbol.iterator]()];
  for (let i = 0; i < 3000; i++) expect(first.next().value?.name).toBe(second.next().value?.name);
  expect([first.next().done, second.next().done]).toEqual([true, true]);
  await chan.close('clunk', r);
});

test('files that are removed meanwhile: every one is seen once', async () => {
  const chan = await opened(root, 'many');
  const seen: string[] = [];
  for (let cookie = 0n; ;) {
    const batch = [];
    for await (const entry of chan.list(cookie, r)) {
      batch.push(entry);
      if (batch.length === 70) break;
    }
    if (batch.length === 0) break;
    seen.push(...batch.map(({ name }) => name));
    cookie = batch.at(-1)!.cookie;
    for (const { name } of batch) await chan.unlink(name, 'file', r);
  }
  expect(seen.length).toBe(3000);
  expect(new Set(seen).size).toBe(3000);
  expect(await names(root, 'many')).toEqual([]);
  await chan.close('clunk', r);
});

test('the last cookie is good when its entry is gone', async () => {
  mkdirSync(`${path}/few`);
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(`${path}/few/${name}`, '');
  const chan = await opened(root, 'few');
  const [first, second, ...others] = await entries(chan);
  unlinkSync(`${path}/few/${first.name}`);
  unlinkSync(`${path}/few/${second.name}`);
  expect(await entries(chan, second.cookie)).toEqual(others);
  rmSync(`${path}/few`, { recursive: true });
  expect(await entries(chan, second.cookie)).toEqual([]);
  await chan.close('clunk', r);
});

test('only a directory that is open is listed', async () => {
  writeFileSync(`${path}/file`, '');
  const file = await opened(root, 'file');
  expect(await codeOf(() => entries(file))).toBe('ENOTDIR');
  await file.close('clunk', r);
  expect(await codeOf(() => entries(root))).toBe('EBADF');
});
