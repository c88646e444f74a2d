/** Section 6 of the corners, 9P2000.u additions: what is no plain file, numbers beside names, errno. */
import { describe, expect, test } from '@jest/globals';
import { ram } from '../../../src/resources/ram/index.ts';
import { DMDIR, In, NONE32, OREAD, OWRITE, T, u32, u64 } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, KEN, TRUSTING, ramSession, session } from './worlds.ts';

const DMSYMLINK = 0x0200_0000;
const DMLINK = 0x0100_0000;
const DMDEVICE = 0x0080_0000;
const DMNAMEDPIPE = 0x0020_0000;
const DMSOCKET = 0x0010_0000;
const DMSETUID = 0x0008_0000;
const DMSETGID = 0x0004_0000;
const DMSETVTX = 0x0001_0000;

const begin = (): ReturnType<typeof ramSession> => ramSession('9P2000.u');

async function made(nine: Nine, name: string, perm: number, extension = ''): Promise<number> {
  const fid = await nine.at();
  await nine.createUnix(fid, name, perm >>> 0, extension);
  return fid;
}

describe('Tcreate with an extension', () => {
  test('a symbolic link: its target, at create and in every stat', async () => {
    const { nine } = await begin();
    const fid = await made(nine, 'l', DMSYMLINK | 0o777, '../there/€');
    const stat = await nine.stat(fid);
    expect(stat).toMatchObject({ name: 'l', extension: '../there/€' });
    expect(stat.mode & DMSYMLINK).toBe(DMSYMLINK);
    expect(stat.qid.type).toBe(0x02);
    expect((await nine.stat(await nine.at('l'))).extension).toBe('../there/€');
    const [listed] = await nine.stats(await nine.opened([]), 0);
    expect(listed).toEqual(stat);
    await fails(nine.open(await nine.at('l')), 'ELOOP');
  });

  test('an empty target, an existing name', async () => {
    const { nine } = await begin();
    await refused(made(nine, 'l', DMSYMLINK | 0o777, ''));
    await nine.make(['f']);
    await fails(made(nine, 'f', DMSYMLINK | 0o777, 'x'), 'EEXIST');
    expect(await nine.list()).toEqual(['f']);
  });

  test('a hard link: to the file of a fid', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const target = await nine.at('f');
    const fid = await made(nine, 'g', DMLINK | 0o777, String(target));
    expect((await nine.stat(fid)).qid.path).toBe((await nine.stat(target)).qid.path);
    await nine.write(await nine.opened(['g'], OWRITE), 0, 'C');
    expect(await nine.content('f')).toBe('Content');
    for (const extension of ['', 'x', '-1', '99999', '4294967296']) {
      await refused(made(nine, 'h', DMLINK | 0o777, extension));
    }
    expect(await nine.list()).toEqual(['f', 'g']);
  });

  test('devices: for root; fifos and sockets for all', async () => {
    const { nine, server } = await begin();
    await fails(made(nine, 'null', DMDEVICE | 0o666, 'c 1 3'), 'EPERM');
    const root = await session(server, '9P2000.u', { name: 'root', uid: 0 });
    const c = await made(root, 'null', DMDEVICE | 0o666, 'c 1 3');
    const b = await made(root, 'sda', DMDEVICE | 0o660, 'b 8 300');
    expect((await root.stat(c)).extension).toBe('c 1 3');
    expect((await root.stat(b)).extension).toBe('b 8 300');
    expect((await root.stat(b)).mode & DMDEVICE).toBe(DMDEVICE);
    for (const extension of ['', 'c', 'x 1 2', 'c one two', 'b 8']) {
      await fails(made(root, 'bad', DMDEVICE | 0o666, extension), 'EINVAL');
    }
    const p = await made(nine, 'fifo', DMNAMEDPIPE | 0o644);
    const s = await made(nine, 'socket', DMSOCKET | 0o600);
    expect((await nine.stat(p)).mode & DMNAMEDPIPE).toBe(DMNAMEDPIPE);
    expect((await nine.stat(s)).mode & DMSOCKET).toBe(DMSOCKET);
    expect(await nine.list()).toEqual(['fifo', 'null', 'sda', 'socket']);
  });

  test('a directory and a plain file', async () => {
    const { nine } = await begin();
    await made(nine, 'd', DMDIR | 0o755);
    await made(nine, 'f', 0o644);
    expect((await nine.stat(await nine.at('d'))).mode).toBe((DMDIR | 0o755) >>> 0);
    expect(await nine.list()).toEqual(['d', 'f']);
  });

  test('setuid, setgid and sticky, at create and by wstat', async () => {
    const { nine } = await begin();
    const fid = await made(nine, 'f', DMSETUID | DMSETGID | 0o755);
    expect((await nine.stat(fid)).mode).toBe(DMSETUID | DMSETGID | 0o755);
    await nine.wstat(fid, { mode: 0o755 });
    expect((await nine.stat(fid)).mode).toBe(0o755);
    await nine.wstat(fid, { mode: DMSETVTX | DMSETUID | 0o700 });
    expect((await nine.stat(fid)).mode).toBe(DMSETVTX | DMSETUID | 0o700);
  });
});

