/** Descriptors: one for each open, a bounded number besides, and none that is left over. */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Chan, READ, READ_WRITE } from '../../../src/file/index.ts';
import type { HostFile } from '../../../src/resources/file/file.ts';
import { hostDirectory } from '../../../src/resources/file/index.ts';
import { codeOf, descriptors, entries, exported, folder, opened, put, r, walk } from './support.ts';

const path = folder();
const root = exported(path);
const before = descriptors(path);
const DIR = { mode: 0o755 };

/** A second later no directory's descriptor is kept. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 1200));

test('a thousand operations of every kind, failed ones too, leave none', async () => {
  await put(root, 'file', 'x');
  symlinkSync('file', `${path}/link`);
  for (let i = 0; i < 100; i++) {
    await root.mkdir(`d${i}`, DIR, r);
    const dir = await walk(root, `d${i}`);
    await put(dir, 'a', 'a');
    await dir.symlink('s', 'a', { mode: 0o777 }, r);
    await dir.mknod('p', { type: 'fifo', mode: 0o600, major: 0, minor: 0 }, r);
    const a = await opened(dir, 'a', READ_WRITE);
    await a.change({ size: 5, mode: 0o600 }, r);
    await a.lock({ type: 'write', start: 0, length: 0, owner: { session: {}, client: 'c', process: 1 } }, r);
    await a.statfs(r);
    await dir.link('b', a, r);
    await dir.rename('b', root, `b${i}`, false, r);
    await a.close(i % 2 === 0 ? 'clunk' : 'lost', r);
    const list = await opened(root, `d${i}`);
    for await (const _ of list.list(0n, r)) break;
    await entries(list);
    await list.close('clunk', r);
    for (const call of [
      () => opened(root, `d${i}/missing`),
      () => opened(root, `d${i}/p`, READ),
      () => opened(root, `d${i}/s`, READ),
      () => put(dir, 'a'),
      () => dir.mkdir('a', DIR, r),
      () => dir.mkdir('x', { mode: 0o755, append: true }, r),
      () => root.unlink(`d${i}`, 'any', r),
      () => dir.rename('a', root, 'file', false, r),
      () => hostDirectory(`${path}/file`),
    ]) {
      expect(await codeOf(call)).not.toBe('');
    }
    for (const name of ['a', 's', 'p']) await dir.unlink(name, 'any', r);
    await root.unlink(`d${i}`, 'any', r);
    await dir.close('clunk', r);
  }
  await settled();
  expect(descriptors(path)).toBe(before);
});

test('ten thousand files that are walked to and known hold a bounded number', async () => {
  for (let d = 0; d < 500; d++) {
    mkdirSync(`${path}/w${d}`);
    for (let f = 0; f < 20; f++) linkSync(`${path}/file`, `${path}/w${d}/${f}`);
  }
  const chans: Chan[] = [];
  for (let d = 0; d < 500; d++) {
    for (let f = 0; f < 20; f++) chans.push(await walk(root, `w${d}/${f}`));
    expect(descriptors(path) - before).toBeLessThanOrEqual(256);
  }
  for (const chan of chans) await chan.attr(r);
  expect(descriptors(path) - before).toBeLessThanOrEqual(256);
  await settled();
  expect(descriptors(path)).toBe(before);
  for (const chan of chans) await chan.attr(r);
  for (const chan of chans) await chan.close('clunk', r);
});

test('a way of a thousand directories is no deeper in descriptors', async () => {
  let chan = root.clone();
  for (let i = 0; i < 1000; i++) {
    await chan.mkdir('deeper', DIR, r);
    const next = await walk(chan, 'deeper');
    await chan.close('clunk', r);
    chan = next;
  }
  expect(descriptors(path) - before).toBeLessThanOrEqual(256);
  await settled();
  // From the root again, in one go; and two of them for one operation.
  await put(chan, 'bottom', 'x');
  const middle = await walk(root, Array(500).fill('deeper').join('/'));
  await settled();
  await chan.rename('bottom', middle, 'bottom', false, r);
  // The two directories and theirs.
  expect(descriptors(path) - before).toBeLessThanOrEqual(4);
  await middle.unlink('bottom', 'file', r);
  await chan.close('clunk', r);
  await middle.close('clunk', r);
  // Too deep for a path, and so for Node.
  execFileSync('rm', ['-r', `${path}/deeper`], { timeout: 10_000 });
});

test('a released export leaves none', async () => {
  const before = descriptors(path);
  for (let i = 0; i < 50; i++) {
    const chan = Chan.attach(hostDirectory(path));
    const deep = await walk(chan, 'w1/1');
    await deep.attr(r);
    await deep.close('clunk', r);
    await chan.close('clunk', r);
  }
  expect(descriptors(path)).toBe(before);
});

test('what nobody has in use is forgotten', async () => {
  await settled();
  const { node } = root.file as HostFile;
  const chans = [await walk(root, 'w0/1'), await walk(root, 'w0'), await walk(root, 'w0/1')];
  const open = await opened(root, 'w0/2');
  for (const chan of chans) {
    expect(node.child('w0')).toBeDefined();
    await chan.close('clunk', r);
  }
  await settled();
  // It is known for what is open in it.
  const dir = node.child('w0')!;
  expect(dir.child('1')).toBeUndefined();
  expect(dir.child('2')).toBeDefined();
  await open.close('clunk', r);
  expect(dir.child('2')).toBeUndefined();
  expect(node.child('w0')).toBeUndefined();
});
