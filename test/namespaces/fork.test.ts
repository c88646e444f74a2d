/** Forks: private from then on, and cheap. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import type { File } from '../../src/file/index.ts';
import { MAFTER, type Namespace } from '../../src/namespaces/index.ts';
import { ram } from '../../src/resources/index.ts';
import { codeOf, list, named, world } from './trees.ts';

test('what either mounts later is not seen by the other', async () => {
  await using parent = world();
  await parent.mount(await named('a'), '/n/a');
  await using child = parent.fork();
  expect(await child.readText('/n/a/who')).toBe('a');
  await child.mount(await named('child'), '/n/child');
  await child.mount(await named('over'), '/n/a');
  await parent.mount(await named('parent'), '/n/parent');
  expect(await list(parent, '/n')).toEqual(['a', 'parent']);
  expect(await list(child, '/n')).toEqual(['a', 'child']);
  expect(await parent.readText('/n/a/who')).toBe('a');
  expect(await child.readText('/n/a/who')).toBe('over');
  expect([parent.mounts, child.mounts]).toEqual([2, 2]);
});

test('an unmount is private, too, and so is clear', async () => {
  await using parent = world();
  await parent.mount(await named('a'), '/n/a');
  await parent.mount(await named('b'), '/n/a', MAFTER);
  await using child = parent.fork();
  await using other = parent.fork();
  await child.unmount('/n/a');
  other.clear();
  expect(await list(parent, '/n/a')).toEqual(['who', 'only-a', 'only-b']);
  expect(await codeOf(child.stat('/n/a'))).toBe('ENOENT');
  expect([parent.mounts, child.mounts, other.mounts]).toEqual([2, 0, 0]);
});

test('mount points that were made are private', async () => {
  await using parent = world();
  await using child = parent.fork();
  await child.mount(await named('a'), '/new/a');
  expect(await list(child, '/new')).toEqual(['a']);
  expect(await codeOf(parent.stat('/new'))).toBe('ENOENT');
});

test('files are not: the trees are the same', async () => {
  await using parent = world();
  await using child = parent.fork();
  await child.writeFile('/tmp/f', 'x');
  expect(await parent.readText('/tmp/f')).toBe('x');
});

test('a fork begins where its parent is', async () => {
  await using parent = world();
  await parent.cd('/tmp');
  await using child = parent.fork();
  expect(child.cwd).toBe('/tmp');
  await child.cd('/n');
  expect(parent.cwd).toBe('/tmp');
  expect(child.user).toBe(parent.user);
});

test('a fork of a fork', async () => {
  await using parent = world();
  await parent.mount(await named('a'), '/n/a');
  const child = parent.fork();
  const grandchild = child.fork();
  await child.close();
  await parent.unmount('/n/a');
  expect(await grandchild.readText('/n/a/who')).toBe('a');
  await grandchild.mount(await named('b'), '/n/b');
  expect(await list(grandchild, '/n')).toEqual(['a', 'b']);
  await grandchild.close();
});

test('a file of the namespace is the same in a fork, and a served one stays the parent’s', async () => {
  await using parent = world();
  await using child = parent.fork();
  await child.mount(await named('a'), '/n/a');
  await using fid = parent.root();
  expect(await codeOf(fid.stat('n/a'))).toBe('ENOENT');
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heap(): number {
  for (let i = 0; i < 4; i++) collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

async function forksOf(
  parent: Namespace,
  count: number,
  mount: File | undefined,
): Promise<readonly Namespace[]> {
  const forks: Namespace[] = [];
  for (let i = 0; i < count; i++) {
    const fork = parent.fork();
    if (mount) await fork.mount(mount, `/n/own-${i}`);
    forks.push(fork);
  }
  return forks;
}

test('1,000 forks of a namespace with 100 mounts take less than 100 MB, each with a mount of its own', async () => {
  await using parent = world();
  for (let i = 0; i < 100; i++) await parent.mount(ram(), `/n/m${i}`);
  const before = heap();
  const forks = await forksOf(parent, 1000, undefined);
  const alike = heap();
  const changed = await forksOf(parent, 1000, ram());
  const after = heap();
  const [shared, own] = [alike - before, after - alike];
  process.stdout.write(
    `1,000 forks of 100 mounts: ${shared.toFixed(1)} MB; with a mount of their own: ${own.toFixed(1)} MB\n`,
  );
  expect(shared).toBeLessThan(20);
  expect(own).toBeLessThan(100);
  expect(changed.map(({ mounts }) => mounts)).toEqual(Array.from({ length: 1000 }, () => 101));
  for (const fork of [...forks, ...changed]) await fork.close();
  expect(parent.mounts).toBe(100);
});
