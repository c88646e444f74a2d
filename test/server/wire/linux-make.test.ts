/** Section 8 of the corners, 9P2000.L: what makes names. */
import { describe, expect, test } from '@jest/globals';
import { dir } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { NONE32 } from './codec.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, KEN, TRUSTING, ramSession, session } from './worlds.ts';
import { link, mknod, readlink, renameat, symlink, unlinkat } from './linux.ts';

const O_EXCL = 0o200;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;

const begin = (): ReturnType<typeof ramSession> => ramSession('9P2000.L');

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
