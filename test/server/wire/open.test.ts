/** Section 5 of the corners: open and create, in all dialects where they can be said. */
import { describe, expect, test } from '@jest/globals';
import { bytes, ctl, dir, text } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import {
  CLASSIC,
  DIALECTS,
  DMAPPEND,
  DMDIR,
  DMEXCL,
  DMTMP,
  OEXEC,
  ORCLOSE,
  ORDWR,
  OREAD,
  OTRUNC,
  OWRITE,
} from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf, settle } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, KEN, ROB, TRUSTING, agree, ramSession, session } from './worlds.ts';

describe.each(CLASSIC)('mode, %s', (dialect) => {
  test.each([OREAD, OWRITE, ORDWR, OEXEC, 0x20, 0x21, OWRITE | OTRUNC, ORDWR | OTRUNC | 0x20])(
    '%i is one',
    async (mode) => {
      const { nine } = await ramSession(dialect);
      await nine.make(['f'], 'content', 0o755);
      const fid = await nine.at('f');
      const { iounit } = await nine.open(fid, mode);
      expect(iounit === 0 || iounit <= nine.msize - 24).toBe(true);
    },
  );

  test.each([0x04, 0x08, 0x0c, 0x84, 0xff].concat(dialect === '9P2000' ? [0x80] : []))(
    '%i has bits that must be 0',
    async (mode) => {
      const { nine } = await ramSession(dialect);
      await nine.make(['f'], 'content', 0o755);
      const fid = await nine.at('f');
      await fails(nine.open(fid, mode), 'EINVAL');
      await fails(nine.create(await nine.at(), 'g', 0o644, mode), 'EINVAL');
      expect(await nine.list()).toEqual(['f']);
      await nine.open(fid, 0);
      expect(await nine.text(fid)).toBe('content');
    },
  );

  test('what a mode allows', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f'], 'content', 0o755);
    const read = (fid: number): Promise<unknown> => nine.read(fid, 0, 1);
    const write = (fid: number): Promise<unknown> => nine.write(fid, 0, 'C');
    const cases = [
      [OREAD, true, false],
      [OWRITE, false, true],
      [ORDWR, true, true],
      [OEXEC, true, false],
    ] as const;
    for (const [mode, mayRead, mayWrite] of cases) {
      const fid = await nine.opened(['f'], mode);
      await (mayRead ? read(fid) : fails(read(fid), 'EBADF'));
      await (mayWrite ? write(fid) : fails(write(fid), 'EBADF'));
    }
  });

  test('a directory: only to be read', async () => {
    const { nine } = await ramSession(dialect);
    await nine.mkdir(0, 'd', 0o777);
    const fid = await nine.at('d');
    for (const mode of [OWRITE, ORDWR, OTRUNC, ORCLOSE, OREAD | ORCLOSE, OWRITE | OTRUNC]) {
      await refused(nine.open(fid, mode));
    }
    await nine.open(fid, OREAD);
    await nine.clunk(fid);
    expect(await nine.list()).toEqual(['d']);
  });
});

test('9P2000.u: mode 0x80 appends, as Linux asks for it', async () => {
  const { nine } = await ramSession('9P2000.u');
  await nine.make(['f'], 'one');
  const fid = await nine.opened(['f'], OWRITE | 0x80);
  await nine.write(fid, 0, 'two');
  expect(await nine.content('f')).toBe('onetwo');
});

