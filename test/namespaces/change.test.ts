/** Walking, removing, renaming, linking and changing across mount points and in unions. */
import { describe, expect, test } from '@jest/globals';
import { NEVER } from '../../src/client/abort.ts';
import { Fid } from '../../src/client/index.ts';
import { Chan, openMode, type File, type Request, type User } from '../../src/file/index.ts';
import { MAFTER, MBEFORE, MCREATE, type Namespace } from '../../src/namespaces/index.ts';
import { ram } from '../../src/resources/index.ts';
import { codeOf, list, named, treeOf, world, worldWith } from './trees.ts';
import { BOB, CAROL, GLENDA } from './users.ts';

const request = (user: User): Request => ({ user, aname: '', signal: NEVER });

/** A directory that is a union of two: new files go into the second. */
async function union(one: File, two: File): Promise<Namespace> {
  const namespace = world();
  await namespace.mount(one, '/n/u');
  await namespace.mount(two, '/n/u', MAFTER | MCREATE);
  return namespace;
}

describe('..', () => {
  test('leads back over the mount point that was crossed', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'x/y/f': '' }) });
    await ns.bind('/t/a/x', '/mnt/deep/er');
    await using fid = await ns.walk('/mnt/deep/er/y');
    expect(fid.path).toBe('/mnt/deep/er/y');
    await using up = await fid.walk('..');
    expect(up.path).toBe('/mnt/deep/er');
    await using upper = await up.walk('..');
    expect(upper.path).toBe('/mnt/deep');
    await using top = await fid.walk('../../../../../..');
    expect(top.path).toBe('/');
    expect(await codeOf(fid.stat('../../f'))).toBe('ENOENT');
  });

  test('in cd', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'x/y/f': 'f' }) });
    await ns.bind('/t/a/x', '/mnt');
    await ns.cd('/mnt/y');
    expect(await ns.readText('f')).toBe('f');
    await ns.cd('..');
    expect(ns.cwd).toBe('/mnt');
    await ns.cd('../t/a');
    expect(ns.cwd).toBe('/t/a');
    await ns.cd('../../../..');
    expect(ns.cwd).toBe('/');
    expect(await codeOf(ns.cd('nowhere'))).toBe('ENOENT');
    expect(await codeOf(ns.cd('/mnt/y/f'))).toBe('ENOTDIR');
    await expect(ns.cd('nowhere')).rejects.toThrow('cannot cd to nowhere: no such file or directory');
    expect(ns.cwd).toBe('/');
  });

  test('of a member is the union', async () => {
    await using ns = await union(await named('a'), await treeOf({ 'd/': '' }));
    await using fid = await ns.walk('/n/u/d');
    expect(await fid.readText('../who')).toBe('a');
  });

  test('of a file that is mounted on a file', async () => {
    await using ns = world();
    await ns.writeFile('/tmp/f', 'old');
    await ns.mount(await treeOf({ g: 'new' }), '/n/x');
    await ns.bind('/n/x/g', '/tmp/f');
    await using fid = await ns.walk('/tmp/f');
    expect(await fid.readText()).toBe('new');
    await using up = await fid.walk('..');
    expect(up.path).toBe('/tmp');
  });

  test('a Fid that is at a mount point sees what is mounted there later', async () => {
    await using ns = world();
    await using fid = await ns.walk('/mnt');
    await ns.mount(await named('a'), '/mnt');
    expect(await fid.readText('who')).toBe('a');
    await ns.unmount('/mnt');
    expect(await codeOf(fid.readText('who'))).toBe('ENOENT');
  });
});

