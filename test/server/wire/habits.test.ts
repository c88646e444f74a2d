/** Section 10 of the corners: what real clients send, in their order; Linux's client among them. */
import { describe, expect, test } from '@jest/globals';
import { ram } from '../../../src/resources/ram/index.ts';
import { NOFID, NONE32, ORDWR, OREAD, OTRUNC, OWRITE, T, s, u32, u64, u8 } from './codec.ts';
import { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, TRUSTING, USERS, ramTree, session } from './worlds.ts';

const OWN = { owner: GLENDA, users: USERS };

describe("diod's tools, 9P2000.L", () => {
  async function begin(): Promise<Nine> {
    const nine = Nine.to(serverOf(await ramTree(), OWN));
    await nine.version(65560, '9P2000.L');
    return nine;
  }

  test('Tauth with n_uname before every attach: they go on after ENOENT only', async () => {
    const nine = await begin();
    for (const uname of ['', 'root']) {
      const { errno } = await refused(nine.auth(0, uname, '', 0));
      expect(errno).toBe(2);
    }
    await nine.attach(0, { uname: '', aname: '/', n_uname: 0 });
  });

  test("diodctl's aname `ctl` is no tree of ours", async () => {
    const nine = await begin();
    await refused(nine.auth(0, '', 'ctl', 0));
    await fails(nine.attach(0, { uname: '', aname: 'ctl', n_uname: 0 }), 'ENOENT');
  });

  test('diodls: walks to every name that it reads, `.` and `..` too, and ends at the largest cookie', async () => {
    const nine = await begin();
    await nine.attach(0, { uname: '', aname: '', n_uname: 0 });
    await nine.walk(0, 1);
    await nine.lopen(1, 0);
    await nine.getattr(1, 0x7ff);
    const entries = await nine.readdir(1, 0, 0xffe8);
    expect(entries.map((entry) => entry.name).toSorted()).toEqual(['.', '..', 'd', 'top']);
    for (const { name, qid } of entries) {
      expect(await nine.walk(1, 2, name)).toEqual([qid]);
      await nine.getattr(2, 0x7ff);
      await nine.clunk(2);
    }
    expect(await nine.readdir(1, 0x7fff_ffff_ffff_ffffn, 0xffe8)).toEqual([]);
    await nine.clunk(1);
    await nine.clunk(0);
  });

  test('diodcat, diodload: read to count 0, Tfsync of an old length', async () => {
    const nine = await begin();
    await nine.attach(0, { uname: '', n_uname: 0 });
    await nine.walk(0, 1, 'top');
    await nine.lopen(1, 0);
    expect(await nine.text(1, 0, 0xffe8)).toBe('top\n');
    expect(await nine.text(1, 4, 0xffe8)).toBe('');
    (await nine.rpc(T.fsync, u32(1))).end();
  });

  test('removes an attribute by an empty one', async () => {
    const nine = await begin();
    await nine.attach(0, { uname: '', n_uname: 0 });
    await nine.walk(0, 1, 'top');
    await nine.rpc(T.xattrcreate, u32(1), s('user.foo'), u64(3), u32(0));
    await nine.write(1, 0, 'bar');
    await nine.clunk(1);
    await nine.walk(0, 1, 'top');
    const size = (await nine.rpc(T.xattrwalk, u32(1), u32(2), s('user.foo'))).u64();
    expect(size).toBe(3n);
    expect(await nine.text(2, 0, 3)).toBe('bar');
    await nine.clunk(2);
    await nine.rpc(T.xattrcreate, u32(1), s('user.foo'), u64(0), u32(0));
    await nine.clunk(1);
    await nine.walk(0, 1, 'top');
    const after = await nine
      .rpc(T.xattrwalk, u32(1), u32(2), s('user.foo'))
      .then((body) => body.u64())
      .catch(() => undefined);
    // Gone or empty: without a flag nobody can tell.
    expect(after ?? 0n).toBe(0n);
  });
});

