/** mount, bind and unmount: what is seen where (bind(1), bind(2), mount(1)). */
import { describe, expect, test } from '@jest/globals';
import { Fid } from '../../src/client/index.ts';
import { text } from '../../src/file/index.ts';
import { MAFTER, MBEFORE, MCREATE, MREPL } from '../../src/namespaces/index.ts';
import { codeOf, list, named, treeOf, world, worldWith } from './trees.ts';

describe('a new namespace', () => {
  test('has the usual directories, and nothing mounted', async () => {
    await using ns = world();
    expect(await list(ns, '/')).toEqual(['dev', 'mnt', 'n', 'net', 'srv', 'tmp']);
    expect(ns.mounts).toBe(0);
    expect(ns.print()).toBe('');
    expect(ns.status()).toEqual([]);
    expect(ns.cwd).toBe('/');
  });

  test('is a tree of its owner’s, to be written', async () => {
    await using ns = world();
    await ns.mkdirAll('/usr/glenda');
    await ns.writeFile('/usr/glenda/note', 'mine');
    expect(await ns.readText('/usr/glenda/note')).toBe('mine');
    expect((await ns.stat('/tmp')).mode).toBe(0o1777);
  });
});

describe('mount', () => {
  test('shows the tree in the place of what was there', async () => {
    await using ns = world();
    await ns.writeFile('/mnt/hidden', '');
    await ns.mount(await named('a'), '/mnt');
    expect(await list(ns, '/mnt')).toEqual(['who', 'only-a']);
    expect(await codeOf(ns.stat('/mnt/hidden'))).toBe('ENOENT');
  });

  test('makes a missing mount point in the namespace’s own tree, and forgets it with the mount', async () => {
    await using ns = world();
    await ns.mount(await named('a'), '/n/x/y');
    expect(await list(ns, '/n')).toEqual(['x']);
    expect(await list(ns, '/n/x')).toEqual(['y']);
    expect(await ns.readText('/n/x/y/who')).toBe('a');
    await ns.unmount('/n/x/y');
    expect(await list(ns, '/n')).toEqual([]);
    expect(await codeOf(ns.stat('/n/x'))).toBe('ENOENT');
  });

  test('keeps a mount point for as long as one of its mounts is there', async () => {
    await using ns = world();
    await ns.mount(await named('a'), '/n/x/a');
    await ns.mount(await named('b'), '/n/x/b');
    await ns.unmount('/n/x/a');
    expect(await list(ns, '/n/x')).toEqual(['b']);
    await ns.unmount('/n/x/b');
    expect(await list(ns, '/n')).toEqual([]);
  });

  test('makes a file where a file is mounted', async () => {
    await using ns = world();
    await ns.mount(text('hello\n'), '/dev/hello');
    expect(await ns.readText('/dev/hello')).toBe('hello\n');
    expect(await list(ns, '/dev')).toEqual(['hello']);
    expect((await ns.stat('/dev/hello')).type).toBe('file');
  });

  test('makes no mount point in a tree that was mounted', async () => {
    await using ns = await worldWith({ a: await named('a') });
    expect(await codeOf(ns.mount(await named('b'), '/t/a/x'))).toBe('ENOENT');
    await expect(ns.mount(await named('b'), '/t/a/x/y')).rejects.toThrow(
      'cannot mount a tree on /t/a/x/y: /t/a/x is not there, in a tree that was mounted: make it first, or mount elsewhere',
    );
    expect(ns.mounts).toBe(1);
  });

  test('makes one where the own tree is seen through a bind', async () => {
    await using ns = world();
    await ns.bind('/n', '/mnt');
    await ns.mount(await named('a'), '/mnt/x');
    expect(await ns.readText('/mnt/x/who')).toBe('a');
    expect(await ns.readText('/n/x/who')).toBe('a');
  });

  test('in a tree that was mounted', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'sub/': '' }) });
    await ns.mount(await named('b'), '/t/a/sub');
    expect(await ns.readText('/t/a/sub/who')).toBe('b');
  });

  test('on a mount point replaces what is mounted there', async () => {
    await using ns = await worldWith({ a: await named('a') });
    await ns.mount(await named('b'), '/t/a');
    expect(await list(ns, '/t/a')).toEqual(['who', 'only-b']);
    expect(ns.mounts).toBe(1);
    await ns.unmount('/t/a');
    expect(await codeOf(ns.stat('/t/a'))).toBe('ENOENT');
  });

  test('two at a time on the same missing path', async () => {
    await using ns = world();
    const [a, b] = [await named('a'), await named('b')];
    await Promise.all([ns.mount(a, '/n/u/x'), ns.mount(b, '/n/u/x', MAFTER)]);
    expect(await list(ns, '/n/u/x')).toEqual(['who', 'only-a', 'only-b']);
    await ns.unmount('/n/u/x');
    expect(ns.mounts).toBe(0);
  });

  test('on /', async () => {
    await using ns = world();
    await ns.mount(await named('a'), '/', MBEFORE);
    expect(await list(ns, '/')).toEqual(['who', 'only-a', 'dev', 'mnt', 'n', 'net', 'srv', 'tmp']);
    await ns.mount(await named('b'), '/');
    expect(await list(ns, '/')).toEqual(['who', 'only-b']);
    expect(await codeOf(ns.mount(await named('c'), '/n/x'))).toBe('ENOENT');
    await ns.unmount('/');
    expect(await list(ns, '/')).toEqual(['dev', 'mnt', 'n', 'net', 'srv', 'tmp']);
  });

  test('of a tree that was mounted before', async () => {
    await using ns = world();
    const tree = await treeOf({ 'sub/f': 'x', g: '' });
    await ns.mount(tree, '/n/one');
    await ns.mount(tree, '/n/two');
    await ns.mount(await named('b'), '/n/one/sub');
    // The same directory, so the same mount.
    expect(await ns.readText('/n/two/sub/who')).toBe('b');
  });
});