describe('removal', () => {
  test('takes a name from the member that shows it', async () => {
    const [a, b] = [await named('a'), await named('b')];
    await using ns = await union(a, b);
    await ns.remove('/n/u/who');
    expect(await ns.readText('/n/u/who')).toBe('b');
    expect(await codeOf(new Fid(a).stat('who'))).toBe('ENOENT');
    await ns.remove('/n/u/who');
    expect(await codeOf(ns.remove('/n/u/who'))).toBe('ENOENT');
  });

  test('of what is mounted on is refused, also by a Fid, and in another name of it', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'x/y/': '' }) });
    await ns.mount(await named('b'), '/t/a/x/y');
    await ns.bind('/t/a/x', '/mnt');
    await ns.mount(await named('c'), '/n/c');
    for (const path of ['/t/a/x/y', '/mnt/y', '/n/c', '/n', '/t', '/mnt']) {
      await expect(ns.remove(path)).rejects.toThrow('something is mounted there: unmount it first');
      expect(await codeOf(ns.remove(path))).toBe('EBUSY');
    }
    const fid = await ns.walk('/mnt/y');
    expect(await codeOf(fid.remove())).toBe('EBUSY');
    await ns.unmount('/mnt/y');
    await ns.remove('/mnt/y');
  });

  test('of a directory with a mount point that was made', async () => {
    await using ns = world();
    await ns.mount(await named('a'), '/n/x');
    expect(await codeOf(ns.remove('/n'))).toBe('EBUSY');
    expect(await codeOf(ns.remove('/n/x'))).toBe('EBUSY');
    expect(await ns.readText('/n/x/who')).toBe('a');
    await ns.unmount('/n/x');
    await ns.remove('/n');
  });

  test('of all that is below a union', async () => {
    const [a, b] = [await treeOf({ 'd/x': '' }), await treeOf({ 'd/y': '', 'e/z': '' })];
    await using ns = await union(a, b);
    await ns.removeAll('/n/u/e');
    await ns.removeAll('/n/u/d');
    // It is the second one's that shows now.
    expect(await list(ns, '/n/u')).toEqual(['d']);
    expect(await list(ns, '/n/u/d')).toEqual(['y']);
  });

  test('on close', async () => {
    await using ns = await union(await named('a'), await named('b'));
    const fid = await ns.open('/n/u/only-b', openMode({ read: true, removeOnClose: true }));
    await fid.read();
    await fid.close();
    expect(await list(ns, '/n/u')).toEqual(['who', 'only-a']);
  });
});

describe('a rename', () => {
  test('within a member', async () => {
    const b = await named('b');
    await using ns = await union(await named('a'), b);
    await ns.rename('/n/u/only-b', '/n/u/other');
    expect(await new Fid(b).readText('other')).toBe('b');
    await ns.rename('/n/u/only-a', '/n/u/first');
    expect(await list(ns, '/n/u')).toEqual(['who', 'first', 'other']);
  });

  test('from one tree to another is an error', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'd/f': '' }), b: await treeOf({ 'd/': '' }) });
    expect(await codeOf(ns.rename('/t/a/d/f', '/t/b/d/f'))).toBe('EXDEV');
    expect(await codeOf(ns.link('/t/b/d/f', '/t/a/d/f'))).toBe('EXDEV');
  });

  test('between two mounts of one tree is none', async () => {
    const tree = await treeOf({ 'd/f': 'x', 'e/': '' });
    await using ns = await worldWith({ a: tree, b: tree });
    await ns.rename('/t/a/d/f', '/t/b/e/g');
    expect(await ns.readText('/t/a/e/g')).toBe('x');
    await ns.link('/t/a/d/h', '/t/b/e/g');
    expect((await ns.stat('/t/b/d/h')).nlink).toBe(2);
  });

  test('to a name that another member shows is an error', async () => {
    await using ns = await union(await treeOf({ shown: 'a' }), await treeOf({ f: 'b', shown: 'hidden' }));
    expect(await codeOf(ns.rename('/n/u/f', '/n/u/shown'))).toBe('EXDEV');
    expect(await ns.readText('/n/u/shown')).toBe('a');
  });

  test('replaces in the same member', async () => {
    const b = await treeOf({ f: 'new', g: 'old' });
    await using ns = await union(await named('a'), b);
    expect(await codeOf(ns.rename('/n/u/f', '/n/u/g', { replace: false }))).toBe('EEXIST');
    await ns.rename('/n/u/f', '/n/u/g');
    expect(await ns.readText('/n/u/g')).toBe('new');
  });

  test('of what is mounted on, or over it, is refused', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'd/x/': '', 'd/f': '', 'd/e/': '' }) });
    await ns.mount(await named('b'), '/t/a/d/x');
    expect(await codeOf(ns.rename('/t/a/d/x', '/t/a/d/y'))).toBe('EBUSY');
    expect(await codeOf(ns.rename('/t/a/d/e', '/t/a/d/x'))).toBe('EBUSY');
    await ns.bind('/t/a/d/f', '/tmp/g');
    await ns.bind('/tmp/g', '/t/a/d/f');
    expect(await codeOf(ns.rename('/t/a/d/e', '/t/a/d/f'))).toBe('EBUSY');
    expect(await ns.readText('/t/a/d/x/who')).toBe('b');
  });

  test('of a directory that holds a mount point takes it along', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'd/x/': '', 'e/': '' }) });
    await ns.mount(await named('b'), '/t/a/d/x');
    await ns.rename('/t/a/d', '/t/a/e/d');
    expect(await ns.readText('/t/a/e/d/x/who')).toBe('b');
  });

  test('into a mounted directory needs MCREATE', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'd/f': '' }) });
    expect(await codeOf(ns.rename('/t/a/d/f', '/t/a/f'))).toBe('EPERM');
    await ns.rename('/t/a/d', '/t/a/e');
    expect(await list(ns, '/t/a/e')).toEqual(['f']);
  });
});

