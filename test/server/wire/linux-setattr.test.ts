/** Section 8 of the corners, 9P2000.L: Tsetattr. */
import { describe, expect, test } from '@jest/globals';
import { NONE32, T, u32, u64 } from './codec.ts';
import { fails } from './refusal.ts';
import { KEN, ROB, ramSession, session } from './worlds.ts';

const begin = (): ReturnType<typeof ramSession> => ramSession('9P2000.L');

describe('Tsetattr', () => {
  test('each bit by itself', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    await nine.setattr(fid, { mode: 0o7751 });
    expect((await nine.getattr(fid)).mode).toBe(0o107751);
    await nine.setattr(fid, { gid: 50 });
    expect((await nine.getattr(fid)).gid).toBe(50);
    await nine.setattr(fid, { size: 3 });
    expect((await nine.getattr(fid)).size).toBe(3n);
    await nine.setattr(fid, { atime: [1000, 5], mtime: [2000, 999_999_999] });
    expect(await nine.getattr(fid)).toMatchObject({ atime: [1000n, 5n], mtime: [2000n, 999_999_999n] });
    await nine.setattr(fid, { atime: [3000, 0] });
    expect(await nine.getattr(fid)).toMatchObject({ atime: [3000n, 0n], mtime: [2000n, 999_999_999n] });
    await nine.setattr(fid, { uid: 1000 });
  });

  test("ATIME and MTIME without SET are the server's now", async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    const fid = await nine.at('f');
    await nine.setattr(fid, { atime: [1, 0], mtime: [1, 0] });
    await nine.setattr(fid, { mtime: 'now' });
    const { atime, mtime } = await nine.getattr(fid);
    expect(atime).toEqual([1n, 0n]);
    expect(Number(mtime[0])).toBeGreaterThan(Date.now() / 1000 - 60);
    await nine.setattr(fid, { atime: 'now' });
    expect(Number((await nine.getattr(fid)).atime[0])).toBeGreaterThan(Date.now() / 1000 - 60);
  });

  test('CTIME alone touches the ctime, and nothing else', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    await nine.setattr(fid, { atime: [1, 0], mtime: [1, 0] });
    const before = await nine.getattr(fid);
    await nine.setattr(fid, { ctime: true });
    const after = await nine.getattr(fid);
    expect({ ...after, ctime: before.ctime }).toEqual(before);
    const [sec, nsec] = after.ctime;
    expect(sec * 1_000_000_000n + nsec).toBeGreaterThanOrEqual(
      before.ctime[0] * 1_000_000_000n + before.ctime[1],
    );
  });

  test('no bit at all, and ~0 for an id, change nothing', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    const before = await nine.getattr(fid);
    await nine.setattr(fid, {});
    await nine.setattr(fid, { uid: NONE32, gid: NONE32 });
    expect({ ...(await nine.getattr(fid)), ctime: before.ctime }).toEqual(before);
  });

  test('values that `valid` does not name may be anything, as old kernels send them', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    const junk = [
      u64(2n ** 64n - 1n),
      u64(2n ** 63n),
      u64(2n ** 64n - 1n),
      u64(2n ** 63n + 5n),
      u64(2n ** 62n),
    ];
    await nine.rpc(T.setattr, u32(fid), u32(1), u32(0o600), u32(77), u32(77), ...junk);
    expect(await nine.getattr(fid)).toMatchObject({ mode: 0o100600, size: 7n, uid: 1000 });
  });

  test('SIZE: growing, cutting, on the open fid though the file is read-only or gone', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const open = await nine.opened(['f'], 2);
    await nine.setattr(open, { mode: 0o400 });
    await nine.setattr(open, { size: 10 });
    await fails(nine.setattr(await nine.at('f'), { size: 1 }), 'EACCES');
    await nine.remove(await nine.at('f'));
    await nine.setattr(open, { size: 3 });
    expect(await nine.text(open)).toBe('con');
  });

  test('sizes that no file has', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    for (const size of [2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      await fails(nine.setattr(fid, { size, mode: 0o600 }), 'EFBIG', 'EINVAL', 'EOVERFLOW');
    }
    await fails(nine.setattr(0, { size: 1 }), 'EISDIR');
    expect(await nine.getattr(fid)).toMatchObject({ size: 7n, mode: 0o100644 });
  });

  test('nanoseconds are fewer than 10^9', async () => {
    const { nine } = await begin();
    await fails(nine.setattr(0, { mtime: [1, 1_000_000_000], mode: 0o700 }), 'EINVAL');
    expect((await nine.getattr(0)).mode).toBe(0o040755);
  });

  test('times before 1970', async () => {
    const { nine } = await begin();
    await nine.setattr(0, { mtime: [-1, 500] });
    expect(BigInt.asIntN(64, (await nine.getattr(0)).mtime[0])).toBe(-1n);
  });

  test('who may', async () => {
    const { nine, server } = await begin();
    await nine.make(['f'], 'content');
    const mine = await nine.at('f');
    await nine.setattr(mine, { mode: 0o666 });
    const ken = await session(server, '9P2000.L', KEN);
    const his = await ken.at('f');
    await fails(ken.setattr(his, { mode: 0o777 }), 'EPERM');
    await fails(ken.setattr(his, { uid: KEN.uid }), 'EPERM');
    await fails(ken.setattr(his, { gid: 50 }), 'EPERM');
    await fails(ken.setattr(his, { mtime: [1, 0] }), 'EPERM');
    await fails(ken.setattr(his, { size: 0, mode: 0o777 }), 'EPERM');
    await ken.setattr(his, { mtime: 'now', atime: 'now' });
    await ken.setattr(his, { size: 3 });
    await nine.setattr(mine, { mode: 0o644 });
    await fails(ken.setattr(his, { mtime: 'now' }), 'EACCES');
    await fails(ken.setattr(his, { size: 0 }), 'EACCES');
    await fails(nine.setattr(mine, { uid: ROB.uid }), 'EPERM');
    await fails(nine.setattr(mine, { gid: 1002 }), 'EPERM');
    const root = await session(server, '9P2000.L', { name: 'root', uid: 0 });
    await root.setattr(await root.at('f'), { uid: ROB.uid, gid: 1002, mode: 0o640 });
    expect(await nine.getattr(mine)).toMatchObject({ uid: ROB.uid, gid: 1002, mode: 0o100640, size: 3n });
    await fails(nine.opened(['f']), 'EACCES');
  });

  test('writing takes the set-user-id bits of a file, and not of a directory', async () => {
    const { nine } = await begin();
    await nine.make(['f'], '', 0o6755);
    const fid = await nine.at('f');
    await nine.write(await nine.opened(['f'], 1), 0, 'x');
    expect((await nine.getattr(fid)).mode).toBe(0o100755);
    await nine.mkdir(0, 'd', 0o3777);
    await nine.make(['d', 'x']);
    expect((await nine.getattr(await nine.at('d'))).mode).toBe(0o043777);
  });
});
