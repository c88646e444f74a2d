/** Attempts to get out of the exported directory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { READ, READ_WRITE, REWRITE } from '../../../src/file/index.ts';
import { codeOf, exported, folder, opened, put, r, read, walk } from './support.ts';

const outside = folder();
mkdirSync(`${outside}/sub`);
writeFileSync(`${outside}/secret`, 'outside');
writeFileSync(`${outside}/sub/secret`, 'outside');

const path = folder();
const root = exported(path);
const LINK = { mode: 0o777 };

test.each(['..', '../..', 'a/../..', 'a/../../..', 'a/../../a/..'])('%s stays in the root', async (way) => {
  mkdirSync(`${path}/a`, { recursive: true });
  const chan = await walk(root, way);
  expect(chan.qid).toEqual(root.qid);
  await chan.close('clunk', r);
});

describe('a symbolic link', () => {
  const targets = () => [
    outside,
    '..',
    '../..',
    '/',
    `/proc/self/fd`,
    '/proc/self/root',
    '/proc/self/cwd',
    `../${outside.split('/').at(-1)}`,
  ];

  test('on the way leads nowhere, wherever it points', async () => {
    for (const [i, target] of targets().entries()) {
      await root.symlink(`way${i}`, target, LINK, r);
      for (const rest of ['secret', 'sub', 'etc', 'self', '0']) {
        expect(await codeOf(() => walk(root, `way${i}/${rest}`))).toBe('ENOTDIR');
      }
      const link = await walk(root, `way${i}`);
      expect(link.qid.type).toBe(0x02);
      // The File by itself, without the Chan's rules.
      for (const call of [
        () => link.file.open!(READ, r),
        () => link.file.open!(REWRITE, r),
        () => link.file.change!({ size: 0 }, r),
      ]) {
        expect(await codeOf(call)).toMatch(/^(ELOOP|EINVAL)$/);
      }
      expect('walk' in link.file || 'create' in link.file).toBe(false);
    }
  });

  test('as the last name is what is meant, never what it points to', async () => {
    const before = statSync(`${outside}/secret`);
    await root.symlink('last', `${outside}/secret`, LINK, r);
    const link = await walk(root, 'last');
    expect(await link.attr(r)).toMatchObject({ type: 'symlink' });
    expect(await codeOf(() => link.change({ mode: 0o600 }, r))).toBe('EOPNOTSUPP');
    await link.change({ mtime: { sec: 1, nsec: 0 } }, r);
    expect(await codeOf(() => link.change({ uid: 12345 }, r))).toBe('EPERM');
    expect(await codeOf(() => root.clone().create('last', { mode: 0o644 }, REWRITE, r))).toBe('EEXIST');
    expect(await codeOf(() => root.mkdir('last', { mode: 0o755 }, r))).toBe('EEXIST');
    await root.link('last2', link, r);
    await root.rename('last2', root, 'last3', true, r);
    await root.unlink('last', 'any', r);
    await root.unlink('last3', 'any', r);
    expect(statSync(`${outside}/secret`)).toEqual(before);
  });

  test('in place of a directory that was walked to', async () => {
    mkdirSync(`${path}/d`);
    writeFileSync(`${path}/d/secret`, 'inside');
    mkdirSync(`${path}/d/sub`);
    const [d, file, sub] = [await walk(root, 'd'), await walk(root, 'd/secret'), await walk(root, 'd/sub')];
    renameSync(`${path}/d`, `${path}/d-before`);
    symlinkSync(outside, `${path}/d`);
    // With the directory's descriptor at hand the files are the ones that were walked to.
    await file.open(READ, r);
    expect(await read(file)).toBe('inside');
    await file.close('clunk', r);
    // And a second later without it.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    for (const call of [
      () => d.attr(r),
      () => walk(d, 'secret'),
      () => sub.attr(r),
      () => walk(sub, 'secret'),
      () => put(d, 'new'),
      () => put(sub, 'new'),
      () => d.unlink('secret', 'any', r),
      () => sub.rename('secret', root, 'mine', true, r),
    ]) {
      expect(await codeOf(call)).toBe('ESTALE');
    }
    expect(await codeOf(() => walk(root, 'd/secret'))).toBe('ENOTDIR');
    expect(readdirSync(outside).toSorted()).toEqual(['secret', 'sub']);
  });

  test('in place of a file that was walked to', async () => {
    writeFileSync(`${path}/f`, 'inside');
    const file = await walk(root, 'f');
    rmSync(`${path}/f`);
    symlinkSync(`${outside}/secret`, `${path}/f`);
    for (const mode of [READ, READ_WRITE, REWRITE]) {
      expect(await codeOf(() => file.open(mode, r))).toBe('ESTALE');
    }
    expect(await codeOf(() => file.change({ size: 0, mode: 0o777 }, r))).toBe('ESTALE');
    expect(await codeOf(() => root.link('copy', file, r))).toBe('ESTALE');
    expect(existsSync(`${path}/copy`)).toBe(false);
    expect(readFileSync(`${outside}/secret`, 'utf8')).toBe('outside');
  });
});

test('a symbolic link swapped in at any moment is never followed', async () => {
  const arena = `${path}/arena`;
  mkdirSync(`${arena}/door/sub`, { recursive: true });
  writeFileSync(`${arena}/door/secret`, 'inside');
  writeFileSync(`${arena}/door/sub/secret`, 'inside');
  const program = fileURLToPath(new URL('./swapper.js', import.meta.url));
  const child = spawn(process.execPath, [program, arena, outside], { stdio: ['ignore', 'pipe', 'inherit'] });
  const results = new Map<string, number>();
  const note = (result: string) => results.set(result, (results.get(result) ?? 0) + 1);
  const attempt = async (work: () => Promise<string>) => {
    try {
      note(await work());
    } catch (error) {
      note(String((error as { code: unknown }).code));
    }
  };
  try {
    await once(child.stdout, 'data');
    const start = Date.now();
    const goesOn = () => Date.now() < start + 2000 || (!results.has('inside') && Date.now() < start + 10_000);
    for (let i = 0; goesOn(); i++) {
      // Another export each time: nothing is remembered.
      const fresh = exported(arena);
      await attempt(async () => {
        const chan = await opened(fresh, i % 2 === 0 ? 'door/secret' : 'door/sub/secret');
        const text = await read(chan);
        await chan.close('clunk', r);
        return text;
      });
      await attempt(async () => {
        const door = await walk(fresh, 'door');
        await put(door, `new${i}`, '');
        return 'made';
      });
      await attempt(async () => {
        await (await walk(fresh, 'door')).unlink('secret2', 'any', r);
        return 'removed';
      });
      fresh.file.release!();
    }
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  expect(results.get('inside')).toBeGreaterThan(0);
  expect(
    [...results.keys()].filter(
      (key) => !['inside', 'made', 'ENOENT', 'ENOTDIR', 'ESTALE', 'EOPNOTSUPP'].includes(key),
    ),
  ).toEqual([]);
  expect(readdirSync(outside).toSorted()).toEqual(['secret', 'sub']);
  expect(readdirSync(`${outside}/sub`)).toEqual(['secret']);
});

test('a directory that is moved out of the export is out of reach a second later', async () => {
  mkdirSync(`${path}/leaving`);
  writeFileSync(`${path}/leaving/secret`, 'x');
  const leaving = await walk(root, 'leaving');
  await walk(leaving, 'secret');
  renameSync(`${path}/leaving`, `${outside}/left`);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(await codeOf(() => walk(leaving, 'secret'))).toBe('ENOENT');
  rmSync(`${outside}/left`, { recursive: true });
});

test('a hard link is no way out: it is a file of the export', async () => {
  linkSync(`${outside}/secret`, `${path}/hard`);
  const chan = await opened(root, 'hard');
  expect(await read(chan)).toBe('outside');
  await chan.close('clunk', r);
});
