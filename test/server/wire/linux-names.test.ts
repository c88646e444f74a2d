/** Section 8 of the corners, 9P2000.L: what moves and removes names. */
import { describe, expect, test } from '@jest/globals';
import { dir, text } from '../../../src/file/index.ts';
import { T, s, u32 } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, KEN, ROB, TRUSTING, ramSession, session } from './worlds.ts';
import { link, mknod, renameat, symlink, unlinkat } from './linux.ts';
const O_CREAT = 0o100;
const AT_REMOVEDIR = 0x200;

const begin = (): ReturnType<typeof ramSession> => ramSession('9P2000.L');

describe.each(['Trename', 'Trenameat'])('%s, as rename(2)', (message) => {
  async function move(nine: Nine, from: readonly string[], to: readonly string[]): Promise<void> {
    const dir = await nine.at(...to.slice(0, -1));
    const name = to[to.length - 1];
    if (message === 'Trename') await nine.rpc(T.rename, u32(await nine.at(...from)), u32(dir), s(name));
    else await renameat(nine, await nine.at(...from.slice(0, -1)), from[from.length - 1], dir, name);
  }

  async function tree(): Promise<Nine> {
    const { nine } = await begin();
    for (const name of ['d', 'e', 'full']) await nine.mkdir(0, name);
    await nine.make(['a'], 'A');
    await nine.make(['b'], 'B');
    await nine.make(['full', 'x'], 'X');
    return nine;
  }

  test('within a directory, and from one to another', async () => {
    const nine = await tree();
    await move(nine, ['a'], ['c']);
    await move(nine, ['c'], ['d', 'a']);
    await move(nine, ['d'], ['e', 'D']);
    expect(await nine.content('e', 'D', 'a')).toBe('A');
    expect(await nine.list()).toEqual(['b', 'e', 'full']);
    expect((await nine.getattr(0)).nlink).toBe(4n);
    expect((await nine.getattr(await nine.at('e'))).nlink).toBe(3n);
    const [, dotdot] = await nine.readdir(await nine.opened(['e', 'D']), 0);
    expect(dotdot.qid).toEqual((await nine.getattr(await nine.at('e'))).qid);
  });

  test('replaces a file; who has it open keeps it', async () => {
    const nine = await tree();
    const open = await nine.opened(['b'], 2);
    await move(nine, ['a'], ['b']);
    expect(await nine.list()).toEqual(['b', 'd', 'e', 'full']);
    expect(await nine.content('b')).toBe('A');
    expect(await nine.text(open)).toBe('B');
    expect((await nine.getattr(open)).nlink).toBe(0n);
  });

  test('replaces an empty directory with a directory, and nothing else', async () => {
    const nine = await tree();
    await move(nine, ['full'], ['d']);
    expect(await nine.list('d')).toEqual(['x']);
    await fails(move(nine, ['e'], ['d']), 'ENOTEMPTY', 'EEXIST');
    await fails(move(nine, ['a'], ['e']), 'EISDIR');
    await fails(move(nine, ['e'], ['a']), 'ENOTDIR');
    expect(await nine.list()).toEqual(['a', 'b', 'd', 'e']);
    expect((await nine.getattr(0)).nlink).toBe(4n);
  });

  test('a directory does not go into itself', async () => {
    const nine = await tree();
    await nine.mkdir(await nine.at('d'), 'below');
    await fails(move(nine, ['d'], ['d', 'x']), 'EINVAL');
    await fails(move(nine, ['d'], ['d', 'below', 'x']), 'EINVAL');
    await fails(move(nine, ['d'], ['d', 'below']), 'EINVAL', 'ENOTEMPTY');
    expect(await nine.list('d')).toEqual(['below']);
  });

  test('to its own name, or another name of the same file, does nothing', async () => {
    const nine = await tree();
    await move(nine, ['a'], ['a']);
    await link(nine, 0, await nine.at('a'), 'a2');
    await move(nine, ['a'], ['a2']);
    expect(await nine.list()).toEqual(['a', 'a2', 'b', 'd', 'e', 'full']);
    expect((await nine.getattr(await nine.at('a'))).nlink).toBe(2n);
  });

  test('of what is not there, to what is no name, in what is no directory', async () => {
    const nine = await tree();
    for (const name of ['', '.', '..', 'x/y']) await refused(move(nine, ['a'], [name]));
    await fails(renameat(nine, 0, 'nowhere', 0, 'x'), 'ENOENT');
    await fails(renameat(nine, 0, '..', 0, 'x'), 'EINVAL', 'EBUSY');
    await fails(nine.rpc(T.rename, u32(await nine.at('a')), u32(await nine.at('b')), s('x')), 'ENOTDIR');
    await fails(renameat(nine, await nine.at('a'), 'x', 0, 'y'), 'ENOTDIR', 'EOPNOTSUPP', 'ENOENT');
    expect(await nine.list()).toEqual(['a', 'b', 'd', 'e', 'full']);
  });

  test('needs the right to write both directories', async () => {
    const { nine, server } = await begin();
    await nine.mkdir(0, 'd');
    await nine.setattr(await nine.at('d'), { mode: 0o777 });
    await nine.make(['f']);
    const ken = await session(server, '9P2000.L', KEN);
    await ken.make(['d', 'his']);
    await fails(move(ken, ['f'], ['d', 'f']), 'EACCES');
    await fails(move(ken, ['d', 'his'], ['his']), 'EACCES');
    await move(ken, ['d', 'his'], ['d', 'hers']);
  });

  test('fids follow: below, and their `..`', async () => {
    const nine = await tree();
    const inside = await nine.at('full', 'x');
    const open = await nine.opened(['full', 'x']);
    const full = await nine.at('full');
    await move(nine, ['full'], ['e', 'F']);
    const up = await nine.walk(full, nine.fid(), '..');
    expect(up[0]).toEqual((await nine.getattr(await nine.at('e'))).qid);
    expect(await nine.text(open)).toBe('X');
    await nine.remove(inside);
    expect(await nine.list('e', 'F')).toEqual([]);
    await nine.remove(full);
    expect(await nine.list('e')).toEqual([]);
  });
});

