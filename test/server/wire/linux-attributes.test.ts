/** Section 8 of the corners, 9P2000.L: Tlopen, Tgetattr, Tsetattr, Tstatfs, Tfsync, and what a qid says. */
import { describe, expect, test } from '@jest/globals';
import { bytes, dir, stream, text, type File } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { NONE32, T, s, u32, u64, u8 } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, KEN, ROB, TRUSTING, ramSession, session } from './worlds.ts';

const begin = (): ReturnType<typeof ramSession> => ramSession('9P2000.L');

const BASIC = 0x7ffn;

const statfs = async (nine: Nine, fid: number) => {
  const body = await nine.rpc(T.statfs, u32(fid));
  const figures = {
    type: body.u32(),
    bsize: body.u32(),
    blocks: body.u64(),
    bfree: body.u64(),
    bavail: body.u64(),
    files: body.u64(),
    ffree: body.u64(),
    fsid: body.u64(),
    namelen: body.u32(),
  };
  body.end();
  return figures;
};

describe("Tlopen: Linux's flags, translated", () => {
  test.each([
    ['O_RDONLY', 0, true, false],
    ['O_WRONLY', 1, false, true],
    ['O_RDWR', 2, true, true],
    ['O_RDWR|O_LARGEFILE', 0o100002, true, true],
    ['O_RDWR|O_CREAT|O_EXCL|O_NOCTTY|O_NONBLOCK', 0o4702, true, true],
    ['O_RDWR|O_DSYNC|O_FASYNC|O_DIRECT|O_NOATIME|O_CLOEXEC|O_SYNC', 0o7070002, true, true],
    ['O_RDONLY|O_NOFOLLOW', 0o400000, true, false],
  ])('%s', async (_, flags, mayRead, mayWrite) => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    const { qid, iounit } = await nine.lopen(fid, flags);
    expect(qid).toEqual((await nine.getattr(fid)).qid);
    expect(iounit === 0 || iounit <= nine.msize - 24).toBe(true);
    await (mayRead ? nine.read(fid, 0, 1) : fails(nine.read(fid, 0, 1), 'EBADF'));
    await (mayWrite ? nine.write(fid, 0, 'C') : fails(nine.write(fid, 0, 'C'), 'EBADF'));
    expect((await nine.getattr(fid)).size).toBe(7n);
  });

  test('O_TRUNC', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    await nine.lopen(await nine.at('f'), 0o1001);
    expect((await nine.getattr(await nine.at('f'))).size).toBe(0n);
  });

  test('O_APPEND: every write goes to the end', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'one');
    const fid = await nine.at('f');
    await nine.lopen(fid, 0o2001);
    await nine.write(await nine.opened(['f'], 1), 3, ' two');
    await nine.write(fid, 0, ' three');
    expect(await nine.content('f')).toBe('one two three');
    const created = await nine.at();
    await nine.lcreate(created, 'g', 0o2102);
    await nine.write(created, 5, 'a');
    await nine.write(created, 0, 'b');
    expect(await nine.content('g')).toBe('ab');
  });

  test('O_DIRECTORY of what is none: ENOTDIR; a directory for writing: EISDIR', async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    await nine.mkdir(0, 'd');
    await fails(nine.lopen(await nine.at('f'), 0o200000), 'ENOTDIR');
    await nine.lopen(await nine.at('d'), 0o200000);
    await nine.lopen(await nine.at('d'), 0o2300000);
    for (const flags of [1, 2, 0o1000, 0o200001])
      await fails(nine.lopen(await nine.at('d'), flags), 'EISDIR');
  });

  test('an access mode of 3 is none', async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    await fails(nine.lopen(await nine.at('f'), 3), 'EINVAL');
  });
});

