/** The bytes of files: they arrive whole, whoever takes his time, and nobody sees others than are there. */
import { describe, expect, test } from '@jest/globals';
import { bytes, ctl, dir, text, type Attr, type File, type OpenFile } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { O } from './calls.ts';
import { NOTIFY, ROOT, failure, settled } from './kernel.ts';
import { changed, far, gate, mounted } from './mounted.ts';

const FOPEN = { DIRECT_IO: 1, KEEP_CACHE: 2, CACHE_DIR: 8, STREAM: 16, PARALLEL_DIRECT_WRITES: 64 };

/** A plain file with the given open. */
function plain(open: OpenFile, attr: Partial<Attr> = {}): File {
  const file = bytes(new Uint8Array(1 << 20), { writable: true });
  return changed(file, { open: () => open, attr: (r) => ({ ...(file.attr(r) as Attr), ...attr }) });
}

describe('what is written stays as it was', () => {
  test.each([10, 65_536, 65_537, 1 << 20])('%d bytes', async (size) => {
    const wait = gate();
    let written: Uint8Array | undefined;
    const open: OpenFile = {
      async write(_offset, data) {
        await wait.promise;
        written = data.slice();
        return data.length;
      },
    };
    await using kernel = await mounted(dir({ a: plain(open) }));
    const file = await kernel.open((await kernel.lookup(ROOT, 'a')).node, O.WRONLY);
    const data = Buffer.alloc(size, 'data');
    const asked = kernel.write(file, 0, data);
    await settled();
    wait.open();
    expect(await asked).toBe(size);
    expect(data.equals(written!)).toBe(true);
  });

  test('also where nobody waits for it any more', async () => {
    const wait = gate();
    let written: Uint8Array | undefined;
    const open: OpenFile = {
      async write(_offset, data) {
        await wait.promise;
        written = data.slice();
        return data.length;
      },
    };
    await using kernel = await mounted(dir({ a: plain(open) }), { timeout: 30 });
    const file = await kernel.open((await kernel.lookup(ROOT, 'a')).node, O.WRONLY);
    const data = Buffer.alloc(1 << 20, 'data');
    expect(await failure(kernel.write(file, 0, data))).toBe('EIO');
    wait.open();
    await settled();
    expect(data.equals(written!)).toBe(true);
  });

  test('and so does the value of an attribute, though its file has to be found first', async () => {
    await using place = await far();
    const { kernel } = place;
    const file = await kernel.create(ROOT, 'a');
    await kernel.setxattr(file.node, 'user.x', Buffer.from('a value'));
    expect((await kernel.getxattr(file.node, 'user.x', 100)).toString()).toBe('a value');
    await kernel.rename(ROOT, 'a', ROOT, 'b');
    await kernel.setxattr(file.node, 'user.x', Buffer.from('another value'));
    expect((await kernel.getxattr(file.node, 'user.x', 100)).toString()).toBe('another value');
  });
});

describe('a read of a plain file is filled', () => {
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
  const part = (offset: number, count: number) => content.subarray(offset, offset + count);
  const fillers: Readonly<Record<string, OpenFile>> = {
    'byte by byte': { read: (offset, into) => (into.set(part(offset, 1)), part(offset, 1).length) },
    'by promises': {
      read: async (offset, into) => (
        into.set(part(offset, 7000)),
        Math.min(7000, part(offset, into.length).length)
      ),
    },
    'by turns': {
      read(offset, into) {
        const count = Math.min(4096, part(offset, into.length).length);
        into.set(part(offset, count));
        return offset % 8192 === 0 ? count : Promise.resolve(count);
      },
    },
    'by pieces of its own': { take: (offset, count) => part(offset, Math.min(count, 5000)) },
    'by pieces that come later': { take: async (offset, count) => part(offset, Math.min(count, 5000)) },
  };
  test.each(Object.entries(fillers))('%s', async (_, open) => {
    await using kernel = await mounted(dir({ a: plain(open) }));
    const file = await kernel.open((await kernel.lookup(ROOT, 'a')).node);
    expect((await kernel.read(file, 0, 1 << 20)).equals(content)).toBe(true);
    expect((await kernel.read(file, 199_990, 100)).equals(content.subarray(199_990))).toBe(true);
    expect((await kernel.read(file, 200_000, 4096)).length).toBe(0);
  });
});

