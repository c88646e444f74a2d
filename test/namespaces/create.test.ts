/** Where new files are made: MCREATE (bind(2)). */
import { describe, expect, test } from '@jest/globals';
import { Fid } from '../../src/client/index.ts';
import { MAFTER, MBEFORE, MCREATE, MREPL } from '../../src/namespaces/index.ts';
import { codeOf, list, named, treeOf, world, worldWith } from './trees.ts';

describe('creation', () => {
  const EPERM = /nothing that is mounted here takes new files: mount or bind with -c \(MCREATE\)/;

  test('in a mounted directory needs MCREATE, below it does not', async () => {
    const a = await treeOf({ 'd/f': '' });
    await using ns = await worldWith({ a });
    const made = [
      () => ns.create('/t/a/f'),
      () => ns.mkdir('/t/a/f'),
      () => ns.symlink('/t/a/f', 'x'),
      () => ns.writeFile('/t/a/f', ''),
      () => ns.link('/t/a/f', '/t/a/d/f'),
      () => ns.rename('/t/a/d/f', '/t/a/f'),
    ];
    for (const make of made) expect(await codeOf(make())).toBe('EPERM');
    await ns.rename('/t/a/d', '/t/a/e');
    await expect(ns.create('/t/a/f')).rejects.toThrow(EPERM);
    await ns.writeFile('/t/a/e/f', 'x');
    await ns.writeFile('/t/a/e/f', 'y');
  });

  test('happens in the first member with MCREATE', async () => {
    const [a, b, c] = [await named('a'), await named('b'), await named('c')];
    await using ns = world();
    await ns.mount(a, '/n/u');
    await ns.mount(b, '/n/u', MAFTER | MCREATE);
    await ns.mount(c, '/n/u', MAFTER | MCREATE);
    await ns.writeFile('/n/u/new', 'x');
    await ns.mkdir('/n/u/dir');
    expect(await new Fid(b).readText('new')).toBe('x');
    expect(await list(ns, '/n/u')).toEqual(['who', 'only-a', 'only-b', 'new', 'dir', 'only-c']);
    await ns.unmount('/n/u');
  });

  test('of a name that another member has is an error', async () => {
    const [a, b] = [await named('a'), await named('b')];
    await using ns = world();
    await ns.mount(a, '/n/u', MREPL | MCREATE);
    await ns.mount(b, '/n/u', MAFTER);
    expect(await codeOf(ns.create('/n/u/only-b'))).toBe('EEXIST');
    expect(await codeOf(ns.mkdir('/n/u/only-b'))).toBe('EEXIST');
    // To write it is another thing: it is there.
    await ns.writeFile('/n/u/only-b', 'changed');
    expect(await new Fid(b).readText('only-b')).toBe('changed');
  });

  test('fails if that member does not allow it, though another one would', async () => {
    const a = await named('a');
    await new Fid(a).change('', { mode: 0o555 });
    await using ns = world();
    await ns.mount(a, '/n/u', MREPL | MCREATE);
    await ns.mount(await named('b'), '/n/u', MAFTER | MCREATE);
    expect(await codeOf(ns.create('/n/u/x'))).toBe('EACCES');
  });

  test('in the directory itself needs a bind of it with MCREATE', async () => {
    await using ns = world();
    await ns.mount(await named('a'), '/mnt', MBEFORE);
    expect(await codeOf(ns.create('/mnt/x'))).toBe('EPERM');
    await ns.unmount('/mnt');
    await ns.bind('/mnt', '/mnt', MREPL | MCREATE);
    await ns.mount(await named('a'), '/mnt', MBEFORE);
    await ns.writeFile('/mnt/x', 'x');
    await ns.unmount('/mnt');
    expect(await list(ns, '/mnt')).toEqual(['x']);
  });

  test('does not happen where a mount point was made', async () => {
    await using ns = world();
    await ns.mount(await named('a'), '/n/x');
    expect(await codeOf(ns.mkdir('/n/x'))).toBe('EEXIST');
    expect(await codeOf(ns.create('/n/x'))).toBe('EEXIST');
    expect(await codeOf(ns.symlink('/n/x', 'y'))).toBe('EEXIST');
  });
});
