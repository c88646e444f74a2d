/** What the kernel knows of files: how often it was told, what of it is held, and that nothing is left of it. */
import { describe, expect, test } from '@jest/globals';
import { Chan, dir, text, type File } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { O } from './calls.ts';
import { OWNER } from '../../client/served.ts';
import { ROOT, failure, settled, until } from './kernel.ts';
import { changed, far, gate, mounted, type Far } from './mounted.ts';

const REG = 0o100644;

/** All is given back, here and there. */
async function cleared(place: Far): Promise<void> {
  const { kernel } = place;
  kernel.forgetAll();
  await settled();
  expect(kernel.server.size).toMatchObject({ known: 1, opens: 0 });
  expect(place.fids).toBe(1);
}

test('every answer that names a file is to be forgotten once', async () => {
  await using place = await far();
  const { kernel } = place;
  const file = await kernel.create(ROOT, 'file');
  const { node: sub } = await kernel.mkdir(ROOT, 'dir');
  await kernel.mknod(sub, 'node', REG);
  await kernel.symlink(sub, 'symlink', 'x');
  await kernel.link(file.node, sub, 'link');
  expect(kernel.lookups.get(file.node)).toBe(2);
  await kernel.walk('dir/link');
  await kernel.getattr(ROOT);
  const root = await kernel.opendir(ROOT);
  expect(await kernel.list(root, 4096, true)).toEqual(['.', '..', 'file', 'dir']);
  expect(kernel.lookups.get(file.node)).toBe(4);
  expect(kernel.lookups.get(sub)).toBe(3);
  expect(kernel.server.size).toEqual({ known: 5, held: 4, opens: 2 });
  // Less than all of it changes nothing.
  kernel.forget(sub, 2);
  kernel.lookups.set(sub, 1);
  expect(await kernel.getattr(sub)).toBeDefined();
  await kernel.release(file);
  await kernel.releasedir(root);
  await cleared(place);
  expect(await failure(kernel.getattr(sub))).toBe('ESTALE');
});

describe('identity', () => {
  test('a file replaced by a rename has another node', async () => {
    await using place = await far();
    const { kernel } = place;
    const { node: a } = await kernel.mknod(ROOT, 'a', REG);
    const { node: b } = await kernel.mknod(ROOT, 'b', REG);
    const open = await kernel.open(b, O.RDWR);
    await kernel.write(open, 0, 'old');
    await kernel.rename(ROOT, 'a', ROOT, 'b');
    expect((await kernel.lookup(ROOT, 'b')).node).toBe(a);
    expect((await kernel.read(open, 0, 10)).toString()).toBe('old');
    expect((await kernel.getattr(b)).attr.nlink).toBe(0);
    await kernel.release(open);
    await cleared(place);
  });

  test('a rename within a file’s own names changes nothing', async () => {
    await using place = await far();
    const { kernel } = place;
    const { node } = await kernel.mknod(ROOT, 'a', REG);
    await kernel.link(node, ROOT, 'b');
    await kernel.rename(ROOT, 'a', ROOT, 'b');
    await kernel.rename(ROOT, 'b', ROOT, 'a');
    for (const name of ['a', 'b']) expect((await kernel.lookup(ROOT, name)).node).toBe(node);
    await cleared(place);
  });

  test('a directory in the place of a file that was removed elsewhere', async () => {
    const tree = ram();
    const moment = { sec: 0, nsec: 0 };
    const attr = { nature: 'plain', mode: 0o755, size: 0, atime: moment, mtime: moment } as const;
    const make = (type: 'file' | 'dir'): File => ({
      tree,
      qid: { type: type === 'dir' ? 0x80 : 0, version: 0, path: 77n },
      attr: () => ({ ...attr, type }),
    });
    let now = make('file');
    await using kernel = await mounted(changed(tree, { walk: () => now }));
    const before = await kernel.lookup(ROOT, 'x');
    now = make('dir');
    const after = await kernel.lookup(ROOT, 'x');
    expect(after.node).not.toBe(before.node);
    kernel.forget(before.node, 1);
    expect((await kernel.lookup(ROOT, 'x')).node).toBe(after.node);
    kernel.forgetAll();
    expect(kernel.server.size.known).toBe(1);
  });

  test('a directory in two places is two, and a file in two is one', async () => {
    const file = text('x');
    const sub = dir({ file });
    const files = new Map([
      ['one', sub],
      ['two', sub],
    ]);
    const root = dir(files);
    files.set('loop', root);
    await using kernel = await mounted(root);
    const [one, two, loop] = [await kernel.walk('one'), await kernel.walk('two'), await kernel.walk('loop')];
    expect(new Set([ROOT, one.node, two.node, loop.node]).size).toBe(4);
    expect(two.attr.ino).toBe(one.attr.ino);
    expect((await kernel.lookup(ROOT, 'one')).node).toBe(one.node);
    expect((await kernel.walk('loop/loop/two/file')).node).toBe((await kernel.walk('one/file')).node);
    kernel.forgetAll();
    expect(kernel.server.size.known).toBe(1);
  });

  test('a number that comes to another file once its file is gone', async () => {
    const tree = ram();
    const r = { user: OWNER, aname: '', signal: new AbortController().signal };
    const root = Chan.attach(tree, { borrowed: true });
    let path = 0n;
    const find = async (name: string): Promise<File | undefined> => {
      const file = await root.lookup(name, r);
      return file && changed(file, { qid: { ...file.qid, path: (path ||= file.qid.path) } });
    };
    await using kernel = await mounted(changed(tree, { walk: find }));
    const a = await kernel.mknod(ROOT, 'a', REG);
    await kernel.unlink(ROOT, 'a');
    const b = await kernel.mknod(ROOT, 'b', 0o100600);
    expect(b.attr.ino).toBe(a.attr.ino);
    expect(b.node).not.toBe(a.node);
    kernel.forget(a.node, 1);
    expect((await kernel.getattr(b.node)).attr.mode).toBe(0o100600);
    kernel.forgetAll();
    expect(kernel.server.size.known).toBe(1);
  });
});