describe('the order of a union', () => {
  const seen: [string, readonly number[], readonly string[]][] = [
    ['MREPL', [MREPL], ['only-a']],
    ['MBEFORE', [MBEFORE], ['only-a', 'self']],
    ['MAFTER', [MAFTER], ['self', 'only-a']],
    ['MREPL, MREPL', [MREPL, MREPL], ['only-b']],
    ['MREPL, MBEFORE', [MREPL, MBEFORE], ['only-b', 'only-a']],
    ['MREPL, MAFTER', [MREPL, MAFTER], ['only-a', 'only-b']],
    ['MBEFORE, MREPL', [MBEFORE, MREPL], ['only-b']],
    ['MBEFORE, MBEFORE', [MBEFORE, MBEFORE], ['only-b', 'only-a', 'self']],
    ['MBEFORE, MAFTER', [MBEFORE, MAFTER], ['only-a', 'self', 'only-b']],
    ['MAFTER, MREPL', [MAFTER, MREPL], ['only-b']],
    ['MAFTER, MBEFORE', [MAFTER, MBEFORE], ['only-b', 'self', 'only-a']],
    ['MAFTER, MAFTER', [MAFTER, MAFTER], ['self', 'only-a', 'only-b']],
    ['MBEFORE, MAFTER, MBEFORE', [MBEFORE, MAFTER, MBEFORE], ['only-c', 'only-a', 'self', 'only-b']],
    ['MAFTER, MREPL, MAFTER', [MAFTER, MREPL, MAFTER], ['only-b', 'only-c']],
  ];

  test.each(seen)('%s', async (_, flags, expected) => {
    await using ns = world();
    await ns.writeFile('/mnt/self', '');
    const names = ['a', 'b', 'c'];
    for (const [i, flag] of flags.entries()) await ns.mount(await named(names[i]), '/mnt', flag);
    const entries = (await list(ns, '/mnt')).filter((name) => name !== 'who');
    expect(entries).toEqual(expected);
    const first = expected.find((name) => name.startsWith('only-'))!.slice('only-'.length);
    expect(await ns.readText('/mnt/who')).toBe(first);
  });

  test.each(seen)('%s: the same with binds', async (_, flags, expected) => {
    const trees = { a: await named('a'), b: await named('b'), c: await named('c') };
    await using ns = await worldWith(trees);
    await ns.writeFile('/mnt/self', '');
    const names = ['a', 'b', 'c'];
    for (const [i, flag] of flags.entries()) await ns.bind(`/t/${names[i]}`, '/mnt', flag);
    expect((await list(ns, '/mnt')).filter((name) => name !== 'who')).toEqual(expected);
  });
});

