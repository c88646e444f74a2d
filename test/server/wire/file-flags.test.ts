/** Section 5 of the corners: append only, exclusive use, remove on close (9P2000, 9P2000.u). */
import { describe, expect, test } from '@jest/globals';
import { CLASSIC, DMAPPEND, DMEXCL, ORCLOSE, ORDWR, OREAD, OTRUNC, OWRITE } from './codec.ts';
import type { Nine } from './nine.ts';
import { settle } from './peer.ts';
import { fails } from './refusal.ts';
import { GLENDA, KEN, ROB, agree, ramSession, session } from './worlds.ts';

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
