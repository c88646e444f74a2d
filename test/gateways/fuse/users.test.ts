/** As whom things are done, and whose they are. */
import { describe, expect, test } from '@jest/globals';
import { dir, text, type Attr, type Change, type File, type Request } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { OWNER } from '../../client/served.ts';
import { ROOT, failure } from './kernel.ts';
import { far, mounted } from './mounted.ts';

const OTHER = { uid: 1001, gid: 2001, pid: 0 };

test('a tree is told who asks', async () => {
  const seen: Request[] = [];
  const whoami = text((r) => {
    seen.push(r);
    return '';
  });
  await using kernel = await mounted(dir({ whoami }));
  const { node } = await kernel.lookup(ROOT, 'whoami');
  await kernel.open(node);
  kernel.caller = { ...OTHER, pid: process.pid };
  await kernel.open(node);
  kernel.caller = { ...kernel.caller, pid: 0 };
  await kernel.open(node);
  const [own, other, unseen] = seen.map(({ user }) => user);
  expect(own).toMatchObject({ name: 'glenda', serves: true });
  expect(other).toMatchObject({ uid: 1001, gid: 2001, serves: false });
  expect(process.getgroups!()).toEqual(expect.arrayContaining([...other.gids!]));
  expect(unseen.gids).toEqual([]);
  expect(unseen.groups).toEqual(['2001']);
});

describe('what somebody makes is his', () => {
  test('in memory', async () => {
    await using kernel = await mounted(ram({ mode: 0o777 }));
    kernel.caller = OTHER;
    expect((await kernel.mknod(ROOT, 'a', 0o100600)).attr).toMatchObject({ uid: 1001, gid: 2001 });
    const { node } = await kernel.mkdir(ROOT, 'd', 0o700);
    kernel.caller = { uid: 1002, gid: 1002, pid: 0 };
    expect(await failure(kernel.lookup(node, 'x'))).toBe('EACCES');
    expect(await failure(kernel.setattr(node, { mode: 0o777 }))).toBe('EPERM');
  });

  test('the group of a set-group-id directory stays', async () => {
    await using kernel = await mounted(ram({ mode: 0o777 }));
    const { node } = await kernel.mkdir(ROOT, 'd', 0o777);
    await kernel.setattr(node, { mode: 0o2777 });
    await kernel.lookup(ROOT, 'd');
    kernel.caller = OTHER;
    expect((await kernel.create(node, 'a')).attr).toMatchObject({ uid: 1001, gid: 1000 });
  });

  test('behind a server, where others may use the mount', async () => {
    // The server takes root's word for whose a file is.
    const owner = { ...OWNER, uid: 0 };
    const tree = ram({ mode: 0o777 });
    await using place = await far(tree, { allowOther: true }, { owner });
    const { kernel } = place;
    kernel.caller = OTHER;
    expect((await kernel.create(ROOT, 'a')).attr).toMatchObject({ uid: 1001, gid: 2001 });
    expect((await kernel.mkdir(ROOT, 'd')).attr).toMatchObject({ uid: 1001, gid: 2001 });
  });

  test('behind a server that refuses that it stays the one’s who mounted it', async () => {
    await using place = await far(ram({ mode: 0o777 }), { allowOther: true });
    const { kernel } = place;
    kernel.caller = OTHER;
    expect((await kernel.create(ROOT, 'a')).attr.uid).toBe(1000);
    expect(kernel.logged).toEqual([]);
  });
});

test('names of owners that this host does not know are the one’s who serves', async () => {
  await using kernel = await mounted(
    dir({ a: text('x', { owner: 'nobody-knows', group: '77' }), r: text('y', { owner: 'root' }) }),
  );
  expect((await kernel.lookup(ROOT, 'a')).attr).toMatchObject({ uid: 1000, gid: 77 });
  expect((await kernel.lookup(ROOT, 'r')).attr).toMatchObject({ uid: 0, gid: 1000 });
});

describe('what is given away was made by the very call', () => {
  const tree = {};
  const time = { sec: 0, nsec: 0 };
  const attr = (type: Attr['type']): Attr => ({
    type,
    nature: 'plain',
    mode: 0o755,
    size: 0,
    uid: 0,
    gid: 0,
    atime: time,
    mtime: time,
  });

  /** A directory far away in which one file is made, and one is found under its name. */
  async function changesWhere(found: 'made' | 'moved'): Promise<readonly Change[]> {
    const changes: Change[] = [];
    const link = (path: bigint): File => ({
      qid: { type: 0x02, version: 0, path },
      tree,
      guarded: true,
      attr: () => attr('symlink'),
      change: (change) => void changes.push(change),
    });
    const files = { made: link(2n), moved: link(3n) };
    const root: File = {
      qid: { type: 0x80, version: 0, path: 1n },
      tree,
      guarded: true,
      attr: () => attr('dir'),
      symlink: () => files.made,
      walk: () => files[found],
    };
    await using kernel = await mounted(root, { allowOther: true });
    kernel.caller = OTHER;
    await kernel.symlink(ROOT, 'x', 'target');
    return changes;
  }

  test('so it is the caller’s', async () => {
    expect(await changesWhere('made')).toEqual([{ uid: 1001, gid: 2001 }]);
  });

  test('and what somebody moved there meanwhile is not', async () => {
    expect(await changesWhere('moved')).toEqual([]);
  });
});
