/** Section 8 of the corners, 9P2000.L: Tgetattr, Tstatfs, and what a qid says. */
import { describe, expect, test } from '@jest/globals';
import { bytes, dir, stream, text, type File } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { T, u32 } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { GLENDA, TRUSTING, ramSession, session } from './worlds.ts';

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

describe('Tstatfs', () => {
  test('figures that tools can live with', async () => {
    const root = ram({ owner: GLENDA, size: 1 << 20 });
    const nine = await session(serverOf(root, TRUSTING), '9P2000.L', GLENDA);
    const before = await statfs(nine, 0);
    expect(before).toMatchObject({ type: 0x01021994, namelen: 255, bsize: 4096, blocks: 256n });
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
