/** Files with several names, files that are appended to and mapped, and what is left of what was removed. */
import { describe, expect, test } from '@jest/globals';
import { O } from './calls.ts';
import { ROOT, failure } from './kernel.ts';
import { far, mounted } from './mounted.ts';

const REG = 0o100644;
/** FUSE_WRITE_CACHE */
const FROM_CACHE = 1;

describe('what a mapping holds has its place, though the open is one to append', () => {
  const append = O.RDWR | O.APPEND;

  test.each(['here', 'far away'] as const)('%s', async (where) => {
    await using place = where === 'here' ? await mounted() : await far();
    const kernel = 'kernel' in place ? place.kernel : place;
    const made = await kernel.create(ROOT, 'log', append);
    await kernel.write(made, 0, 'abcdef');
    expect(await kernel.write(made, 2, 'XY', FROM_CACHE)).toBe(2);
    expect(await kernel.write(made, 0, 'g')).toBe(1);
    const again = await kernel.open(made.node, append);
    await kernel.release(made);
    await kernel.unlink(ROOT, 'log');
    await kernel.write(again, 0, 'Z', FROM_CACHE);
    expect((await kernel.read(again, 0, 100)).toString()).toBe('ZbXYefg');
    await kernel.release(again);
  });

  test('whichever open the kernel names', async () => {
    await using kernel = await mounted();
    const writer = await kernel.create(ROOT, 'log', O.RDWR);
    const appender = await kernel.open(writer.node, O.WRONLY | O.APPEND);
    await kernel.write(appender, 0, 'abc');
    await kernel.write(appender, 1, 'X', FROM_CACHE);
    expect((await kernel.read(writer, 0, 100)).toString()).toBe('aXc');
    await kernel.release(writer);
    expect(await failure(kernel.write(appender, 1, 'Y', FROM_CACHE))).toBe('EIO');
    await kernel.release(appender);
  });
});

describe('a file with several names', () => {
  test('is found by any of those that it still has', async () => {
    await using place = await far();
    const { kernel } = place;
    const { node: dir } = await kernel.mkdir(ROOT, 'dir');
    const { node } = await kernel.mknod(ROOT, 'a', REG);
    for (const name of ['b', 'c']) await kernel.link(node, dir, name);
    await kernel.unlink(dir, 'c');
    expect((await kernel.getattr(node)).attr.nlink).toBe(2);
    await kernel.rename(ROOT, 'dir', ROOT, 'elsewhere');
    await kernel.setattr(node, { mode: 0o600 });
    await kernel.rename(ROOT, 'a', dir, 'd');
    await kernel.unlink(dir, 'b');
    await kernel.setattr(node, { mode: 0o640 });
    expect((await kernel.walk('elsewhere/d')).attr).toMatchObject({ nlink: 1, mode: 0o100640 });
    expect((await kernel.walk('elsewhere/d')).node).toBe(node);
  });

  test('is found by the one that the kernel has not forgotten', async () => {
    await using place = await far();
    const { kernel } = place;
    const { node: first } = await kernel.mkdir(ROOT, 'first');
    const { node: second } = await kernel.mkdir(ROOT, 'second');
    const { node } = await kernel.mknod(first, 'a', REG);
    await kernel.link(node, second, 'b');
    kernel.forget(second, 1);
    await kernel.rename(ROOT, 'first', ROOT, 'third');
    expect((await kernel.setattr(node, { mode: 0o600 })).attr).toMatchObject({ nlink: 2, mode: 0o100600 });
  });

  test('is another than the one that takes its last name', async () => {
    await using kernel = await mounted();
    const { node } = await kernel.mknod(ROOT, 'a', REG);
    await kernel.link(node, ROOT, 'b');
    await kernel.unlink(ROOT, 'a');
    await kernel.unlink(ROOT, 'b');
    expect((await kernel.mknod(ROOT, 'b', REG)).node).not.toBe(node);
  });
});

test('a directory that was removed still has its owner and its group, for those who are in it', async () => {
  await using kernel = await mounted();
  kernel.caller = { uid: 0, gid: 0, pid: 1 };
  const { node } = await kernel.mkdir(ROOT, 'dir');
  await kernel.setattr(node, { uid: 12, gid: 34 });
  await kernel.rmdir(ROOT, 'dir');
  expect((await kernel.getattr(node)).attr).toMatchObject({ uid: 12, gid: 34, nlink: 0 });
});

test('to empty an empty file changes its time', async () => {
  await using kernel = await mounted();
  const { node } = await kernel.mknod(ROOT, 'file', REG);
  const { attr } = await kernel.setattr(node, { mtime: 1 });
  expect(attr.mtime).toBe(1000);
  await kernel.release(await kernel.open(node, O.WRONLY | O.TRUNC));
  expect((await kernel.getattr(node)).attr.mtime).toBeGreaterThan(1000);
});

test.each([
  [0o6777, 0o0777],
  [0o6767, 0o2767],
])('what is written to a file of mode %o leaves %o', async (mode, left) => {
  await using kernel = await mounted();
  const file = await kernel.create(ROOT, 'file', O.RDWR, mode);
  await kernel.write(file, 0, 'x');
  expect((await kernel.getattr(file.node)).attr.mode & 0o7777).toBe(left);
  await kernel.release(file);
});

describe('extended attributes', () => {
  test('the name of a kind alone is none', async () => {
    await using kernel = await mounted();
    for (const asked of [
      kernel.getxattr(ROOT, 'user.', 10),
      kernel.setxattr(ROOT, 'trusted.', new Uint8Array(1)),
      kernel.removexattr(ROOT, 'user.'),
    ])
      expect(await failure(asked)).toBe('EINVAL');
  });

  test('are those of an open file also when it has no name any more', async () => {
    await using place = await far();
    const { kernel } = place;
    const file = await kernel.create(ROOT, 'file');
    await kernel.unlink(ROOT, 'file');
    await kernel.setxattr(file.node, 'user.a', Buffer.from('value'));
    expect((await kernel.getxattr(file.node, 'user.a', 10)).toString()).toBe('value');
    await kernel.release(file);
  });
});