describe.each(DIALECTS)('open, %s', (dialect) => {
  test('OTRUNC', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f'], 'content');
    const fid = await nine.opened(['f'], OWRITE | OTRUNC);
    expect((await nine.info(fid)).size).toBe(0);
    await nine.write(fid, 0, 'new');
    expect(await nine.content('f')).toBe('new');
  });

  test('a second time on one fid is an error, and the first stays', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f'], 'content');
    const fid = await nine.opened(['f']);
    await fails(nine.open(fid), 'EBADF');
    await fails(nine.open(fid, OWRITE | OTRUNC), 'EBADF');
    await fails(nine.create(fid, 'x'), 'EBADF');
    expect(await nine.text(fid)).toBe('content');
    const root = await nine.opened([]);
    await fails(nine.create(root, 'x'), 'EBADF');
  });

  test('a directory for writing is an error', async () => {
    const { nine } = await ramSession(dialect);
    for (const mode of [OWRITE, ORDWR, OWRITE | OTRUNC]) await fails(nine.open(0, mode), 'EISDIR');
  });

  test('of an unknown fid', async () => {
    const { nine } = await ramSession(dialect);
    await fails(nine.open(99), 'EBADF');
    await fails(nine.create(99, 'x'), 'EBADF');
  });

  test("permissions: the owner's, the group's, the others' bits", async () => {
    const { nine, server } = await ramSession(dialect);
    const files: string[] = [];
    for (const bits of [0, 1, 2, 3, 4, 5, 6, 7]) {
      for (const shift of [0, 3, 6]) {
        const name = `${bits << shift}`;
        if (files.includes(name)) continue;
        files.push(name);
        await nine.make([name], 'x', 0o600);
        const fid = await nine.at(name);
        if (dialect === '9P2000') await nine.wstat(fid, { gid: 'sys' });
        else if (dialect === '9P2000.u') await nine.wstat(fid, { n_gid: 50 });
        else await nine.setattr(fid, { gid: 50 });
        await nine.chmod(fid, bits << shift);
        await nine.clunk(fid);
      }
    }
    const modes = nine.isLinux ? [OREAD, OWRITE, ORDWR] : [OREAD, OWRITE, ORDWR, OEXEC];
    const need = new Map([
      [OREAD, 4],
      [OWRITE, 2],
      [ORDWR, 6],
      [OEXEC, 1],
    ]);
    for (const [user, shift] of [
      [GLENDA, 6],
      [KEN, 3],
      [ROB, 0],
    ] as const) {
      const their = await session(server, dialect, user);
      for (const name of files) {
        for (const mode of modes) {
          const fid = await their.at(name);
          const may = ((Number(name) >> shift) & need.get(mode)!) === need.get(mode);
          if (may) await their.open(fid, mode);
          else await fails(their.open(fid, mode), 'EACCES');
          await their.clunk(fid);
        }
      }
    }
  });

  test('OTRUNC needs the right to write', async () => {
    const { nine, server } = await ramSession(dialect);
    await nine.make(['f'], 'content', 0o644);
    const ken = await session(server, dialect, KEN);
    await fails(ken.open(await ken.at('f'), OREAD | OTRUNC), 'EACCES');
    expect(await ken.content('f')).toBe('content');
  });

  test('permissions are checked at open only', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f'], 'content');
    const fid = await nine.opened(['f'], ORDWR);
    await nine.chmod(await nine.at('f'), 0);
    expect(await nine.text(fid)).toBe('content');
    await nine.write(fid, 0, 'C');
    await fails(nine.opened(['f']), 'EACCES');
  });

  test('a server that only reads', async () => {
    const root = ram({ owner: GLENDA });
    const writer = await session(serverOf(root, TRUSTING), dialect, GLENDA);
    await writer.make(['f'], 'content');
    const nine = await session(serverOf(root, { ...TRUSTING, readOnly: true }), dialect, GLENDA);
    expect(await nine.content('f')).toBe('content');
    for (const mode of [OWRITE, ORDWR, OREAD | OTRUNC]) await fails(nine.opened(['f'], mode), 'EROFS');
    await fails(nine.create(await nine.at(), 'g'), 'EROFS');
    await fails(nine.mkdir(0, 'd'), 'EROFS');
    await fails(nine.remove(await nine.at('f')), 'EROFS');
    await fails(nine.truncate(await nine.at('f'), 0), 'EROFS');
    await fails(nine.rename(await nine.at('f'), 'g'), 'EROFS');
    expect(await nine.list()).toEqual(['f']);
  });

  test('synthetic files say what they can', async () => {
    const tree = dir({
      text: text('t'),
      note: text('n', { write: () => {} }),
      bytes: bytes(new Uint8Array(4)),
      ctl: ctl({}),
    });
    const nine = await session(serverOf(tree, TRUSTING), dialect, GLENDA);
    for (const name of ['text', 'bytes']) await fails(nine.opened([name], OWRITE), 'EACCES');
    for (const name of ['note', 'ctl']) await nine.opened([name], ORDWR);
    await fails(nine.create(await nine.at(), 'new'), 'EACCES', 'EPERM');
    await fails(nine.mkdir(0, 'new'), 'EACCES', 'EPERM');
    await fails(nine.remove(await nine.at('text')), 'EACCES', 'EPERM');
    expect(await nine.list()).toEqual(['bytes', 'ctl', 'note', 'text']);
  });
});