test('a synthetic file is read to its end, and commits when it is closed', async () => {
  const texts: string[] = [];
  const levels: string[] = [];
  const verbs = { level: ([level]: readonly string[]) => void levels.push(level) };
  await using kernel = await mounted(
    dir({
      text: text('hello\n', {
        write: (all) => {
          if (all === 'bad') throw new TypeError('a fault of mine');
          texts.push(all);
        },
      }),
      ctl: ctl(verbs, () => 'level 3\n'),
    }),
  );
  const { node } = await kernel.lookup(ROOT, 'text');
  const { node: ctlNode } = await kernel.lookup(ROOT, 'ctl');
  const file = await kernel.open(node, O.RDWR);
  expect(file.flags).toBe(FOPEN.DIRECT_IO);
  expect((await kernel.read(file, 0, 4096)).toString()).toBe('hello\n');
  await kernel.setattr(node, { size: 0 }, file.open);
  await kernel.flush(file);
  expect(texts).toEqual([]);
  await kernel.write(file, 0, 'new');
  await kernel.flush(file);
  await kernel.flush(file);
  expect(texts).toEqual(['new']);
  await kernel.write(file, 0, 'bad');
  expect(await failure(kernel.flush(file))).toBe('EIO');
  expect(kernel.logged.join()).toMatch(/a fault of mine/);
  await kernel.release(file);
  const control = await kernel.open(ctlNode, O.WRONLY | O.TRUNC);
  expect(await kernel.write(control, 0, 'level 7\n')).toBe(8);
  expect(await failure(kernel.write(control, 0, 'nonsense\n'))).toBe('EINVAL');
  expect(levels).toEqual(['7']);
});