describe('names', () => {
  test('a directory is renamed: what is known below it goes with it', async () => {
    await using place = await far();
    const { kernel } = place;
    const { node: top } = await kernel.mkdir(ROOT, 'top');
    const { node: mid } = await kernel.mkdir(top, 'mid');
    const { node: leaf } = await kernel.mknod(mid, 'leaf', REG);
    const { node: to } = await kernel.mkdir(ROOT, 'to');
    await kernel.rename(ROOT, 'top', to, 'moved');
    for (const node of [top, mid, leaf]) expect((await kernel.getattr(node)).attr.nlink).toBeGreaterThan(0);
    const open = await kernel.open(leaf, O.RDWR);
    await kernel.write(open, 0, 'x');
    await kernel.release(open);
    expect((await kernel.walk('to/moved/mid/leaf')).attr.size).toBe(1);
    await kernel.mknod(mid, 'more', REG);
    await cleared(place);
  });

  test('the newest name is the one by which a file is reached', async () => {
    await using place = await far();
    const { kernel } = place;
    const { node } = await kernel.mknod(ROOT, 'a', REG);
    await kernel.link(node, ROOT, 'b');
    await kernel.unlink(ROOT, 'a');
    // An open takes the fid; then the way there is needed.
    for (let i = 0; i < 3; i++) {
      const open = await kernel.open(node);
      expect((await kernel.setattr(node, { mode: 0o600 })).attr.nlink).toBe(1);
      await kernel.release(open);
      expect((await kernel.getattr(node)).attr.nlink).toBe(1);
    }
    await cleared(place);
  });

  test('a file that somebody else renamed is looked up again', async () => {
    await using place = await far();
    const { kernel } = place;
    const { node } = await kernel.mknod(ROOT, 'a', REG);
    const elsewhere = await mounted(place.tree);
    await elsewhere.rename(ROOT, 'a', ROOT, 'b');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await failure(kernel.open(node))).toBe('ESTALE');
    expect(await failure(kernel.lookup(ROOT, 'a'))).toBe('ENOENT');
    expect((await kernel.lookup(ROOT, 'b')).node).toBe(node);
    const open = await kernel.open(node);
    await kernel.release(open);
    expect((await kernel.getattr(node)).attr.nlink).toBe(1);
    await cleared(place);
    await elsewhere[Symbol.asyncDispose]();
  });

  test('two directories that others have put into each other', async () => {
    const tree = ram();
    await using place = await far(tree, {}, { limits: { fids: 40 } });
    const { kernel } = place;
    const { node: a } = await kernel.mkdir(ROOT, 'a');
    const { node: b } = await kernel.mkdir(a, 'b');
    const r = { user: OWNER, aname: '', signal: new AbortController().signal };
    const root = Chan.attach(tree, { borrowed: true });
    const chanOf = async (name: string) => (await root.walk([name], r)).chan!;
    await (await chanOf('a')).rename('b', root, 'b', true, r);
    await root.rename('a', await chanOf('b'), 'a', true, r);
    // The kernel has not seen it: it has b in a, and asks b for a.
    const { node: below } = await kernel.lookup(b, 'a');
    // So many that neither can be held, and the way to them is needed.
    for (let i = 0; i < 100; i++) await kernel.mknod(ROOT, `${i}`, REG);
    for (const node of [a, b, below]) expect(await failure(kernel.getattr(node))).toBe('ESTALE');
    const top = await kernel.walk('b');
    expect((await kernel.lookup(top.node, 'a')).attr.nlink).toBe(2);
    expect((await kernel.getattr(top.node)).attr.nlink).toBe(3);
    await cleared(place);
  });

  test('10,000 directories, one in the other', async () => {
    await using kernel = await mounted(ram({ size: 1 << 28 }));
    let node = ROOT;
    for (let i = 0; i < 10_000; i++) ({ node } = await kernel.mkdir(node, 'd'));
    await kernel.rename(ROOT, 'd', ROOT, 'e');
    expect((await kernel.getattr(node)).attr.nlink).toBe(2);
    kernel.forgetAll();
    expect(kernel.server.size.known).toBe(1);
  });
});