describe('a link', () => {
  test('within a member', async () => {
    const tree = await treeOf({ f: 'x' });
    await using ns = world();
    await ns.mount(tree, '/n/u', MCREATE);
    await ns.mount(await named('b'), '/n/u', MAFTER);
    await ns.link('/n/u/g', '/n/u/f');
    expect((await ns.stat('/n/u/g')).nlink).toBe(2);
    expect(await codeOf(ns.link('/n/u/h', '/n/u/only-b'))).toBe('EXDEV');
  });
});

describe('the permissions of a union', () => {
  const secret = async (name: string, owner: User): Promise<File> => {
    const tree = await treeOf({ [name]: name, 'd/': '' }, owner);
    await new Fid(tree, { user: owner }).change('', { mode: 0o700 });
    return tree;
  };

  async function mixed(): Promise<{ ns: Namespace; as: (user: User) => Promise<Fid> }> {
    const ns = await union(await secret('g', GLENDA), await secret('b', BOB));
    return { ns, as: async (user) => new Fid(await ns.fileAt('/n/u'), { user }) };
  }

  const names = async (fid: Fid): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { name } of fid.list()) found.push(name);
    return found;
  };

  test('each user sees the members that they may see', async () => {
    const { ns, as } = await mixed();
    await using _ = ns;
    await using glenda = await as(GLENDA);
    await using bob = await as(BOB);
    await using carol = await as(CAROL);
    expect(await names(glenda)).toEqual(['g', 'd']);
    expect(await names(bob)).toEqual(['b', 'd']);
    expect(await codeOf(names(carol))).toBe('EACCES');
    expect(await glenda.readText('g')).toBe('g');
    expect(await codeOf(glenda.readText('b'))).toBe('ENOENT');
    expect(await bob.readText('b')).toBe('b');
    expect(await codeOf(carol.readText('g'))).toBe('EACCES');
  });

  test('each user makes files where they may', async () => {
    const { ns, as } = await mixed();
    await using _ = ns;
    await using glenda = await as(GLENDA);
    await using bob = await as(BOB);
    expect(await codeOf(glenda.writeFile('new', ''))).toBe('EACCES');
    await bob.writeFile('new', '');
    expect(await names(bob)).toEqual(['b', 'd', 'new']);
    expect(await codeOf(glenda.remove('b'))).toBe('ENOENT');
    expect(await codeOf(bob.remove('g'))).toBe('ENOENT');
    await bob.remove('b');
  });

  test('nobody but its owner changes the first member', async () => {
    const { ns, as } = await mixed();
    await using _ = ns;
    await using bob = await as(BOB);
    expect(await codeOf(bob.change('', { mode: 0o777 }))).toBe('EPERM');
    await using glenda = await as(GLENDA);
    await glenda.change('', { mode: 0o750 });
    expect((await ns.stat('/n/u')).mode).toBe(0o750);
  });

  test('nor has its extended attributes', async () => {
    const { ns } = await mixed();
    await using _ = ns;
    const chan = Chan.attach(await ns.fileAt('/n/u'));
    const value = new Uint8Array([1]);
    const glendas = await chan.xattrs('write', request(GLENDA));
    await glendas.set('user.x', value, 'any', request(GLENDA));
    const bobs = await chan.xattrs('read', request(BOB));
    // As in Linux: everybody sees the names.
    expect(await bobs.list(request(BOB))).toEqual(['user.x']);
    expect(await codeOf((async () => bobs.get('user.x', request(BOB)))())).toBe('EACCES');
    expect(await codeOf((async () => bobs.set('user.x', value, 'any', request(BOB)))())).toBe('EACCES');
    expect(await codeOf((async () => bobs.remove('user.x', request(BOB)))())).toBe('EACCES');
    expect(await glendas.list(request(GLENDA))).toEqual(['user.x']);
    await chan.close('clunk', request(GLENDA));
  });

  test('in a sticky member everybody takes away and replaces their own only', async () => {
    const tree = await treeOf({});
    await new Fid(tree, { user: GLENDA }).change('', { mode: 0o1777 });
    await using ns = await union(await named('a'), tree);
    const as = async (user: User): Promise<Fid> => new Fid(await ns.fileAt('/n/u'), { user });
    await using bob = await as(BOB);
    await using carol = await as(CAROL);
    await bob.writeFile('bob', '');
    await carol.writeFile('carol', '');
    expect(await codeOf(carol.remove('bob'))).toBe('EPERM');
    expect(await codeOf(carol.rename('bob', 'mine'))).toBe('EPERM');
    expect(await codeOf(carol.rename('carol', 'bob'))).toBe('EPERM');
    await carol.rename('carol', 'hers');
  });
});

