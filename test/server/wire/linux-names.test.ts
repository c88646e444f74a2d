/** Section 8 of the corners, 9P2000.L: what makes, moves and removes names. */
import { describe, expect, test } from '@jest/globals';
import { dir, text } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { NONE32, T, s, u32, type WireQid } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, KEN, ROB, TRUSTING, ramSession, session } from './worlds.ts';

const O_EXCL = 0o200;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
const AT_REMOVEDIR = 0x200;

const begin = (): ReturnType<typeof ramSession> => ramSession('9P2000.L');

const renameat = (nine: Nine, from: number, name: string, to: number, newname: string): Promise<unknown> =>
  nine.rpc(T.renameat, u32(from), s(name), u32(to), s(newname)).then((body) => body.end());

const unlinkat = (nine: Nine, dir: number, name: string, flags = 0): Promise<unknown> =>
  nine.rpc(T.unlinkat, u32(dir), s(name), u32(flags)).then((body) => body.end());

const link = (nine: Nine, dir: number, fid: number, name: string): Promise<unknown> =>
  nine.rpc(T.link, u32(dir), u32(fid), s(name)).then((body) => body.end());

const symlink = (nine: Nine, dir: number, name: string, target: string): Promise<WireQid> =>
  nine.rpc(T.symlink, u32(dir), s(name), s(target), u32(NONE32)).then((body) => body.qid());

const readlink = (nine: Nine, fid: number): Promise<string> =>
  nine.rpc(T.readlink, u32(fid)).then((body) => body.s());

const mknod = (nine: Nine, dir: number, name: string, mode: number, major = 0, minor = 0): Promise<WireQid> =>
  nine
    .rpc(T.mknod, u32(dir), s(name), u32(mode), u32(major), u32(minor), u32(NONE32))
    .then((body) => body.qid());

describe('Tlcreate', () => {
  test('makes the file, and the fid is it, open', async () => {
    const { nine } = await begin();
    const fid = await nine.at();
    const qid = await nine.lcreate(fid, 'f', O_CREAT | O_EXCL | 2, 0o4751);
    const attr = await nine.getattr(fid);
    expect(attr.qid).toEqual(qid);
    expect(attr.mode & 0o100777).toBe(0o100751);
    expect(attr.nlink).toBe(1n);
    await nine.write(fid, 0, 'x');
    expect(await nine.text(fid)).toBe('x');
  });

  test('of an existing name, without O_EXCL: opens it, as open(2) does', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.at();
    const qid = await nine.lcreate(fid, 'f', O_CREAT | 2, 0o600);
    expect(await nine.text(fid)).toBe('content');
    expect(await nine.getattr(fid)).toMatchObject({ qid, mode: 0o100644 });
    const other = await nine.at();
    await nine.lcreate(other, 'f', O_CREAT | O_TRUNC | 1);
    expect((await nine.getattr(fid)).size).toBe(0n);
  });

  test('of an existing name, with O_EXCL: EEXIST', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    await nine.mkdir(0, 'd');
    await symlink(nine, 0, 'l', 'nowhere');
    const fid = await nine.at();
    for (const name of ['f', 'd', 'l']) await fails(nine.lcreate(fid, name, O_CREAT | O_EXCL | 2), 'EEXIST');
    expect((await nine.getattr(fid)).mode & 0o170000).toBe(0o040000);
  });

  test('of an existing name that cannot be opened: that error, and the fid is the directory still', async () => {
    const { nine, server } = await begin();
    await nine.make(['f'], 'content', 0o600);
    await nine.mkdir(0, 'd');
    await symlink(nine, 0, 'l', 'f');
    await nine.setattr(0, { mode: 0o777 });
    const ken = await session(server, '9P2000.L', KEN);
    const fid = await ken.at();
    await fails(ken.lcreate(fid, 'f', O_CREAT | 2), 'EACCES');
    await fails(nine.lcreate(await nine.at(), 'd', O_CREAT | 2), 'EISDIR');
    await fails(nine.lcreate(await nine.at(), 'l', O_CREAT | 2), 'ELOOP', 'EEXIST');
    await ken.lcreate(fid, 'new', O_CREAT | 2);
    expect((await ken.getattr(fid)).uid).toBe(KEN.uid);
  });

  test('gid: one that the user is in', async () => {
    const { nine } = await begin();
    const gids: number[] = [];
    for (const gid of [50, 1000, NONE32, 4711]) {
      const fid = await nine.at();
      await nine.lcreate(fid, `g${gid}`, O_CREAT | 2, 0o644, gid);
      gids.push((await nine.getattr(fid)).gid);
    }
    expect(gids).toEqual([50, 1000, 1000, 1000]);
  });
});

