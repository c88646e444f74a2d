/** Section 8 of the corners, 9P2000.L: extended attributes. */
import { describe, expect, test } from '@jest/globals';
import { dir, text } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { T, s, u32, u64 } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, KEN, TRUSTING, ramSession, session } from './worlds.ts';

const CREATE = 1;
const REPLACE = 2;

const walkTo = async (nine: Nine, fid: number, newfid: number, name: string): Promise<number> => {
  const body = await nine.rpc(T.xattrwalk, u32(fid), u32(newfid), s(name));
  const size = Number(body.u64());
  body.end();
  return size;
};

const xattrcreate = async (nine: Nine, fid: number, name: string, size: number | bigint, flags = 0) =>
  (await nine.rpc(T.xattrcreate, u32(fid), s(name), u64(size), u32(flags))).end();

async function get(nine: Nine, fid: number, name: string): Promise<string> {
  const value = nine.fid();
  const size = await walkTo(nine, fid, value, name);
  const content = await nine.text(value, 0, 65536);
  await nine.clunk(value);
  expect(Buffer.byteLength(content)).toBe(size);
  return content;
}

async function set(nine: Nine, fid: number, name: string, value: string, flags = 0): Promise<void> {
  const clone = nine.fid();
  await nine.walk(fid, clone);
  try {
    await xattrcreate(nine, clone, name, Buffer.byteLength(value), flags);
  } catch (error) {
    await nine.clunk(clone);
    throw error;
  }
  if (value.length > 0) await nine.write(clone, 0, value);
  await nine.clunk(clone);
}

const list = async (nine: Nine, fid: number): Promise<string[]> =>
  (await get(nine, fid, '')).split('\0').slice(0, -1).toSorted();

async function begin(): Promise<{ nine: Nine; fid: number; ken: Nine }> {
  const { nine, server } = await ramSession('9P2000.L');
  await nine.make(['f'], 'content');
  return { nine, fid: await nine.at('f'), ken: await session(server, '9P2000.L', KEN) };
}

describe('the life of an attribute', () => {
  test('set, got, listed, replaced, removed', async () => {
    const { nine, fid } = await begin();
    expect(await list(nine, fid)).toEqual([]);
    await set(nine, fid, 'user.a', 'one');
    await set(nine, fid, 'user.b', 'zwei €');
    expect(await list(nine, fid)).toEqual(['user.a', 'user.b']);
    expect([await get(nine, fid, 'user.a'), await get(nine, fid, 'user.b')]).toEqual(['one', 'zwei €']);
    await set(nine, fid, 'user.a', 'another', REPLACE);
    expect(await get(nine, fid, 'user.a')).toBe('another');
    // Linux's client removes so.
    await set(nine, fid, 'user.a', '', REPLACE);
    expect(await list(nine, fid)).toEqual(['user.b']);
    await fails(get(nine, fid, 'user.a'), 'ENODATA');
  });

  test('belongs to the file, whatever its name', async () => {
    const { nine, fid } = await begin();
    await set(nine, fid, 'user.a', 'one');
    await nine.rename(fid, 'g');
    expect(await get(nine, await nine.at('g'), 'user.a')).toBe('one');
    await nine.mkdir(0, 'd');
    await set(nine, await nine.at('d'), 'user.d', 'dir');
    expect(await get(nine, await nine.at('d'), 'user.d')).toBe('dir');
    expect(await get(nine, 0, '')).toBe('');
  });

  test('CREATE and REPLACE', async () => {
    const { nine, fid } = await begin();
    await fails(set(nine, fid, 'user.a', 'x', REPLACE), 'ENODATA');
    await set(nine, fid, 'user.a', 'x', CREATE);
    await fails(set(nine, fid, 'user.a', 'y', CREATE), 'EEXIST');
    expect(await get(nine, fid, 'user.a')).toBe('x');
  });

  test('an empty value', async () => {
    const { nine, fid } = await begin();
    await set(nine, fid, 'user.empty', '');
    expect(await list(nine, fid)).toEqual(['user.empty']);
    expect(await get(nine, fid, 'user.empty')).toBe('');
  });

  test('a large value, in pieces', async () => {
    const { nine, fid } = await begin();
    const clone = nine.fid();
    await nine.walk(fid, clone);
    await xattrcreate(nine, clone, 'user.large', 65536);
    for (let at = 0; at < 65536; at += 8192) await nine.write(clone, at, `${at}`.padEnd(8192, '.'));
    await nine.clunk(clone);
    const reader = nine.fid();
    expect(await walkTo(nine, fid, reader, 'user.large')).toBe(65536);
    expect((await nine.text(reader, 8192, 10)).trim()).toBe('8192......');
    expect(await nine.read(reader, 65530, 100)).toHaveLength(6);
    expect(await nine.read(reader, 65536, 100)).toHaveLength(0);
    expect(await nine.read(reader, 2 ** 40, 100)).toHaveLength(0);
  });
});