describe('a union', () => {
  test('lists a name once, as the first member has it', async () => {
    const [a, b] = [await treeOf({ x: 'file' }), await treeOf({ 'x/y': 'z', w: '' })];
    await using ns = await worldWith({ u: a });
    await ns.mount(b, '/t/u', MAFTER);
    expect(await list(ns, '/t/u')).toEqual(['x', 'w']);
    expect((await ns.stat('/t/u/x')).type).toBe('file');
    for await (const { name, type, qid } of ns.list('/t/u')) {
      expect(qid.path).toBe((await ns.stat(`/t/u/${name}`)).qid.path);
      expect(type).toBe('file');
    }
  });

  test('a directory of the first hides that of the second, with all that is in it', async () => {
    const [a, b] = [await treeOf({ 'd/one': '' }), await treeOf({ 'd/two': '' })];
    await using ns = await worldWith({ u: a });
    await ns.mount(b, '/t/u', MAFTER);
    expect(await list(ns, '/t/u/d')).toEqual(['one']);
    expect(await codeOf(ns.stat('/t/u/d/two'))).toBe('ENOENT');
  });

  test('has the attributes of its first member', async () => {
    const a = await named('a');
    await new Fid(a).change('', { mode: 0o700 });
    await using ns = await worldWith({ u: await named('b') });
    await ns.mount(a, '/t/u', MBEFORE);
    expect((await ns.stat('/t/u')).mode).toBe(0o700);
    expect((await ns.stat('/t/u')).qid.path).toBe(a.qid.path);
  });

  test('bound over a union brings all its members', async () => {
    await using ns = await worldWith({ a: await named('a'), c: await named('c') });
    await ns.mount(await named('b'), '/t/a', MAFTER);
    await ns.bind('/t/a', '/t/c', MBEFORE);
    expect(await list(ns, '/t/c')).toEqual(['who', 'only-a', 'only-b', 'only-c']);
    expect(await ns.readText('/t/c/who')).toBe('a');
    // A copy: what is mounted on the one later is not seen in the other.
    await ns.mount(await named('d'), '/t/a', MAFTER);
    expect(await list(ns, '/t/c')).toEqual(['who', 'only-a', 'only-b', 'only-c']);
    await ns.unmount('/t/a', '/t/c');
    expect(await list(ns, '/t/c')).toEqual(['who', 'only-c']);
  });

  test('of the directory with itself', async () => {
    await using ns = world();
    await ns.writeFile('/mnt/f', '');
    await ns.bind('/mnt', '/mnt', MBEFORE | MCREATE);
    expect(await list(ns, '/mnt')).toEqual(['f']);
    await ns.writeFile('/mnt/g', '');
    expect(await list(ns, '/mnt')).toEqual(['f', 'g']);
    expect(ns.print()).toBe('bind -bc /mnt /mnt\n');
    await ns.unmount('/mnt', '/mnt');
    expect(ns.mounts).toBe(0);
  });

  test('of files is none', async () => {
    await using ns = world();
    await ns.writeFile('/tmp/f', 'old');
    for (const flag of [MBEFORE, MAFTER]) {
      expect(await codeOf(ns.mount(text('new'), '/tmp/f', flag))).toBe('ENOTDIR');
      expect(await codeOf(ns.bind('/tmp/f', '/tmp/f', flag))).toBe('ENOTDIR');
      expect(await codeOf(ns.mount(text('new'), '/tmp/g', flag))).toBe('ENOTDIR');
    }
    expect(await list(ns, '/tmp')).toEqual(['f']);
  });
});