describe('what is held', () => {
  test('goes when the server has no more fids, and is walked to again', async () => {
    await using place = await far(ram(), {}, { limits: { fids: 60 } });
    const { kernel } = place;
    const nodes: number[] = [];
    for (let i = 0; i < 200; i++) {
      const { node } = i % 2 ? await kernel.mkdir(ROOT, `${i}`) : await kernel.mknod(ROOT, `${i}`, REG);
      nodes.push(node);
    }
    expect(kernel.server.size).toMatchObject({ known: 201 });
    expect(kernel.server.size.held).toBeLessThan(60);
    for (const node of nodes) expect((await kernel.getattr(node)).attr.nlink).toBeGreaterThan(0);
    await kernel.rename(ROOT, '0', ROOT, 'zero');
    await kernel.getattr(nodes[0]);
    const open = await kernel.open(nodes[0], O.RDWR);
    await kernel.write(open, 0, 'x');
    await kernel.release(open);
    await kernel.link(nodes[2], nodes[1], 'link');
    expect((await kernel.walk('1/link')).node).toBe(nodes[2]);
    await cleared(place);
  });

  test('is given up by whoever has too much of it', async () => {
    await using kernel = await mounted();
    for (let i = 0; i < 6000; i++) await kernel.mknod(ROOT, `${i}`, REG);
    expect(kernel.server.size.known).toBe(6001);
    expect(kernel.server.size.held).toBeLessThanOrEqual(4096);
    expect((await kernel.lookup(ROOT, '17')).attr.nlink).toBe(1);
    kernel.forgetAll();
    expect(kernel.server.size).toMatchObject({ known: 1 });
  });

  test('is given up in its own time where a call is at work with it', async () => {
    const wait = gate();
    let slow = false;
    let released = 0;
    const plain = text('x');
    const file = changed(plain, {
      attr: async (r) => {
        if (slow) await wait.promise;
        return plain.attr(r);
      },
      release: () => void released++,
    });
    await using kernel = await mounted(dir({ file }), { timeout: 50 });
    const { node } = await kernel.lookup(ROOT, 'file');
    slow = true;
    expect(await failure(kernel.getattr(node))).toBe('EIO');
    kernel.forgetAll();
    expect(kernel.server.size.known).toBe(1);
    expect(released).toBe(0);
    wait.open();
    await until(() => released === 1, 'its release');
  });
});

test('a name is found while its directory is forgotten', async () => {
  const wait = gate();
  const sub = dir({ a: text('x') });
  const slow = changed(sub, {
    walk: async (name, r) => {
      await wait.promise;
      return sub.walk!(name, r);
    },
  });
  await using kernel = await mounted(dir({ slow }), { timeout: 50 });
  const { node } = await kernel.lookup(ROOT, 'slow');
  expect(await failure(kernel.lookup(node, 'a'))).toBe('EIO');
  kernel.forgetAll();
  expect(kernel.server.size.known).toBe(1);
  wait.open();
  await settled();
  expect(kernel.server.size).toMatchObject({ known: 1 });
});