describe('Tgetattr', () => {
  test.each([0x7ffn, 0x3fffn, 0n, 0x1n, 0x800n, 0xffff_ffff_ffff_ffffn])(
    'mask %s: all of BASIC is valid, and all of it is right',
    async (mask) => {
      const { nine } = await begin();
      await nine.make(['f'], 'x'.repeat(1000), 0o640);
      const attr = await nine.getattr(await nine.at('f'), mask);
      expect(attr.valid & BASIC).toBe(BASIC);
      expect(attr.valid & ~0x3fffn).toBe(0n);
      expect(attr).toMatchObject({ mode: 0o100640, uid: 1000, gid: 1000, nlink: 1n, rdev: 0n, size: 1000n });
      expect(attr.blksize).toBeGreaterThan(0n);
      expect(attr.blocks).toBe(2n);
      const seconds = BigInt(Math.floor(Date.now() / 1000));
      for (const [sec, nsec] of [attr.atime, attr.mtime, attr.ctime]) {
        expect(seconds - sec).toBeLessThan(60n);
        expect(nsec).toBeLessThan(1_000_000_000n);
      }
    },
  );

  test('what is not asked for beyond BASIC is not said to be valid', async () => {
    const { nine } = await begin();
    expect((await nine.getattr(0, 0x7ff)).valid).toBe(BASIC);
    expect((await nine.getattr(0, 0xfff)).valid & 0x3000n).toBe(0n);
  });

  test('of an unlinked open file, by the open fid and by one that was only walked', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const [open, walked] = [await nine.opened(['f'], 2), await nine.at('f')];
    await nine.remove(await nine.at('f'));
    for (const fid of [open, walked]) expect(await nine.getattr(fid)).toMatchObject({ nlink: 0n, size: 7n });
    await nine.write(open, 7, '!');
    expect((await nine.getattr(open)).size).toBe(8n);
  });

  test('sparse files: the size is not the blocks', async () => {
    const { nine } = await begin();
    const fid = await nine.at();
    await nine.create(fid, 'f');
    await nine.write(fid, 2 ** 35, 'x');
    const { size, blocks } = await nine.getattr(fid);
    expect(size).toBe(2n ** 35n + 1n);
    expect(blocks).toBeLessThan(1000n);
  });

  test('of synthetic files', async () => {
    const source = async function* (): AsyncGenerator<string> {
      yield 'x';
    };
    const tree = dir({
      text: text('text'),
      made: text(() => 'made'),
      stream: stream(source),
      bytes: bytes(new Uint8Array(1000)),
    });
    const nine = await session(serverOf(tree, TRUSTING), '9P2000.L', GLENDA);
    const attr = async (name: string) => nine.getattr(await nine.at(name));
    expect(await attr('text')).toMatchObject({ mode: 0o100444, size: 4n, nlink: 1n, uid: 1000, gid: 1000 });
    expect(await attr('made')).toMatchObject({ mode: 0o100444, size: 0n });
    expect(await attr('stream')).toMatchObject({ mode: 0o100444, size: 0n });
    expect(await attr('bytes')).toMatchObject({ mode: 0o100444, size: 1000n });
    expect(await nine.getattr(0)).toMatchObject({ mode: 0o040555 });
  });
});

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

describe('Tstatfs', () => {
  test('figures that tools can live with', async () => {
    const root = ram({ owner: GLENDA, size: 1 << 20 });
    const nine = await session(serverOf(root, TRUSTING), '9P2000.L', GLENDA);
    const before = await statfs(nine, 0);
    expect(before).toMatchObject({ type: 0x01021997, namelen: 255, bsize: 4096, blocks: 256n });
    expect(before.bfree).toBeGreaterThan(200n);
    expect(before.bavail).toBeLessThanOrEqual(before.bfree);
    expect(before.bfree).toBeLessThanOrEqual(before.blocks);
    expect(before.ffree).toBeLessThanOrEqual(before.files);
    await nine.make(['f'], new Uint8Array(60_000));
    await nine.make(['g'], new Uint8Array(60_000));
    const after = await statfs(nine, await nine.at('f'));
    expect(after.bfree).toBeLessThan(before.bfree - 20n);
    expect(after.files - after.ffree).toBe(before.files - before.ffree + 2n);
    await nine.remove(await nine.at('f'));
    await nine.remove(await nine.at('g'));
    expect(await statfs(nine, 0)).toEqual(before);
  });

  test('also of a tree that has none', async () => {
    const nine = await session(serverOf(dir({})), '9P2000.L');
    const { type, bsize, blocks, namelen } = await statfs(nine, 0);
    expect([type, namelen]).toEqual([0x01021997, 255]);
    expect(bsize).toBeGreaterThan(0);
    expect(blocks).toBeGreaterThan(0n);
  });
});

