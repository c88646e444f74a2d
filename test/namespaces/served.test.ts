/** A namespace that is served: exportfs(4). */
import { afterEach, describe, expect, test } from '@jest/globals';
import { Fid, attach } from '../../src/client/index.ts';
import { dial } from '../../src/dial.ts';
import { WRITE, type File } from '../../src/file/index.ts';
import { MAFTER, MCREATE, type Namespace } from '../../src/namespaces/index.ts';
import { ram } from '../../src/resources/index.ts';
import { serve, type Serving } from '../../src/serve.ts';
import { Server } from '../../src/server/index.ts';
import { pipe } from '../../src/transport/index.ts';
import { codeOf, list, named, treeOf, world } from './trees.ts';
import { GLENDA, USERS } from './users.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function onTcp(file: File): Promise<Serving> {
  const serving = await serve('tcp://127.0.0.1:0', file, { owner: GLENDA, users: USERS });
  ends.push(() => serving.close());
  return serving;
}

async function dialled(address: string): Promise<Fid> {
  const root = new Fid(await dial(address, { user: GLENDA }));
  ends.push(() => root.close());
  return root;
}

function made(): Namespace {
  const ns = world();
  ends.push(() => ns.close());
  return ns;
}

/** The qid paths of all files below, by path. */
async function qids(root: Fid, path = ''): Promise<Map<string, bigint>> {
  const found = new Map<string, bigint>();
  for await (const { name, type, qid } of root.list({ path })) {
    const at = path === '' ? name : `${path}/${name}`;
    found.set(at, qid.path);
    expect((await root.stat(at)).qid.path).toBe(qid.path);
    if (type === 'dir') for (const [below, id] of await qids(root, at)) found.set(below, id);
  }
  return found;
}

describe('a served namespace', () => {
  test('is live: what is mounted later is seen, and what is unmounted is not', async () => {
    const ns = made();
    const { address } = await onTcp(ns.file());
    const root = await dialled(address);
    expect(await list(ns, '/n')).toEqual([]);
    await ns.mount(await named('a'), '/n/a');
    expect(await root.readText('n/a/who')).toBe('a');
    await ns.unmount('/n/a');
    expect(await codeOf(root.stat('n/a'))).toBe('ENOENT');
  });

  test('goes on for open files after an unmount', async () => {
    const ns = made();
    await ns.mount(await named('a'), '/n/a');
    const { address } = await onTcp(ns.file());
    const root = await dialled(address);
    await using file = await (await root.walk('n/a/who')).open();
    await ns.unmount('/n/a');
    expect(new TextDecoder().decode(await file.read())).toBe('a');
  });

  test('goes on when the namespace is closed: with its own tree', async () => {
    const ns = made();
    await ns.mount(await named('a'), '/n/a');
    const { address } = await onTcp(ns.file());
    const root = await dialled(address);
    await ns.close();
    expect(await codeOf(root.stat('n/a'))).toBe('ENOENT');
    await root.writeFile('tmp/f', 'x');
    expect(await root.readText('tmp/f')).toBe('x');
  });

  test('.. at the root of an attach stays there', async () => {
    const ns = made();
    await ns.mount(await treeOf({ 'd/e/': '' }), '/n/a');
    const { address } = await onTcp(ns.file());
    const root = await dialled(address);
    await using top = await root.walk('../..');
    expect(top.qid.path).toBe(root.qid.path);
    for (const path of ['n/a', 'n/a/d']) {
      const sub = await dialled(`${address}/${path}`);
      await using above = await sub.walk('..');
      expect(above.qid.path).toBe(sub.qid.path);
      const attached = await dialled(`${address}?aname=${encodeURIComponent(path)}`);
      await using stillThere = await attached.walk('../..');
      expect(stillThere.qid.path).toBe(sub.qid.path);
      await using below = await attached.walk(path === 'n/a' ? 'd/..' : 'e/..');
      expect(below.qid.path).toBe(sub.qid.path);
    }
  });

  test('.. crosses the mount point back', async () => {
    const ns = made();
    await ns.mount(await treeOf({ 'd/': '' }), '/n/a');
    const root = await dialled((await onTcp(ns.file())).address);
    await using n = await root.walk('n');
    await using up = await (await root.walk('n/a/d')).walk('../..');
    expect(up.qid.path).toBe(n.qid.path);
  });

  test('creates and refuses as the namespace does', async () => {
    const ns = made();
    await ns.mount(await named('a'), '/n/u');
    await ns.mount(await named('b'), '/n/u', MAFTER | MCREATE);
    await ns.mount(await named('c'), '/n/c');
    const root = await dialled((await onTcp(ns.file())).address);
    await root.writeFile('n/u/new', 'x');
    expect(await list(ns, '/n/u')).toEqual(['who', 'only-a', 'only-b', 'new']);
    expect(await codeOf(root.create('n/c/new'))).toBe('EPERM');
    expect(await codeOf(root.remove('n/c'))).toBe('EBUSY');
    expect(await codeOf(root.rename('n/u/new', 'n/c/new'))).toBe('EXDEV');
    await root.remove('n/u/new');
  });
});