describe.each(DIALECTS)('create, %s', (dialect) => {
  test('the fid becomes the new file, open', async () => {
    const { nine } = await ramSession(dialect);
    const fid = await nine.at();
    const { qid } = await nine.create(fid, 'f', 0o640);
    expect((await nine.info(fid)).qid).toEqual(qid);
    expect(await nine.info(fid)).toMatchObject({ isDir: false, mode: 0o640, size: 0 });
    expect(await nine.write(fid, 0, 'abc')).toBe(3);
    expect(await nine.text(fid)).toBe('abc');
    await fails(nine.walk(fid, nine.fid(), 'x'), 'ENOTDIR');
    expect((await nine.info(await nine.at('f'))).qid.path).toBe(qid.path);
  });

  test('of a name that exists is an error, and changes nothing', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f'], 'content');
    await nine.mkdir(0, 'd');
    for (const name of ['f', 'd']) {
      const fid = await nine.at();
      await fails(nine.create(fid, name, 0o600, ORDWR | OTRUNC), 'EEXIST');
      await fails(nine.mkdir(fid, name), 'EEXIST');
      expect((await nine.info(fid)).isDir).toBe(true);
    }
    expect(await nine.content('f')).toBe('content');
  });

  test.each(['.', '..', '', '/', 'a/b', '/a'])('%j is no name', async (name) => {
    const { nine } = await ramSession(dialect);
    await refused(nine.create(await nine.at(), name));
    await refused(nine.mkdir(0, name));
    expect(await nine.list()).toEqual([]);
  });

  test.each(['...', ' ', '-', '\u{1F600}', 'a\nb', '%2F', '\\', '__proto__', 'constructor', '0'])(
    '%j is one',
    async (name) => {
      const { nine } = await ramSession(dialect);
      await nine.make([name], name);
      expect(await nine.content(name)).toBe(name);
      expect(await nine.list()).toEqual([name]);
    },
  );

  test('in what is no directory', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f']);
    await fails(nine.create(await nine.at('f'), 'x'), 'ENOTDIR');
  });

  test('needs the right to write the directory', async () => {
    const { nine, server } = await ramSession(dialect);
    const ken = await session(server, dialect, KEN);
    await fails(ken.create(await ken.at(), 'x'), 'EACCES');
    await fails(ken.mkdir(0, 'x'), 'EACCES');
    await nine.chmod(0, 0o777);
    await ken.make(['x']);
  });

  test('the mode of the open is not checked against the permissions', async () => {
    const { nine } = await ramSession(dialect);
    const fid = await nine.at();
    await nine.create(fid, 'f', 0o444, ORDWR);
    await nine.write(fid, 0, 'x');
    await nine.clunk(fid);
    await fails(nine.opened(['f'], OWRITE), 'EACCES');
    const dark = await nine.at();
    await nine.create(dark, 'g', 0, OWRITE);
    await nine.write(dark, 0, 'x');
    await fails(nine.read(dark, 0, 1), 'EBADF');
  });

  test('in a directory that has been removed', async () => {
    const { nine } = await ramSession(dialect);
    await nine.mkdir(0, 'd');
    const inside = await nine.at('d');
    await nine.remove(await nine.at('d'));
    await fails(nine.create(inside, 'x'), 'ENOENT', 'EACCES');
  });

  test('the quota is an error, and nothing is left behind', async () => {
    const root = ram({ owner: GLENDA, size: 8192 });
    const nine = await session(serverOf(root, TRUSTING), dialect, GLENDA);
    const fids: number[] = [];
    for (let i = 0; ; i++) {
      const fid = await nine.at();
      const outcome = await nine.create(fid, `f${i}`).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        await fails(nine.create(fid, `f${i}`), 'ENOSPC');
        break;
      }
      fids.push(fid);
    }
    expect(fids.length).toBeGreaterThan(2);
    expect(await nine.list()).toHaveLength(fids.length);
    await nine.remove(fids[0]);
    await nine.make(['again']);
  });
});