test("hugelgupf/p9's client: tag 1, a suffix, 1 MiB, uname '' and n_uname ~0, Tgetattr of everything", async () => {
  for (const trustUname of [false, true]) {
    const nine = Nine.to(serverOf(await ramTree(), { ...OWN, trustUname }));
    expect(await nine.version(1 << 20, '9P2000.L.Google.7', 1)).toEqual({
      msize: 1 << 20,
      version: '9P2000.L',
    });
    await nine.attach(1, { uname: '', aname: '/', n_uname: NONE32 });
    expect((await nine.getattr(1, 0x3fff)).mode).toBe(0o040755);
    (await nine.rpc(T.statfs, u32(1))).u32();
    // Its private extension is unknown here: an error, and it falls back.
    for (const code of [128, 130, 132, 134]) {
      const { reply } = nine.post(code, u32(1), s('x'), u32(0), u32(0), u32(0));
      expect((await reply).code).toBe(7);
    }
    nine.violations.length = 0;
    await nine.walk(1, 2, 'top');
  }
});

describe("plan9port's 9p, 9P2000", () => {
  const begin = async (): Promise<Nine> => {
    const nine = Nine.to(serverOf(await ramTree(), OWN));
    await nine.version(8192, '9P2000');
    await refused(nine.auth(0, 'root'));
    await nine.attach(0, { uname: 'root' });
    return nine;
  };

  test('ls: stat, open, read until 0', async () => {
    const nine = await begin();
    await nine.walk(0, 1);
    await nine.stat(1);
    await nine.open(1, OREAD);
    const first = await nine.read(1, 0, 0x1fe8);
    expect(first.length).toBeGreaterThan(0);
    expect(await nine.read(1, first.length, 0x1fe8)).toHaveLength(0);
  });

  test('write: opens with OTRUNC, and never creates', async () => {
    const nine = await begin();
    await fails(nine.walk(0, 1, 'nn'), 'ENOENT');
    await nine.walk(0, 1, 'top');
    await nine.open(1, OWRITE | OTRUNC);
    await nine.write(1, 0, 'new\n');
    await nine.clunk(1);
    expect(await nine.content('top')).toBe('new\n');
  });

  test('create, rdwr, rm', async () => {
    const nine = await begin();
    await nine.walk(0, 1);
    await nine.create(1, 'nn', 0o666, OREAD);
    await nine.clunk(1);
    await nine.walk(0, 1, 'nn');
    await nine.open(1, ORDWR);
    await nine.write(1, 0, 'x');
    await nine.clunk(1);
    await nine.walk(0, 1, 'nn');
    await nine.remove(1);
    expect(await nine.list()).toEqual(['d', 'top']);
  });
});

test("lionkov/go9p's client, 9P2000.u: msize 8216, count 8192, n_uname 0 beside a name", async () => {
  const nine = Nine.to(serverOf(await ramTree(), OWN));
  expect((await nine.version(8216, '9P2000.u')).msize).toBe(8216);
  await nine.attach(0, { uname: 'root', n_uname: 0 });
  await nine.walk(0, 1);
  await nine.open(1);
  const stats = await nine.read(1, 0, 8192);
  expect(await nine.read(1, stats.length, 8192)).toHaveLength(0);
  await nine.clunk(1);
  await nine.walk(0, 1, 'top');
  await nine.open(1);
  expect(await nine.text(1, 0, 8192)).toBe('top\n');
});

