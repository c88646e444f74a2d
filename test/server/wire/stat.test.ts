/** Section 6 of the corners: stat, and what a wstat may say of it (9P2000, 9P2000.u). */
import { describe, expect, test } from '@jest/globals';
import { ram } from '../../../src/resources/ram/index.ts';
import { CLASSIC, DMDIR, NONE32, NONE64, ORDWR, T, In, u32, type WireStat } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { slow } from './slow.ts';
import { GLENDA, SYNTHETIC_TREE, TRUSTING, ramSession, ramTree, session, everywhere } from './worlds.ts';

const TREES = { ram: ramTree, synthetic: SYNTHETIC_TREE, 'slow ram': async () => slow(await ramTree()) };
const classic = everywhere(TREES).filter(([dialect]) => dialect !== '9P2000.L');

describe.each(classic)('stat, %s, %s tree', (dialect, _, tree) => {
  const begin = async (): Promise<Nine> => session(serverOf(await tree(), TRUSTING), dialect, GLENDA);

  test('two sizes: n[2], and the size[2] of the stat, n - 2', async () => {
    const nine = await begin();
    const body = await nine.rpc(T.stat, u32(0));
    const n = new In(body.bytes).u16();
    const size = new In(body.bytes.slice(2)).u16();
    expect(n).toBe(body.bytes.length - 2);
    expect(size).toBe(n - 2);
  });

  test("the root's name is '/'", async () => {
    const nine = await begin();
    expect((await nine.stat(0)).name).toBe('/');
    expect((await nine.stat(await nine.at('d', '..'))).name).toBe('/');
  });

  test('names are the last ones of the path; a directory and its qid say DIR', async () => {
    const nine = await begin();
    const d = await nine.stat(await nine.at('d'));
    expect(d).toMatchObject({ name: 'd', length: 0n });
    expect([d.qid.type, d.mode >>> 24]).toEqual([0x80, 0x80]);
    expect(await nine.stat(await nine.at('d', 'e', '..', 'f'))).toMatchObject({ name: 'f' });
    expect((await nine.stat(await nine.at('d', 'e', '..'))).name).toBe('d');
  });

  test('lengths', async () => {
    const nine = await begin();
    expect((await nine.stat(await nine.at('top'))).length).toBe(4n);
    expect((await nine.stat(await nine.at('d', 'f'))).length).toBe(2n);
    expect((await nine.stat(0)).length).toBe(0n);
  });

  test('owners have names', async () => {
    const nine = await begin();
    expect(await nine.stat(await nine.at('top'))).toMatchObject({
      uid: 'glenda',
      gid: 'glenda',
      muid: 'glenda',
      // The number of names stands where Linux's client looks for it.
      ...(dialect === '9P2000.u' && { n_uid: 1000, n_gid: 1000, extension: 'HARDLINKCOUNT 1' }),
    });
  });

  test('needs no permission but that of the walk', async () => {
    const nine = await begin();
    const fid = await nine.at('top');
    await nine.wstat(fid, { mode: 0 }).catch(() => undefined);
    expect((await nine.stat(fid)).name).toBe('top');
  });

  test('of an unknown fid', async () => {
    const nine = await begin();
    await fails(nine.stat(99), 'EBADF');
    await fails(nine.wstat(99, {}), 'EBADF');
  });

  test('everything "don\'t touch" changes nothing and succeeds', async () => {
    const nine = await begin();
    for (const fid of [0, await nine.at('top'), await nine.opened(['top']), await nine.opened([])]) {
      const before = await nine.stat(fid);
      await nine.wstat(fid, {});
      expect(await nine.stat(fid)).toMatchObject({ ...before, atime: expect.any(Number) });
    }
  });

  test('everything equal changes nothing and succeeds', async () => {
    const nine = await begin();
    for (const names of [[], ['d'], ['top'], ['d', 'e', 'g']]) {
      const fid = await nine.at(...names);
      const before = await nine.stat(fid);
      await nine.wstat(fid, before);
      expect(await nine.stat(fid)).toEqual(before);
    }
  });

  test('each field by itself may be sent as it is', async () => {
    const nine = await begin();
    const fid = await nine.at('top');
    const now = await nine.stat(fid);
    for (const field of ['type', 'dev', 'qid', 'mode', 'atime', 'mtime', 'length', 'name', 'uid'] as const) {
      await nine.wstat(fid, { [field]: now[field] });
    }
    await nine.wstat(fid, { gid: now.gid });
    await nine.wstat(fid, { muid: now.muid });
    expect(await nine.stat(fid)).toEqual(now);
  });

  const illegal: readonly (readonly [string, (now: WireStat) => Partial<WireStat>])[] = [
    ['type', ({ type }) => ({ type: type + 1 })],
    ['dev', ({ dev }) => ({ dev: dev + 1 })],
    ['qid.type', ({ qid }) => ({ qid: { ...qid, type: qid.type ^ 0x40 } })],
    ['qid.version', ({ qid }) => ({ qid: { ...qid, version: qid.version + 1 } })],
    ['qid.path', ({ qid }) => ({ qid: { ...qid, path: qid.path + 1n } })],
    ['uid', () => ({ uid: 'rob' })],
    ['DMDIR', ({ mode }) => ({ mode: (mode ^ DMDIR) >>> 0 })],
    ['a name with a slash', () => ({ name: 'a/b' })],
    ["the name '.'", () => ({ name: '.' })],
    ["the name '..'", () => ({ name: '..' })],
  ];
  test.each(illegal)('%s cannot be changed, and nothing else is', async (_, change) => {
    const nine = await begin();
    for (const names of [['top'], ['d']]) {
      const fid = await nine.at(...names);
      const before = await nine.stat(fid);
      await refused(nine.wstat(fid, change(before)));
      await refused(
        nine.wstat(fid, { mtime: 1, mode: (before.mode & 0xffff_fe00) >>> 0, ...change(before) }),
      );
      expect(await nine.stat(fid)).toEqual(before);
    }
    expect(await nine.list()).toEqual(['d', 'top']);
  });

  test("muid is not looked at: Linux's client puts its own user there whenever it renames", async () => {
    const nine = await begin();
    const fid = await nine.at('top');
    const before = await nine.stat(fid);
    await nine.wstat(fid, { muid: 'rob' });
    expect(await nine.stat(fid)).toEqual(before);
  });

  test('the length of a directory is 0', async () => {
    const nine = await begin();
    const fid = await nine.at('d');
    await nine.wstat(fid, { length: 0n });
    await refused(nine.wstat(fid, { length: 1n }));
    await refused(nine.wstat(fid, { length: 2n ** 63n }));
  });
});