describe.each(CLASSIC)('the perm rule of create, %s', (dialect) => {
  test.each([0o777, 0o755, 0o750, 0o700, 0o733, 0o300])('in a directory of mode %i', async (mode) => {
    const { nine } = await ramSession(dialect);
    await nine.mkdir(0, 'd', 0o777);
    await nine.chmod(await nine.at('d'), mode);
    const dirMode = (await nine.info(await nine.at('d'))).mode;
    expect(dirMode).toBe(mode);
    for (const [i, perm] of [0o777, 0o666, 0o644, 0o600, 0o111, 0].entries()) {
      const file = await nine.at('d');
      await nine.create(file, `f${i}`, perm, OREAD);
      expect((await nine.info(file)).mode).toBe(perm & (~0o666 | (dirMode & 0o666)) & 0o777);
      const made = await nine.at('d');
      await nine.create(made, `d${i}`, (DMDIR | perm) >>> 0, OREAD);
      expect((await nine.info(made)).mode).toBe(perm & (~0o777 | (dirMode & 0o777)) & 0o777);
    }
  });

  test('a directory is opened to be read only', async () => {
    const { nine } = await ramSession(dialect);
    for (const mode of [OWRITE, ORDWR, OREAD | OTRUNC, OREAD | ORCLOSE]) {
      await refused(nine.create(await nine.at(), 'd', (DMDIR | 0o755) >>> 0, mode));
    }
    expect(await nine.list()).toEqual([]);
    const fid = await nine.at();
    const { qid } = await nine.create(fid, 'd', (DMDIR | 0o755) >>> 0, OREAD);
    expect(qid.type).toBe(0x80);
    expect(await nine.names(fid)).toEqual([]);
    await refused(nine.write(fid, 0, 'x'));
  });

  test.each([
    [DMAPPEND, 0x40],
    [DMEXCL, 0x20],
    [DMTMP, 0x04],
    [DMAPPEND | DMEXCL, 0x60],
  ])('flags %i: the top byte of the mode is the type of the qid', async (flags, type) => {
    const { nine } = await ramSession(dialect);
    const fid = await nine.at();
    const { qid } = await nine.create(fid, 'f', (flags | 0o600) >>> 0);
    expect(qid.type).toBe(type);
    const stat = await nine.stat(fid);
    expect(stat.mode).toBe((flags | 0o600) >>> 0);
    expect(stat.qid.type).toBe(type);
    expect((await nine.walk(0, nine.fid(), 'f'))[0].type).toBe(type);
  });
});

describe.each(CLASSIC)('append only (DMAPPEND), %s', (dialect) => {
  async function log(nine: Nine): Promise<number> {
    const fid = await nine.at();
    await nine.create(fid, 'log', (DMAPPEND | 0o644) >>> 0, ORDWR);
    return fid;
  }

  test('writes ignore the offset, from the create on', async () => {
    const { nine } = await ramSession(dialect);
    const fid = await log(nine);
    await nine.write(fid, 0, 'one');
    await nine.write(fid, 0, 'two');
    await nine.write(fid, 1000, 'three');
    expect(await nine.text(fid)).toBe('onetwothree');
    const other = await nine.opened(['log'], OWRITE);
    await nine.write(other, 0, '!');
    expect(await nine.content('log')).toBe('onetwothree!');
  });

  test('OTRUNC succeeds, and truncates nothing', async () => {
    const { nine } = await ramSession(dialect);
    await nine.write(await log(nine), 0, 'kept');
    const fid = await nine.opened(['log'], OWRITE | OTRUNC);
    expect((await nine.stat(fid)).length).toBe(4n);
    await nine.write(fid, 0, '!');
    expect(await nine.content('log')).toBe('kept!');
  });

  test('is switched on and off by wstat, for later opens', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f'], 'one');
    const fid = await nine.at('f');
    await nine.wstat(fid, { mode: (DMAPPEND | 0o644) >>> 0 });
    expect((await nine.stat(fid)).qid.type).toBe(0x40);
    const open = await nine.opened(['f'], OWRITE);
    await nine.write(open, 0, 'two');
    expect(await nine.content('f')).toBe('onetwo');
    await nine.wstat(fid, { mode: 0o644 });
    await nine.write(await nine.opened(['f'], OWRITE), 0, 'ONE');
    expect(await nine.content('f')).toBe('ONEtwo');
  });
});

