/** What is mounted is given up once: when it is unmounted, and nobody uses it any more. */
import { describe, expect, test } from '@jest/globals';
import { Fid } from '../../src/client/index.ts';
import { text, type File } from '../../src/file/index.ts';
import { MAFTER, MREPL, type Namespace } from '../../src/namespaces/index.ts';
import { CountedFile } from './counting.ts';
import { codeOf, named, treeOf, world } from './trees.ts';

async function counted(name = 'a'): Promise<CountedFile> {
  return new CountedFile(await named(name));
}

/** A namespace that dials Files that are given to it, and owns them then. */
function dialling(files: Readonly<Record<string, File>>): Namespace {
  return world({ dial: async (url) => files[url] });
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

describe('a File that is mounted', () => {
  test('is shared while it is, and stays its owner’s', async () => {
    const file = await counted();
    await using ns = world();
    await ns.mount(file, '/n/a');
    expect(file.references).toBe(2);
    await ns.unmount('/n/a');
    expect(file.references).toBe(1);
  });

  test('is given up when it is replaced', async () => {
    const [a, b] = [await counted(), await counted()];
    await using ns = world();
    await ns.mount(a, '/n/a');
    await ns.mount(b, '/n/a');
    expect([a.references, b.references]).toEqual([1, 2]);
    await ns.mount(a, '/n/a', MAFTER);
    await ns.mount(a, '/n/a', MAFTER);
    expect(a.references).toBe(3);
    await ns.mount(await named('c'), '/n/a', MREPL);
    expect([a.references, b.references]).toEqual([1, 1]);
  });

  test('is given up when the namespace is cleared, or closed', async () => {
    const file = await counted();
    const ns = world();
    await ns.mount(file, '/n/a');
    ns.clear();
    expect(file.references).toBe(1);
    await ns.mount(file, '/n/a');
    await ns.close();
    expect(file.references).toBe(1);
  });

  test('is given up if it cannot be mounted', async () => {
    const file = await counted();
    await using ns = world();
    await ns.writeFile('/tmp/f', '');
    expect(await codeOf(ns.mount(file, '/tmp/f'))).toBe('ENOTDIR');
    expect(await codeOf(ns.mount(file, '/n/a', 3))).toBe('EINVAL');
    expect(await codeOf(ns.mount(file, '/n/a', MREPL, { aname: 'x' }))).toBe('EINVAL');
    expect(file.references).toBe(1);
  });

  test('without share is not released', async () => {
    let released = 0;
    const file: File = Object.assign(text('x'), { release: () => void released++ });
    const ns = world();
    await ns.mount(file, '/dev/x');
    await ns.close();
    expect(released).toBe(0);
  });
});

describe('a tree that was dialled', () => {
  test('is the namespace’s, and released with the mount', async () => {
    const file = await counted();
    await using ns = dialling({ 'x:': file });
    await ns.mount('x:', '/n/a');
    expect(file.references).toBe(1);
    await ns.unmount('/n/a');
    expect(file.references).toBe(0);
  });

  test('is released if it cannot be mounted', async () => {
    const file = await counted();
    await using ns = dialling({ 'x:': file });
    await ns.writeFile('/tmp/f', '');
    expect(await codeOf(ns.mount('x:', '/tmp/f'))).toBe('ENOTDIR');
    expect(file.references).toBe(0);
  });

  test('is released if it comes when nobody wants it any more', async () => {
    const file = await counted();
    const dialled = deferred<void>();
    const answer = deferred<File>();
    const dial = (): Promise<File> => {
      dialled.resolve();
      return answer.promise;
    };
    await using ns = world({ dial });
    const controller = new AbortController();
    const mounting = ns.mount('x:', '/n/a', MREPL, { signal: controller.signal });
    await dialled.promise;
    const reason = new Error('no more');
    controller.abort(reason);
    await expect(mounting).rejects.toBe(reason);
    answer.resolve(file);
    await new Promise(setImmediate);
    expect(file.references).toBe(0);
    expect(ns.mounts).toBe(0);
  });

  test('is not dialled for a mount point that cannot be', async () => {
    let dialled = 0;
    await using ns = world({ dial: async () => (dialled++, named('a')) });
    await ns.mount('x:', '/n/a');
    expect(await codeOf(ns.mount('x:', '/n/a/who/x'))).toBe('ENOTDIR');
    expect(await codeOf(ns.mount('x:', '/n/a/missing'))).toBe('ENOENT');
    expect(dialled).toBe(1);
  });
});

describe('what is in use stays after it was unmounted', () => {
  test('a directory that is open', async () => {
    const file = await counted();
    await using ns = dialling({ 'x:': file });
    await ns.mount('x:', '/n/a');
    const dir = await ns.open('/n/a');
    const entries = dir.list()[Symbol.asyncIterator]();
    await entries.next();
    await ns.unmount('/n/a');
    expect([file.references, file.opens]).toEqual([1, 2]);
    expect((await entries.next()).value.name).toBe('only-a');
    await entries.return(undefined);
    await dir.close();
    await new Promise(setImmediate);
    expect([file.references, file.opens]).toEqual([0, 0]);
  });

  test('a union that is open', async () => {
    const [a, b] = [await counted('a'), await counted('b')];
    await using ns = dialling({ 'a:': a, 'b:': b });
    await ns.mount('a:', '/n/u');
    await ns.mount('b:', '/n/u', MAFTER);
    const dir = await ns.open('/n/u');
    await ns.unmount('/n/u');
    expect([a.references, b.references]).toEqual([1, 1]);
    await dir.close();
    expect([a.references, b.references]).toEqual([0, 0]);
  });

  test('a file below it, open or not', async () => {
    const file = await counted();
    await using ns = dialling({ 'x:': file });
    await ns.mount('x:', '/n/a');
    const open = await ns.open('/n/a/who');
    const walked = await ns.walk('/n/a/who');
    await ns.unmount('/n/a');
    expect(new TextDecoder().decode(await open.read())).toBe('a');
    await open.close();
    expect(file.references).toBe(1);
    expect((await walked.stat()).size).toBe(1);
    await walked.close();
    expect(file.references).toBe(0);
  });

  test('a file that is mounted on a file, and open', async () => {
    const file = new CountedFile(text('mounted'));
    await using ns = dialling({ 'x:': file });
    await ns.mount('x:', '/dev/x');
    const open = await ns.open('/dev/x');
    await ns.unmount('/dev/x');
    expect([file.references, file.opens]).toEqual([1, 1]);
    expect(new TextDecoder().decode(await open.read())).toBe('mounted');
    await open.close();
    expect([file.references, file.opens]).toEqual([0, 0]);
  });

  test('a tree of which something is bound elsewhere, or mounted on', async () => {
    const [a, b] = [new CountedFile(await treeOf({ 'd/e/': '' })), await counted()];
    await using ns = dialling({ 'a:': a, 'b:': b });
    await ns.mount('a:', '/n/a');
    await ns.bind('/n/a/d', '/mnt');
    await ns.unmount('/n/a');
    expect(a.references).toBe(1);
    await ns.mount('b:', '/mnt/e');
    await ns.unmount('/mnt');
    // Its directory is still mounted on, though no path leads there.
    expect([a.references, b.references]).toEqual([1, 1]);
    ns.clear();
    expect([a.references, b.references]).toEqual([0, 0]);
  });

  test('by a walk that is under way', async () => {
    const file = await counted();
    await using ns = dialling({ 'x:': file });
    await ns.mount('x:', '/n/a');
    const gate = deferred<void>();
    file.gate = gate.promise;
    const walking = ns.walk('/n/a/who');
    await ns.unmount('/n/a');
    expect(file.references).toBe(1);
    gate.resolve();
    const fid = await walking;
    expect(await fid.readText()).toBe('a');
    expect(file.references).toBe(1);
    await fid.close();
    expect(file.references).toBe(0);
  });
});

describe('forks', () => {
  test('keep what was mounted until the last of them lets it go', async () => {
    const file = await counted();
    const ns = dialling({ 'x:': file });
    await ns.mount('x:', '/n/a');
    const [one, two] = [ns.fork(), ns.fork()];
    await ns.unmount('/n/a');
    await ns.close();
    expect(file.references).toBe(1);
    expect(await one.readText('/n/a/who')).toBe('a');
    await one.unmount('/n/a');
    expect(file.references).toBe(1);
    await one.close();
    expect(file.references).toBe(1);
    await two.close();
    expect(file.references).toBe(0);
  });

  test('keep the tree at / until the last of them is closed', async () => {
    const root = new CountedFile(await named('root'));
    const ns = world({ root });
    const fork = ns.fork();
    const file = fork.file();
    await ns.close();
    expect(root.references).toBe(1);
    expect(await fork.readText('/who')).toBe('root');
    await fork.close();
    expect(root.references).toBe(1);
    const fid = new Fid(file);
    expect(await fid.readText('who')).toBe('root');
    await fid.close();
    expect(root.references).toBe(0);
  });

  test('close twice does nothing', async () => {
    const root = new CountedFile(await named('root'));
    const ns = world({ root });
    await ns.close();
    await ns.close();
    expect(root.references).toBe(0);
  });
});
