/** Names: every one that the host has, and none that leads anywhere else. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { REWRITE } from '../../../src/file/index.ts';
import { codeOf, content, exported, folder, names, put, r, walk } from './support.ts';

const path = folder();
const root = exported(path);

const GOOD = {
  'a newline': 'new\nline',
  'every control byte': Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1)).join(''),
  'a backslash and a space': ' \\ ',
  'the property of every object': '__proto__',
  'three dots': '...',
  'UTF-8 of two, three and four bytes': 'é漢🐧',
  '255 bytes': 'x'.repeat(255),
  '255 bytes of UTF-8': 'é'.repeat(127) + 'x',
  'bytes that are no UTF-8': 'caf\udce9',
  '255 bytes that are no UTF-8': '\udcff'.repeat(255),
};

test.each(Object.entries(GOOD))('%s', async (_, name) => {
  await put(root, name, 'content');
  expect(await names(root)).toContain(name);
  expect(await content(root, name)).toBe('content');
  await root.rename(name, root, 'plain', true, r);
  await root.rename('plain', root, name, false, r);
  await root.unlink(name, 'file', r);
  expect(readdirSync(path)).toEqual([]);
});

test('names that are no UTF-8 are told apart, and are the bytes on the host', async () => {
  for (const byte of [0xe4, 0xe9, 0xff]) {
    writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.of(byte)]), '');
  }
  expect(await names(root)).toEqual(['\udce4', '\udce9', '\udcff']);
  await put(root, 'ä\udcc3x\udcff', '');
  expect(readdirSync(path, 'latin1')).toContain('\u00c3\u00a4\u00c3x\u00ff');
  for (const name of await names(root)) await root.unlink(name, 'any', r);
});

const inner = folder();
const empty = exported(inner);

test.each(['', '.', '..', '../x', 'a/b', '/', '/etc', 'a/../..'])('%j names nothing', async (name) => {
  mkdirSync(`${inner}/a`, { recursive: true });
  const { file } = empty;
  const calls = [
    () => file.walk!(name, r),
    () => file.create!(name, { mode: 0o644 }, REWRITE, r),
    () => file.mkdir!(name, { mode: 0o755 }, r),
    () => file.symlink!(name, 'x', { mode: 0o777 }, r),
    () => file.unlink!(name, 'any', r),
    () => file.rename!('a', file, name, true, r),
    () => file.rename!(name, file, 'b', true, r),
    () => file.link!(name, file.walk!('a', r) as typeof file, r),
    () => file.mknod!(name, { type: 'fifo', mode: 0o644, major: 0, minor: 0 }, r),
  ];
  // The File refuses it by itself, though a Chan would not let it come that far.
  for (const call of calls) expect(await codeOf(call)).toMatch(/^(EINVAL|EPERM)$/);
  expect(readdirSync(inner)).toEqual(['a']);
});

test.each(['nul\0', '\0', 'a\0/../../etc'])('%j is refused', async (name) => {
  expect(await codeOf(() => walk(root, name))).toMatch(/^(EINVAL|ENOENT)$/);
  expect(await codeOf(() => root.file.walk!(name, r))).toBe('EINVAL');
  expect(await codeOf(() => put(root, name))).toBe('EINVAL');
  expect(await codeOf(() => root.file.create!(name, { mode: 0o644 }, REWRITE, r))).toBe('EINVAL');
});

test.each(['\ud800', 'a\udc7f', '\udbff\udbff', '\udcc3\udca4'])(
  '%j is no name of the host',
  async (name) => {
    expect(await codeOf(() => put(root, name))).toBe('EILSEQ');
    expect(await codeOf(() => walk(root, name))).toBe('EILSEQ');
  },
);

test('256 bytes are too long', async () => {
  for (const name of ['x'.repeat(256), 'é'.repeat(128), '\udcff'.repeat(256)]) {
    expect(await codeOf(() => put(root, name))).toBe('ENAMETOOLONG');
    expect(await codeOf(() => walk(root, name))).toBe('ENAMETOOLONG');
    expect(await codeOf(() => root.file.mkdir!(name, { mode: 0o755 }, r))).toBe('ENAMETOOLONG');
  }
});