describe('caching', () => {
  const tree = async () => {
    const plainTree = ram();
    await using kernel = await mounted(plainTree);
    await kernel.release(await kernel.create(ROOT, 'a'));
    return plainTree;
  };

  test.each([
    ['none', 0, FOPEN.DIRECT_IO | FOPEN.PARALLEL_DIRECT_WRITES, 0],
    ['auto', 1, 0, 0],
    ['loose', 86_400, FOPEN.KEEP_CACHE, FOPEN.KEEP_CACHE | FOPEN.CACHE_DIR],
  ] as const)('%s', async (cache, seconds, flags, dirFlags) => {
    await using kernel = await mounted(await tree(), { cache });
    expect((await kernel.getattr(ROOT)).validFor).toBe(seconds);
    const entry = await kernel.lookup(ROOT, 'a');
    expect(entry).toMatchObject({ validFor: seconds, entryValidFor: seconds });
    const file = await kernel.open(entry.node);
    expect(file.flags).toBe(flags);
    expect((await kernel.opendir(ROOT)).flags).toBe(dirFlags);
    const appended = await kernel.open(entry.node, O.WRONLY | O.APPEND);
    expect(appended.flags).toBe(FOPEN.DIRECT_IO | FOPEN.PARALLEL_DIRECT_WRITES);
    const absent = kernel.lookup(ROOT, 'missing');
    if (cache === 'loose') expect(await absent).toMatchObject({ node: 0, entryValidFor: 86_400 });
    else expect(await failure(absent)).toBe('ENOENT');
  });

  test.each(['none', 'auto', 'loose'] as const)('nothing of synthetic files: %s', async (cache) => {
    await using kernel = await mounted(dir({ a: text('x') }), { cache });
    expect((await kernel.getattr(ROOT)).validFor).toBe(0);
    const entry = await kernel.lookup(ROOT, 'a');
    expect(entry).toMatchObject({ validFor: 0, entryValidFor: 0 });
    expect((await kernel.open(entry.node)).flags).toBe(FOPEN.DIRECT_IO);
    expect((await kernel.opendir(ROOT)).flags).toBe(0);
  });

  const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

  test('an open of a name that is another file’s by now is stale', async () => {
    const shared = await tree();
    await using kernel = await mounted(shared);
    await using other = await mounted(shared);
    const { node } = await kernel.lookup(ROOT, 'a');
    await other.mknod(ROOT, 'b', 0o100644);
    await other.rename(ROOT, 'b', ROOT, 'a');
    await later();
    expect(await failure(kernel.open(node))).toBe('ESTALE');
    const found = await kernel.lookup(ROOT, 'a');
    expect(found.node).not.toBe(node);
    await kernel.open(found.node);
    await other.unlink(ROOT, 'a');
    await later();
    expect(await failure(kernel.open(found.node))).toBe('ESTALE');
  });

  test('an open tells the kernel to ask for attributes that have changed, before it is answered', async () => {
    const shared = await tree();
    await using kernel = await mounted(shared);
    await using other = await mounted(shared);
    const { node } = await kernel.lookup(ROOT, 'a');
    const theirs = await other.open((await other.lookup(ROOT, 'a')).node, O.RDWR);
    const changes = async (): Promise<boolean> => {
      const before = kernel.notifications.length;
      await later();
      const wait = gate();
      kernel.notifying = wait.promise;
      const { answers } = kernel;
      const asked = kernel.open(node);
      await settled();
      const told = kernel.notifications.slice(before);
      expect(kernel.answers).toBe(told.length > 0 ? answers : answers + 1);
      wait.open();
      await kernel.release(await asked);
      for (const { kind, body } of told) {
        expect([kind, body.u64(), body.i64(), body.i64()]).toEqual([NOTIFY.INVAL_INODE, node, -1, 0]);
      }
      return told.length > 0;
    };
    expect(await changes()).toBe(false);
    await other.write(theirs, 0, 'four');
    expect(await changes()).toBe(true);
    await kernel.getattr(node);
    expect(await changes()).toBe(false);
    // As many bytes as before.
    await other.write(theirs, 0, 'FOUR');
    expect(await changes()).toBe(true);
    await kernel.getattr(node);
    expect(await changes()).toBe(false);
  });
});

describe('options', () => {
  test('uid, gid and umask are what is shown', async () => {
    await using kernel = await mounted(ram(), { uid: 7, gid: 8, umask: 0o027 });
    const { attr } = await kernel.mknod(ROOT, 'a', 0o100666);
    expect(attr).toMatchObject({ uid: 7, gid: 8, mode: 0o100640 });
    expect((await kernel.getattr(ROOT)).attr).toMatchObject({ uid: 7, gid: 8, mode: 0o040750 });
  });

  test('read-only', async () => {
    const tree = ram();
    await using writer = await mounted(tree);
    const file = await writer.create(ROOT, 'a');
    await writer.write(file, 0, 'text');
    const { node: sub } = await writer.mkdir(ROOT, 'd');
    expect(sub).toBeGreaterThan(1);
    await using kernel = await mounted(tree, { readOnly: true });
    const { node } = await kernel.lookup(ROOT, 'a');
    const { node: d } = await kernel.lookup(ROOT, 'd');
    const open = await kernel.open(node);
    expect((await kernel.read(open, 0, 10)).toString()).toBe('text');
    for (const asked of [
      kernel.open(node, O.WRONLY),
      kernel.open(node, O.TRUNC),
      kernel.create(ROOT, 'x'),
      kernel.mkdir(d, 'x'),
      kernel.symlink(d, 'x', 'y'),
      kernel.link(node, d, 'x'),
      kernel.unlink(ROOT, 'a'),
      kernel.rmdir(ROOT, 'd'),
      kernel.rename(ROOT, 'a', d, 'b'),
      kernel.setattr(node, { mode: 0 }),
      kernel.setxattr(node, 'user.x', Buffer.from('x')),
    ]) {
      expect(await failure(asked)).toBe('EROFS');
    }
  });
});