describe('files of a union', () => {
  test('of exclusive use are open once, by whatever way', async () => {
    const tree = ram({ owner: GLENDA });
    const top = Chan.attach(tree);
    const mode = openMode({ write: true });
    await top.create('lock', { mode: 0o666, exclusive: true }, mode, request(GLENDA));
    await top.close('clunk', request(GLENDA));
    await using ns = await union(await named('a'), tree);
    await ns.bind('/n/u', '/mnt');
    const one = await ns.open('/n/u/lock');
    expect(await codeOf(ns.open('/mnt/lock'))).toBe('EAGAIN');
    expect(await codeOf(new Fid(tree).readFile('lock'))).toBe('EAGAIN');
    await one.close();
    await (await ns.open('/mnt/lock')).close();
  });

  test('that can only be appended to', async () => {
    const tree = ram({ owner: GLENDA });
    const chan = Chan.attach(tree);
    await chan.create('log', { mode: 0o666, append: true }, openMode({ write: true }), request(GLENDA));
    await chan.close('clunk', request(GLENDA));
    await using ns = await union(await named('a'), tree);
    await ns.writeFile('/n/u/log', 'one');
    await ns.writeFile('/n/u/log', 'two');
    expect(await ns.readText('/n/u/log')).toBe('onetwo');
  });

  test('a file is bound before a member', async () => {
    await using ns = await worldWith({ a: await named('a') });
    await ns.writeFile('/tmp/f', 'mine');
    await ns.mount(await named('b'), '/t/a', MBEFORE);
    await ns.bind('/tmp/f', '/t/a/who');
    expect(await ns.readText('/t/a/who')).toBe('mine');
    expect(await list(ns, '/t/a')).toEqual(['who', 'only-b', 'only-a']);
    await ns.unmount('/t/a/who');
    expect(await ns.readText('/t/a/who')).toBe('b');
  });
});