describe('bind', () => {
  test('a file over a file', async () => {
    await using ns = world();
    await ns.writeFile('/tmp/old', 'old');
    await ns.writeFile('/tmp/new', 'new');
    await ns.bind('/tmp/new', '/tmp/old');
    expect(await ns.readText('/tmp/old')).toBe('new');
    await ns.writeFile('/tmp/old', 'newer');
    expect(await ns.readText('/tmp/new')).toBe('newer');
    await ns.unmount('/tmp/old');
    expect(await ns.readText('/tmp/old')).toBe('old');
  });

  test('evaluates the new name when it is made, and not later', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'sub/f': 'a' }) });
    await ns.bind('/t/a/sub', '/mnt');
    await ns.mount(await treeOf({ 'sub/f': 'b' }), '/t/a');
    expect(await ns.readText('/mnt/f')).toBe('a');
    await ns.unmount('/t/a');
    expect(await ns.readText('/mnt/f')).toBe('a');
  });

  test('of what is at a path that is itself a mount point', async () => {
    await using ns = await worldWith({ a: await named('a') });
    await ns.bind('/t/a', '/mnt');
    expect(await ns.readText('/mnt/who')).toBe('a');
    await ns.unmount('/t/a');
    expect(await ns.readText('/mnt/who')).toBe('a');
  });

  test('shows what is mounted below, whatever the path: the directory counts, not its name', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'x/y/': '' }) });
    await ns.bind('/t/a/x', '/mnt');
    await ns.mount(await named('b'), '/mnt/y');
    expect(await ns.readText('/t/a/x/y/who')).toBe('b');
    await ns.rename('/t/a/x', '/t/a/z');
    expect(await ns.readText('/t/a/z/y/who')).toBe('b');
    await ns.unmount('/t/a/z/y');
    expect(await list(ns, '/mnt/y')).toEqual([]);
  });

  test('a directory in itself may be walked as deep as a path can be', async () => {
    await using ns = world();
    await ns.bind('/', '/n');
    expect(await list(ns, '/n/n/n/n')).toEqual(['dev', 'mnt', 'n', 'net', 'srv', 'tmp']);
    expect(await codeOf(ns.stat('/n'.repeat(2049)))).toBe('ENAMETOOLONG');
  });

  test('relative paths begin at the current directory', async () => {
    await using ns = await worldWith({ a: await treeOf({ 'x/f': 'f' }) });
    await ns.cd('/t/a');
    await ns.bind('x', '../../mnt');
    expect(await ns.readText('/mnt/f')).toBe('f');
    expect(ns.print()).toContain('bind /t/a/x /mnt\n');
  });
});

describe('unmount', () => {
  test('takes everything away', async () => {
    await using ns = world();
    await ns.writeFile('/mnt/self', '');
    for (const flag of [MBEFORE, MAFTER]) await ns.mount(await named('a'), '/mnt', flag);
    await ns.unmount('/mnt');
    expect(await list(ns, '/mnt')).toEqual(['self']);
    expect(ns.mounts).toBe(0);
  });

  test('takes one away, by its path', async () => {
    await using ns = await worldWith({ a: await named('a'), b: await named('b') });
    await ns.bind('/t/a', '/mnt', MAFTER);
    await ns.bind('/t/b', '/mnt', MAFTER);
    await ns.unmount('/t/a', '/mnt');
    expect(await list(ns, '/mnt')).toEqual(['who', 'only-b']);
    await ns.unmount('/t/b', '/mnt');
    expect(await list(ns, '/mnt')).toEqual([]);
  });

  test('takes one away, by what is at the path now', async () => {
    await using ns = await worldWith({ a: await named('a'), b: await named('b') });
    await ns.bind('/t/a', '/mnt', MAFTER);
    await ns.bind('/t/b', '/mnt', MAFTER);
    await ns.bind('/t/a', '/tmp');
    await ns.unmount('/tmp', '/mnt');
    expect(await list(ns, '/mnt')).toEqual(['who', 'only-b']);
  });

  test('does not take away the directory itself', async () => {
    await using ns = await worldWith({ a: await named('a') });
    await ns.bind('/t/a', '/mnt', MAFTER);
    expect(await codeOf(ns.unmount('/mnt', '/mnt'))).toBe('EINVAL');
    expect(ns.mounts).toBe(2);
  });

  test('is the end of all members of a union that was bound', async () => {
    await using ns = await worldWith({ a: await named('a') });
    await ns.mount(await named('b'), '/t/a', MAFTER);
    await ns.bind('/t/a', '/mnt');
    expect(ns.mounts).toBe(3);
    await ns.unmount('/t/a', '/mnt');
    expect(ns.mounts).toBe(2);
  });

  test('of what is not mounted is an error', async () => {
    await using ns = await worldWith({ a: await named('a') });
    await expect(ns.unmount('/mnt')).rejects.toThrow('cannot unmount /mnt: nothing is mounted there');
    await expect(ns.unmount('/tmp', '/t/a')).rejects.toThrow(
      'cannot unmount /tmp from /t/a: that is not mounted there',
    );
    await expect(ns.unmount('/t/a', '/mnt')).rejects.toThrow('nothing is mounted there');
    await expect(ns.unmount('/nowhere')).rejects.toThrow('cannot unmount /nowhere: no such file');
  });
});

describe('clear', () => {
  test('unmounts everything, and goes back to /', async () => {
    await using ns = await worldWith({ a: await named('a') });
    await ns.cd('/t/a');
    ns.clear();
    expect([ns.mounts, ns.cwd, ns.print()]).toEqual([0, '/', '']);
    expect(await list(ns, '/')).toEqual(['dev', 'mnt', 'n', 'net', 'srv', 'tmp']);
  });
});