describe('the qids of a served namespace', () => {
  test('differ for all files of all trees', async () => {
    const ns = made();
    const inner = made();
    // As disks of the same making: the same numbers for other files.
    for (const name of ['a', 'b', 'c', 'd']) {
      await ns.mount(numbered(2n ** 40n), `/n/${name}`);
      await inner.mount(numbered(2n ** 40n), `/n/${name}`);
    }
    await ns.mount((await onTcp(inner.file())).address, '/n/inner');
    const all = await qids(await dialled((await onTcp(ns.file())).address));
    expect(all.size).toBe(29);
    expect(new Set(all.values()).size).toBe(all.size);
  });

  test('of what is made in a union are those of the member', async () => {
    const ns = made();
    await ns.mount(await named('a'), '/n/u');
    await ns.mount(await named('b'), '/n/u', MAFTER | MCREATE);
    const { address } = await onTcp(ns.file());
    const dir = await dial(`${address}/n/u`, { user: GLENDA });
    const r = { user: GLENDA, aname: '', signal: new AbortController().signal };
    const files = {
      dir: await dir.mkdir!('dir', { mode: 0o755 }, r),
      link: await dir.symlink!('link', 'x', { mode: 0o777 }, r),
      file: (await dir.create!('file', { mode: 0o644 }, WRITE, r)).file,
    };
    const root = await dialled(`${address}/n/u`);
    for (const [name, { qid }] of Object.entries(files)) {
      expect((await root.stat(name)).qid.path).toBe(qid.path);
    }
    for (const file of [...Object.values(files), dir]) file.release?.();
  });

  test('stay what they are: for the same file, on every connection, over renames and other mounts', async () => {
    const ns = made();
    await ns.mount(await treeOf({ 'd/f': '' }), '/n/a');
    const { address } = await onTcp(ns.file());
    const root = await dialled(address);
    const before = (await root.stat('n/a/d/f')).qid.path;
    await ns.mount(ram(), '/n/b');
    await ns.bind('/n/a/d', '/mnt');
    await ns.rename('/n/a/d/f', '/n/a/d/g');
    const again = await dialled(address);
    for (const path of ['n/a/d/g', 'mnt/g']) {
      expect((await root.stat(path)).qid.path).toBe(before);
      expect((await again.stat(path)).qid.path).toBe(before);
    }
  });

  test('stay what they are over a reconnect to a mounted server', async () => {
    const tree = await treeOf({ 'd/f': 'x' });
    const server = new Server(tree, { owner: GLENDA, users: USERS });
    ends.push(() => server.close());
    let ours = pipe();
    server.accept(ours[0]);
    const again = async () => {
      ours = pipe();
      server.accept(ours[0]);
      return ours[1];
    };
    const file = await attach(ours[1], { user: GLENDA, again });
    const ns = made();
    await ns.mount(file, '/n/a');
    const root = await dialled((await onTcp(ns.file())).address);
    const before = await qids(root);
    ours[0].abort(new Error('cut'));
    expect(await qids(root)).toEqual(before);
    expect(await root.readText('n/a/d/f')).toBe('x');
    file.release();
  });
});

/** A directory with one file, whose numbers are given. */
function numbered(first: bigint): File {
  const tree = {};
  const when = { sec: 0, nsec: 0 };
  const attr = (type: 'dir' | 'file') => () =>
    ({ type, nature: 'plain', mode: 0o755, size: 0, atime: when, mtime: when }) as const;
  const leaf: File = { tree, qid: { type: 0, version: 0, path: first + 1n }, attr: attr('file') };
  return {
    tree,
    qid: { type: 0x80, version: 0, path: first },
    attr: attr('dir'),
    walk: (name) => (name === 'f' ? leaf : undefined),
    open: () => ({
      list: (cookie) => (cookie > 0n ? [] : [{ name: 'f', qid: leaf.qid, type: 'file', cookie: 1n }]),
    }),
  };
}