test('9P2000: the version of the qid changes with the content', async () => {
  const { nine } = await ramSession('9P2000');
  await nine.make(['f'], 'x');
  const fid = await nine.opened(['f'], ORDWR);
  const versions = [(await nine.stat(fid)).qid.version];
  await nine.write(fid, 0, 'y');
  versions.push((await nine.stat(fid)).qid.version);
  await nine.wstat(fid, { length: 0n });
  versions.push((await nine.stat(fid)).qid.version);
  expect(new Set(versions).size).toBe(3);
  await nine.text(fid);
  expect((await nine.stat(fid)).qid.version).toBe(versions[2]);
});

test.each(CLASSIC)('%s: times before 1970 and after 2106 do not wrap around', async (dialect) => {
  const root = ram({ owner: GLENDA });
  const linux = await session(serverOf(root, TRUSTING), '9P2000.L', GLENDA);
  await linux.make(['f']);
  const nine = await session(serverOf(root, TRUSTING), dialect, GLENDA);
  const fid = await nine.at('f');
  await linux.setattr(await linux.at('f'), { mtime: [-5, 0], atime: [2 ** 33, 0] });
  const stat = await nine.stat(fid);
  expect(stat.mtime).toBe(0);
  expect(stat.atime).toBeGreaterThan(0xffff_0000);
  expect(stat.atime).not.toBe(NONE32);
  await nine.wstat(fid, { length: NONE64, name: 'g' });
});
