/** Section 5 of the corners: open, in all dialects where it can be said. */
import { describe, expect, test } from '@jest/globals';
import { bytes, ctl, dir, text } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { CLASSIC, DIALECTS, OEXEC, ORCLOSE, ORDWR, OREAD, OTRUNC, OWRITE } from './codec.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, KEN, ROB, TRUSTING, ramSession, session } from './worlds.ts';

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