describe('Tmkdir, Tmknod, Tsymlink, Treadlink', () => {
  test('Tmkdir: its qid, mode and links', async () => {
    const { nine } = await begin();
    const qid = await nine.mkdir(0, 'd', 0o1770);
    expect(qid.type).toBe(0x80);
    const attr = await nine.getattr(await nine.at('d'));
    expect(attr).toMatchObject({ qid, mode: 0o041770, nlink: 2n });
    expect((await nine.getattr(0)).nlink).toBe(3n);
    await nine.mkdir(await nine.at('d'), 'e');
    expect((await nine.getattr(await nine.at('d'))).nlink).toBe(3n);
    await fails(nine.mkdir(0, 'd'), 'EEXIST');
  });

  test('a set-group-id directory hands its group on', async () => {
    const { nine } = await begin();
    await nine.mkdir(0, 'd');
    await nine.setattr(await nine.at('d'), { gid: 50, mode: 0o2775 });
    await nine.make(['d', 'f']);
    await nine.mkdir(await nine.at('d'), 'e');
    expect((await nine.getattr(await nine.at('d', 'f'))).gid).toBe(50);
    expect(await nine.getattr(await nine.at('d', 'e'))).toMatchObject({ gid: 50, mode: 0o042755 });
  });

  test('Tmknod: fifos and sockets are there; devices are for root', async () => {
    const { nine, server } = await begin();
    await mknod(nine, 0, 'fifo', 0o010640);
    await mknod(nine, 0, 'socket', 0o140600);
    await mknod(nine, 0, 'file', 0o100644);
    const mode = async (name: string): Promise<number> => (await nine.getattr(await nine.at(name))).mode;
    expect([await mode('fifo'), await mode('socket'), await mode('file')]).toEqual([
      0o010640, 0o140600, 0o100644,
    ]);
    await fails(mknod(nine, 0, 'null', 0o020666, 1, 3), 'EPERM');
    await fails(mknod(nine, 0, 'd', 0o040755), 'EINVAL', 'EPERM');
    await fails(mknod(nine, 0, 'fifo', 0o010640), 'EEXIST');
    const root = await session(server, '9P2000.L', { name: 'root', uid: 0 });
    await mknod(root, 0, 'null', 0o020666, 1, 3);
    await mknod(root, 0, 'sda', 0o060660, 8, 0x12345);
    expect((await nine.getattr(await nine.at('null'))).rdev).toBe(0x103n);
    // new_encode_dev: minor's low byte, 12 bits of major, the rest of minor.
    expect((await nine.getattr(await nine.at('sda'))).rdev).toBe(0x1230_0845n);
    await refused(nine.open(await nine.at('fifo')));
  });

  test('Tsymlink and Treadlink', async () => {
    const { nine } = await begin();
    for (const [i, target] of ['f', '/absolute/../path', 'not there', 'ü/€/😀', 'x'.repeat(4095)].entries()) {
      const qid = await symlink(nine, 0, `l${i}`, target);
      expect(qid.type).toBe(0x02);
      const fid = await nine.at(`l${i}`);
      expect(await readlink(nine, fid)).toBe(target);
      const attr = await nine.getattr(fid);
      expect([attr.mode & 0o170000, attr.size]).toEqual([0o120000, BigInt(Buffer.byteLength(target))]);
      await fails(nine.open(fid), 'ELOOP');
      await fails(nine.walk(fid, nine.fid(), 'x'), 'ENOTDIR');
    }
    await fails(symlink(nine, 0, 'l0', 'x'), 'EEXIST');
    await fails(readlink(nine, 0), 'EINVAL');
    await nine.make(['f']);
    await fails(readlink(nine, await nine.at('f')), 'EINVAL');
  });

  test('a target that no path has is refused, as symlink(2) does', async () => {
    const { nine } = await begin();
    await fails(symlink(nine, 0, 'empty', ''), 'ENOENT', 'EINVAL');
    await fails(symlink(nine, 0, 'long', 'x'.repeat(4096)), 'ENAMETOOLONG');
    expect(await nine.list()).toEqual([]);
  });

  test('targets count towards the quota', async () => {
    const root = ram({ owner: GLENDA, size: 100_000 });
    const nine = await session(serverOf(root, TRUSTING), '9P2000.L', GLENDA);
    let made = 0;
    while (made < 90) {
      const outcome = await symlink(nine, 0, `l${made}`, 'x'.repeat(4000)).catch(() => undefined);
      if (!outcome) break;
      made++;
    }
    expect(made).toBeLessThan(25);
    for (let i = 0; i < made; i++) await unlinkat(nine, 0, `l${i}`);
    await symlink(nine, 0, 'again', 'x'.repeat(4000));
  });
});