describe.each(CLASSIC)('exclusive use (DMEXCL), %s', (dialect) => {
  async function begin(): Promise<{ nine: Nine; other: Nine; fid: number }> {
    const { nine, server } = await ramSession(dialect);
    await nine.chmod(0, 0o777);
    const fid = await nine.at();
    await nine.create(fid, 'lock', (DMEXCL | 0o666) >>> 0, ORDWR);
    return { nine, other: await session(server, dialect, ROB), fid };
  }

  const isTaken = async (nine: Nine): Promise<void> => {
    const error = await fails(nine.opened(['lock']), 'EAGAIN');
    expect(error.ename).toBe('exclusive use file already open');
  };

  test('one open in all, from the create on, whatever the connection', async () => {
    const { nine, other, fid } = await begin();
    await isTaken(nine);
    await isTaken(other);
    await nine.clunk(fid);
    const theirs = await other.opened(['lock'], OWRITE);
    await isTaken(nine);
    await other.clunk(theirs);
    await nine.opened(['lock']);
  });

  test('until the connection is lost', async () => {
    const { nine, other } = await begin();
    nine.cut();
    await settle();
    await other.opened(['lock']);
  });

  test('until a new version', async () => {
    const { nine, other } = await begin();
    await agree(nine, dialect);
    await other.opened(['lock']);
  });

  test('until it is removed', async () => {
    const { nine, other, fid } = await begin();
    await nine.remove(fid);
    await nine.attach(70, { uname: 'glenda', n_uname: 1000 });
    await nine.create(70, 'lock', (DMEXCL | 0o666) >>> 0);
    await isTaken(other);
    await nine.clunk(70);
    await other.opened(['lock']);
  });

  test('an open that is refused takes nothing', async () => {
    const { nine, other, fid } = await begin();
    await nine.chmod(fid, 0o600);
    await nine.clunk(fid);
    await fails(other.opened(['lock']), 'EACCES');
    await nine.opened(['lock']);
  });
});

describe.each(CLASSIC)('remove on close (ORCLOSE), %s', (dialect) => {
  test('at clunk', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f'], 'x');
    const fid = await nine.opened(['f'], OREAD | ORCLOSE);
    expect(await nine.text(fid)).toBe('x');
    expect(await nine.list()).toEqual(['f']);
    await nine.clunk(fid);
    expect(await nine.list()).toEqual([]);
  });

  test('at clunk after a create', async () => {
    const { nine } = await ramSession(dialect);
    const fid = await nine.at();
    await nine.create(fid, 'f', 0o600, ORDWR | ORCLOSE);
    await nine.write(fid, 0, 'temporary');
    await nine.clunk(fid);
    expect(await nine.list()).toEqual([]);
  });

  test('at the end of the connection, in good order or not', async () => {
    const { nine, server } = await ramSession(dialect);
    for (const end of ['close', 'cut'] as const) {
      const other = await session(server, dialect, GLENDA);
      const fid = await other.at();
      await other.create(fid, end, 0o600, ORDWR | ORCLOSE);
      expect(await nine.list()).toEqual([end]);
      await other[end]();
      await settle();
      expect(await nine.list()).toEqual([]);
    }
  });

  test('not twice: removed by hand before', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f']);
    const fid = await nine.opened(['f'], OREAD | ORCLOSE);
    await nine.remove(await nine.at('f'));
    await nine.make(['f'], 'another');
    await nine.clunk(fid);
    expect(await nine.content('f')).toBe('another');
  });

  test('follows a rename', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f']);
    const fid = await nine.opened(['f'], OREAD | ORCLOSE);
    await nine.wstat(await nine.at('f'), { name: 'g' });
    await nine.clunk(fid);
    expect(await nine.list()).toEqual([]);
  });

  test('the right to remove is asked for at open', async () => {
    const { nine, server } = await ramSession(dialect);
    await nine.make(['f'], 'x');
    await nine.chmod(await nine.at('f'), 0o666);
    const ken = await session(server, dialect, KEN);
    await fails(ken.opened(['f'], OREAD | ORCLOSE), 'EACCES');
    await fails(nine.open(0, OREAD | ORCLOSE));
    await ken.clunk(await ken.opened(['f'], ORDWR));
    expect(await nine.list()).toEqual(['f']);
  });
});