describe('Tfsync: both lengths', () => {
  test.each([
    ['with datasync 0', [u32(0)]],
    ['with datasync 1', [u32(1)]],
    ['without, as diod of 2010 to 2025', []],
  ])('%s', async (_, datasync) => {
    const { nine } = await begin();
    await nine.make(['f'], 'x');
    for (const fid of [await nine.opened(['f'], 2), await nine.opened([])]) {
      (await nine.rpc(T.fsync, u32(fid), ...datasync)).end();
    }
    await refused(nine.rpc(T.fsync, u32(await nine.at('f')), ...datasync));
  });

  test('commits a text, with its error', async () => {
    const committed: string[] = [];
    const note = text('', {
      write(content) {
        if (content.length > 5) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        committed.push(content);
      },
    });
    const nine = await session(serverOf(dir({ note }), TRUSTING), '9P2000.L', GLENDA);
    const fid = await nine.opened(['note'], 1);
    await nine.write(fid, 0, 'short');
    await nine.rpc(T.fsync, u32(fid), u32(0));
    expect(committed).toEqual(['short']);
    await nine.write(fid, 5, ' long');
    await fails(nine.rpc(T.fsync, u32(fid), u32(0)), 'ENOSPC');
    expect(committed).toEqual(['short']);
  });
});

describe('qids', () => {
  test('the version promises nothing to caches, and does not split an inode', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'x');
    const fid = await nine.opened(['f'], 2);
    const before = (await nine.getattr(fid)).qid;
    await nine.write(fid, 0, 'y');
    await nine.setattr(fid, { mode: 0o600 });
    expect((await nine.getattr(fid)).qid).toEqual(before);
    expect(before.version).toBe(0);
  });

  test('the data version changes with the content, where it is asked for', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'x');
    const fid = await nine.opened(['f'], 2);
    const { dataVersion } = await nine.getattr(fid);
    await nine.write(fid, 0, 'y');
    expect((await nine.getattr(fid)).dataVersion).not.toBe(dataVersion);
  });

  test('paths are not used again', async () => {
    const { nine } = await begin();
    const paths = new Set<bigint>();
    for (let i = 0; i < 50; i++) {
      await nine.make(['f']);
      const fid = await nine.at('f');
      paths.add((await nine.getattr(fid)).qid.path);
      await nine.remove(fid);
    }
    expect(paths.size).toBe(50);
  });

  test('two trees that are served as one share none', async () => {
    const one = ram({ owner: GLENDA });
    const two = ram({ owner: GLENDA });
    const tree: File = dir({ one, two, d: dir({}) });
    const nine = await session(serverOf(tree, TRUSTING), '9P2000.L', GLENDA);
    await nine.make(['one', 'f']);
    await nine.make(['two', 'f']);
    const paths: bigint[] = [];
    for (const names of [[], ['one'], ['two'], ['d'], ['one', 'f'], ['two', 'f']]) {
      paths.push((await nine.getattr(await nine.at(...names))).qid.path);
    }
    expect(new Set(paths).size).toBe(paths.length);
    const listed = await nine.readdir(await nine.opened([]), 0);
    for (const entry of listed.slice(2)) {
      expect(entry.qid).toEqual((await nine.getattr(await nine.at(entry.name))).qid);
    }
    const [, dotdot] = await nine.readdir(await nine.opened(['two']), 0);
    expect(dotdot.qid.path).toBe(paths[0]);
  });
});

test('what has no message is an error: types beyond 9P2000.L', async () => {
  const { nine } = await begin();
  for (const code of [4, 10, 28, 34, 56, 60, 78, 90, 128]) {
    const { reply } = nine.post(code, u32(0), u8(0), s(''));
    expect((await reply).code).toBe(7);
  }
  nine.violations.length = 0;
});