describe('Txattrwalk', () => {
  test('of what is not there: ENODATA, also for the probes of every write', async () => {
    const { nine, fid } = await begin();
    for (const name of ['user.a', 'security.capability', 'security.selinux', 'trusted.x']) {
      await fails(walkTo(nine, fid, nine.fid(), name), 'ENODATA');
    }
    await fails(walkTo(nine, fid, nine.fid(), 'system.posix_acl_access'), 'EOPNOTSUPP', 'ENODATA');
  });

  test('binds newfid on success only', async () => {
    const { nine, fid } = await begin();
    await set(nine, fid, 'user.a', 'one');
    await fails(walkTo(nine, fid, 70, 'user.b'), 'ENODATA');
    await fails(nine.clunk(70), 'EBADF');
    await walkTo(nine, fid, 70, 'user.a');
    await refused(walkTo(nine, fid, 70, 'user.a'));
    await refused(walkTo(nine, fid, fid, 'user.a'));
    await refused(walkTo(nine, fid, 0, ''));
    await fails(walkTo(nine, 99, 71, ''), 'EBADF');
    expect(await nine.text(70)).toBe('one');
  });

  test('of an open fid, as Linux does it', async () => {
    const { nine, fid } = await begin();
    await set(nine, fid, 'user.a', 'one');
    expect(await get(nine, await nine.opened(['f']), 'user.a')).toBe('one');
  });

  test('what is read is what it was at the walk', async () => {
    const { nine, fid } = await begin();
    await set(nine, fid, 'user.a', 'one');
    await walkTo(nine, fid, 70, 'user.a');
    await set(nine, fid, 'user.a', 'two');
    expect(await nine.text(70)).toBe('one');
  });

  test('the new fid is only read and clunked', async () => {
    const { nine, fid } = await begin();
    await set(nine, fid, 'user.a', 'one');
    await walkTo(nine, fid, 70, 'user.a');
    for (const answer of [
      nine.write(70, 0, 'x'),
      nine.walk(70, 71),
      nine.open(70),
      nine.getattr(70),
      nine.setattr(70, { mode: 0 }),
      nine.readdir(70, 0),
      xattrcreate(nine, 70, 'user.b', 1),
    ]) {
      await fails(answer, 'EBADF');
    }
    await refused(nine.remove(70));
    await fails(nine.clunk(70), 'EBADF');
    expect(await nine.list()).toEqual(['f']);
  });
});