describe('Tlink: the directory first', () => {
  test('two names of one file', async () => {
    const { nine } = await begin();
    await nine.mkdir(0, 'd');
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    const d = await nine.at('d');
    await link(nine, d, fid, 'g');
    const [one, two] = [await nine.getattr(fid), await nine.getattr(await nine.at('d', 'g'))];
    expect(two.qid).toEqual(one.qid);
    expect([one.nlink, two.nlink]).toEqual([2n, 2n]);
    await nine.write(await nine.opened(['d', 'g'], 1), 0, 'C');
    expect(await nine.content('f')).toBe('Content');
    await unlinkat(nine, 0, 'f');
    expect(await nine.content('d', 'g')).toBe('Content');
    expect((await nine.getattr(await nine.at('d', 'g'))).nlink).toBe(1n);
  });

  test('refusals', async () => {
    const { nine, server } = await begin();
    await nine.make(['f']);
    await nine.make(['g']);
    await nine.mkdir(0, 'd');
    const f = await nine.at('f');
    await fails(link(nine, 0, f, 'g'), 'EEXIST');
    await fails(link(nine, 0, await nine.at('d'), 'e'), 'EPERM');
    await fails(link(nine, f, await nine.at('g'), 'x'), 'ENOTDIR');
    for (const name of ['', '.', '..', 'a/b']) await refused(link(nine, 0, f, name));
    const ken = await session(server, '9P2000.L', KEN);
    await fails(link(ken, 0, await ken.at('f'), 'x'), 'EACCES');
    const open = await nine.opened(['f']);
    await unlinkat(nine, 0, 'f');
    await fails(link(nine, 0, open, 'back'), 'ENOENT');
    expect(await nine.list()).toEqual(['d', 'g']);
  });

  test('from one tree to another: EXDEV', async () => {
    const two = dir({ a: ram({ owner: GLENDA }), b: ram({ owner: GLENDA }) });
    const nine = await session(serverOf(two, TRUSTING), '9P2000.L', GLENDA);
    await nine.make(['a', 'f']);
    await fails(link(nine, await nine.at('b'), await nine.at('a', 'f'), 'f'), 'EXDEV');
    await fails(renameat(nine, await nine.at('a'), 'f', await nine.at('b'), 'f'), 'EXDEV');
  });
});

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