describe('Tunlinkat and Tremove', () => {
  test('AT_REMOVEDIR is for directories, its absence for all else', async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    await nine.mkdir(0, 'd');
    await symlink(nine, 0, 'l', 'd');
    await fails(unlinkat(nine, 0, 'd'), 'EISDIR');
    await fails(unlinkat(nine, 0, 'f', AT_REMOVEDIR), 'ENOTDIR');
    await fails(unlinkat(nine, 0, 'l', AT_REMOVEDIR), 'ENOTDIR');
    await nine.make(['d', 'x']);
    await fails(unlinkat(nine, 0, 'd', AT_REMOVEDIR), 'ENOTEMPTY');
    await unlinkat(nine, await nine.at('d'), 'x');
    await unlinkat(nine, 0, 'd', AT_REMOVEDIR);
    await unlinkat(nine, 0, 'l');
    await unlinkat(nine, 0, 'f');
    await fails(unlinkat(nine, 0, 'f'), 'ENOENT');
    expect(await nine.list()).toEqual([]);
    expect((await nine.getattr(0)).nlink).toBe(2n);
  });

  test('the directory fid may be open', async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    const open = await nine.opened([]);
    await unlinkat(nine, open, 'f');
    await nine.mkdir(open, 'd');
    await renameat(nine, open, 'd', open, 'e');
    await unlinkat(nine, open, 'e', AT_REMOVEDIR);
    expect(await nine.names(open)).toEqual([]);
  });

  test('fids of what was removed stay, and are clunked as all others', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const [plain, open] = [await nine.at('f'), await nine.opened(['f'], 2)];
    await unlinkat(nine, 0, 'f');
    expect((await nine.getattr(plain)).nlink).toBe(0n);
    expect(await nine.text(open)).toBe('content');
    await fails(nine.walk(0, nine.fid(), 'f'), 'ENOENT');
    await nine.clunk(plain);
    await nine.setattr(open, { size: 3, mode: 0o600 });
    expect((await nine.getattr(open)).size).toBe(3n);
    await nine.clunk(open);
  });

  test.each(['', '.', '..', 'a/b', '/'])('%j is no name', async (name) => {
    const { nine } = await begin();
    await nine.mkdir(0, 'd');
    const d = await nine.at('d');
    await refused(unlinkat(nine, d, name));
    await refused(unlinkat(nine, d, name, AT_REMOVEDIR));
    expect(await nine.list()).toEqual(['d']);
  });

  test('needs the right to write the directory', async () => {
    const { nine, server } = await begin();
    await nine.make(['f'], '', 0o777);
    const rob = await session(server, '9P2000.L', ROB);
    await fails(unlinkat(rob, 0, 'f'), 'EACCES');
    await fails(rob.remove(await rob.at('f')), 'EACCES');
    expect(await nine.list()).toEqual(['f']);
  });

  test('Tremove of a file, and of a directory', async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    await nine.mkdir(0, 'd');
    for (const name of ['f', 'd']) await nine.remove(await nine.at(name));
    expect(await nine.list()).toEqual([]);
  });

  test('of one of two names removes that one', async () => {
    const { nine } = await begin();
    await nine.make(['a'], 'A');
    await link(nine, 0, await nine.at('a'), 'b');
    await nine.remove(await nine.at('b'));
    expect(await nine.list()).toEqual(['a']);
    expect(await nine.content('a')).toBe('A');
  });
});

test('a tree that takes no names says so: EPERM or EACCES for a synthetic directory', async () => {
  const nine = await session(serverOf(dir({ f: text('f') }), TRUSTING), '9P2000.L', GLENDA);
  const all = [
    nine.mkdir(0, 'd'),
    symlink(nine, 0, 'l', 'f'),
    mknod(nine, 0, 'p', 0o010644),
    link(nine, 0, await nine.at('f'), 'g'),
    renameat(nine, 0, 'f', 0, 'g'),
    unlinkat(nine, 0, 'f'),
    nine.lcreate(await nine.at(), 'x', O_CREAT | 2),
  ];
  for (const answer of all) await fails(answer, 'EPERM', 'EACCES', 'EOPNOTSUPP', 'EROFS');
  const root = await session(serverOf(dir({ f: text('f') }), TRUSTING), '9P2000.L', { name: 'root', uid: 0 });
  await fails(root.mkdir(0, 'd'), 'EPERM', 'EOPNOTSUPP');
  await fails(unlinkat(root, 0, 'f'), 'EPERM', 'EOPNOTSUPP');
});