describe('Txattrcreate', () => {
  test('the fid itself becomes the attribute; it is there from the clunk on', async () => {
    const { nine, fid } = await begin();
    await nine.walk(fid, 70);
    await xattrcreate(nine, 70, 'user.a', 4);
    await fails(nine.read(70, 0, 4), 'EBADF');
    await fails(nine.walk(70, 71), 'EBADF');
    await fails(nine.open(70), 'EBADF');
    await nine.write(70, 2, 'cd');
    await nine.write(70, 0, 'ab');
    expect(await list(nine, fid)).toEqual([]);
    await nine.clunk(70);
    expect(await get(nine, fid, 'user.a')).toBe('abcd');
    await fails(nine.clunk(70), 'EBADF');
  });

  test('a wrong length is the error of the clunk, and the fid is gone', async () => {
    const { nine, fid } = await begin();
    await nine.walk(fid, 70);
    await xattrcreate(nine, 70, 'user.a', 10);
    await nine.write(70, 0, 'short');
    await refused(nine.clunk(70));
    await fails(nine.clunk(70), 'EBADF');
    expect(await list(nine, fid)).toEqual([]);
  });

  test('more than was announced is refused', async () => {
    const { nine, fid } = await begin();
    await nine.walk(fid, 70);
    await xattrcreate(nine, 70, 'user.a', 3);
    await refused(nine.write(70, 0, 'four'));
    await refused(nine.write(70, 3, 'x'));
    await nine.write(70, 0, 'abc');
    await nine.clunk(70);
    expect(await get(nine, fid, 'user.a')).toBe('abc');
  });

  test('sizes and names that no attribute has', async () => {
    const { nine } = await begin();
    const fid = await nine.at('f');
    for (const size of [65537, 2 ** 31, 2n ** 53n, 2n ** 64n - 1n]) {
      await fails(xattrcreate(nine, fid, 'user.a', size), 'E2BIG', 'ENOSPC', 'EOVERFLOW');
    }
    await refused(xattrcreate(nine, fid, '', 1));
    await fails(set(nine, fid, `user.${'n'.repeat(251)}`, 'x'), 'ERANGE', 'ENAMETOOLONG');
    // A fid that was refused is a file still.
    expect((await nine.getattr(fid)).size).toBe(7n);
  });

  test('on an open fid, and on one that is an attribute already', async () => {
    const { nine } = await begin();
    await fails(xattrcreate(nine, await nine.opened(['f']), 'user.a', 1), 'EBADF');
    const fid = await nine.at('f');
    await xattrcreate(nine, fid, 'user.a', 1);
    await fails(xattrcreate(nine, fid, 'user.b', 1), 'EBADF');
    await fails(xattrcreate(nine, 999, 'user.b', 1), 'EBADF');
  });

  test('is given up when the connection is', async () => {
    const { nine, fid, ken } = await begin();
    await nine.walk(fid, 70);
    await xattrcreate(nine, 70, 'user.a', 1);
    await nine.write(70, 0, 'x');
    nine.cut();
    await nine.ended;
    expect(await list(ken, await ken.at('f'))).toEqual([]);
  });

  test('needs the right to write the file; reading them that to read it', async () => {
    const { nine, fid, ken } = await begin();
    await set(nine, fid, 'user.a', 'one');
    const his = await ken.at('f');
    expect(await get(ken, his, 'user.a')).toBe('one');
    await fails(set(ken, his, 'user.b', 'x'), 'EACCES', 'EPERM');
    await nine.setattr(fid, { mode: 0o600 });
    await fails(get(ken, his, 'user.a'), 'EACCES');
  });

  test('what fids keep of them is bounded', async () => {
    const root = ram({ owner: GLENDA });
    const server = serverOf(root, { ...TRUSTING, limits: { held: 200_000 } });
    const nine = await session(server, '9P2000.L', GLENDA);
    await set(nine, 0, 'user.a', 'x'.repeat(60_000));
    for (let round = 0; round < 3; round++) {
      for (const fid of [70, 71, 72, 73]) await nine.walk(0, fid);
      await xattrcreate(nine, 70, 'user.b', 65_000);
      await xattrcreate(nine, 71, 'user.c', 65_000);
      await walkTo(nine, 0, 80, 'user.a');
      await fails(xattrcreate(nine, 72, 'user.d', 65_000), 'ENOBUFS');
      await fails(walkTo(nine, 0, 81, 'user.a'), 'ENOBUFS');
      await refused(nine.clunk(70));
      await xattrcreate(nine, 73, 'user.d', 65_000);
      if (round === 1) {
        await nine.version(65536, '9P2000.L');
        await nine.attach(0);
      } else {
        for (const fid of [71, 73]) await refused(nine.clunk(fid));
        for (const fid of [72, 80]) await nine.clunk(fid);
      }
    }
  });

  test('counts towards the quota, and comes back', async () => {
    const root = ram({ owner: GLENDA, size: 200_000 });
    const nine = await session(serverOf(root, TRUSTING), '9P2000.L', GLENDA);
    for (let round = 0; round < 4; round++) {
      await nine.make(['f']);
      const fid = await nine.at('f');
      await set(nine, fid, 'user.a', 'x'.repeat(60_000));
      await set(nine, fid, 'user.b', 'x'.repeat(60_000));
      await fails(set(nine, fid, 'user.c', 'x'.repeat(65_000)).then(() => set(nine, fid, 'user.d', 'x'.repeat(65_000))), 'ENOSPC'); // prettier-ignore
      expect(await get(nine, fid, 'user.a')).toHaveLength(60_000);
      await nine.remove(fid);
    }
  });
});

test('a tree without attributes: EOPNOTSUPP', async () => {
  const nine = await session(serverOf(dir({ f: text('f') }), TRUSTING), '9P2000.L', GLENDA);
  const fid = await nine.at('f');
  await fails(walkTo(nine, fid, 70, ''), 'EOPNOTSUPP');
  await fails(walkTo(nine, fid, 70, 'security.capability'), 'EOPNOTSUPP');
  await fails(xattrcreate(nine, fid, 'user.a', 1), 'EOPNOTSUPP');
  await nine.getattr(fid);
});

test('a server that only reads', async () => {
  const root = ram({ owner: GLENDA });
  const writer = await session(serverOf(root, TRUSTING), '9P2000.L', GLENDA);
  await set(writer, 0, 'user.a', 'one');
  const nine = await session(serverOf(root, { ...TRUSTING, readOnly: true }), '9P2000.L', GLENDA);
  expect(await get(nine, 0, 'user.a')).toBe('one');
  await fails(set(nine, 0, 'user.b', 'two'), 'EROFS');
});