describe("Linux's client", () => {
  const begin = async (): Promise<Nine> => session(serverOf(await ramTree(), TRUSTING), '9P2000.L', GLENDA);

  test('never walks more names than 16, and clunks what a partial walk did not bind', async () => {
    const nine = await begin();
    expect(await nine.walk(0, 5, 'd', 'nowhere', 'x')).toHaveLength(1);
    await fails(nine.clunk(5), 'EBADF');
    await nine.getattr(0);
  });

  test('mount: version, attach with n_uname and access=user a second time, getattr, statfs', async () => {
    const nine = Nine.to(serverOf(await ramTree(), TRUSTING));
    await nine.version(131096, '9P2000.L');
    await nine.attach(0, { uname: 'nobody', aname: '', n_uname: NONE32 });
    await nine.getattr(0, 0x3fff);
    await nine.attach(1, { uname: '', aname: '', n_uname: 1000 });
    await nine.walk(1, 2, 'top');
    await nine.walk(2, 3);
    await nine.lopen(3, 0o100000);
    expect(await nine.text(3)).toBe('top\n');
    await nine.clunk(3);
    await nine.clunk(2);
  });

  test('creates by clone and Tlcreate, with the group last, and asks for attributes of the open fid', async () => {
    const nine = await begin();
    await nine.walk(0, 1, 'd');
    await nine.walk(1, 2);
    await nine.lcreate(2, 'new', 0o100302, 0o644, 1000);
    await nine.walk(1, 3, 'new');
    await nine.getattr(3, 0x3fff);
    // The probe that precedes every first write.
    await fails(nine.rpc(T.xattrwalk, u32(3), u32(9), s('security.capability')), 'ENODATA', 'EOPNOTSUPP');
    await nine.write(2, 0, 'data');
    await nine.setattr(2, { size: 2, mtime: 'now', ctime: true });
    expect((await nine.getattr(3)).size).toBe(2n);
    await nine.clunk(2);
    await nine.clunk(3);
  });

  test('walks from an open fid, and clones it', async () => {
    const nine = await begin();
    await nine.walk(0, 1, 'd');
    await nine.lopen(1, 0o200000);
    await nine.walk(1, 2, 'f');
    await nine.walk(1, 3);
    await nine.lopen(3, 0o200000);
    expect(await nine.names(3)).toEqual(await nine.names(1));
  });

  test('unlink while open: Tunlinkat, then everything by the open fid', async () => {
    const nine = await begin();
    await nine.walk(0, 1, 'top');
    await nine.lopen(1, 2);
    await nine.rpc(T.unlinkat, u32(0), s('top'), u32(0));
    await nine.write(1, 4, 'more');
    expect(await nine.getattr(1)).toMatchObject({ size: 8n, nlink: 0n });
    await nine.setattr(1, { size: 0, ctime: true, mtime: 'now' });
    (await nine.rpc(T.fsync, u32(1), u32(1))).end();
    await nine.clunk(1);
  });

  test('a lock it cannot have: BLOCKED, and it asks again', async () => {
    const nine = await begin();
    const fids = [await nine.opened(['top'], 2), await nine.opened(['top'], 2)];
    const ask = async (fid: number, pid: number, type = 1): Promise<number> => {
      const fields = [u32(fid), u8(type), u32(1), u64(0), u64(0), u32(pid), s('linux')];
      return (await nine.rpc(T.lock, ...fields)).u8();
    };
    expect(await ask(fids[0], 1)).toBe(0);
    for (let i = 0; i < 3; i++) expect(await ask(fids[1], 2)).toBe(1);
    expect(await ask(fids[0], 1, 2)).toBe(0);
    expect(await ask(fids[1], 2)).toBe(0);
  });

  test('9P2000.u: sends what it changes, and ~0 for all else', async () => {
    const root = ram({ owner: GLENDA });
    const nine = await session(serverOf(root, TRUSTING), '9P2000.u', GLENDA);
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    await nine.wstat(fid, { mode: 0o600, n_uid: NONE32, n_gid: NONE32 });
    await nine.wstat(fid, { length: 3n, n_muid: NONE32 });
    await nine.wstat(fid, { atime: 100, mtime: 200 });
    expect(await nine.stat(fid)).toMatchObject({ mode: 0o600, length: 3n, atime: 100, mtime: 200 });
  });

  test('an fid of NOFID in a Tattach is the afid, and no more', async () => {
    const nine = Nine.to(serverOf(await ramTree(), OWN));
    await nine.version(8192, '9P2000.L');
    await nine.attach(0, { afid: NOFID });
    await refused(nine.attach(1, { afid: 0 }));
  });
});