describe('numbers beside names', () => {
  test('stat', async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    expect(await nine.stat(await nine.at('f'))).toMatchObject({ n_uid: 1000, n_gid: 1000, uid: 'glenda' });
  });

  test('wstat: n_gid for members, n_uid for root', async () => {
    const { nine, server } = await begin();
    await nine.make(['f']);
    const fid = await nine.at('f');
    await nine.wstat(fid, { n_gid: 50 });
    expect(await nine.stat(fid)).toMatchObject({ n_gid: 50, gid: 'sys' });
    await fails(nine.wstat(fid, { n_gid: 1002 }), 'EPERM');
    await fails(nine.wstat(fid, { n_uid: KEN.uid! }), 'EPERM');
    await nine.wstat(fid, { n_uid: 1000, n_gid: 50, n_muid: NONE32 });
    const root = await session(server, '9P2000.u', { name: 'root', uid: 0 });
    await root.wstat(await root.at('f'), { n_uid: KEN.uid!, n_gid: 1001 });
    expect(await nine.stat(fid)).toMatchObject({ n_uid: 1001, n_gid: 1001, uid: 'ken', gid: 'ken' });
  });
});

describe('errno', () => {
  test('stands beside the text, and is one that Linux believes', async () => {
    const { nine } = await begin();
    const error = await fails(nine.at('nowhere'), 'ENOENT');
    expect(error).toMatchObject({ errno: 2, ename: 'file does not exist' });
    const { reply } = nine.post(T.read, u32(99), u64(0), u32(1));
    const body = new In((await reply).body.bytes);
    expect(body.s()).toBe('fid unknown or out of range');
    expect(body.u32()).toBe(9);
  });
});

describe('what 9P2000 itself has none of', () => {
  test('special files cannot be made in it', async () => {
    const { nine } = await ramSession('9P2000');
    for (const perm of [DMSYMLINK, DMLINK, DMDEVICE, DMNAMEDPIPE, DMSOCKET]) {
      await refused(nine.create(await nine.at(), 'x', (perm | 0o644) >>> 0, OREAD));
    }
    expect(await nine.list()).toEqual([]);
  });

  test('a symbolic link is shown without the bits of the others', async () => {
    const root = ram({ owner: GLENDA });
    const linux = await session(serverOf(root, TRUSTING), '9P2000.u', GLENDA);
    await made(linux, 'l', DMSYMLINK | 0o777, 'x'.repeat(200));
    const nine = await session(serverOf(root, TRUSTING), '9P2000', GLENDA);
    const stat = await nine.stat(await nine.at('l'));
    expect([stat.qid.type, stat.mode & 0xff00_0000]).toEqual([0, 0]);
    expect(await nine.list()).toEqual(['l']);
    await refused(nine.opened(['l']));
  });
});
