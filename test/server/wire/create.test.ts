/** Section 5 of the corners: create. */
import { describe, expect, test } from '@jest/globals';
import { ram } from '../../../src/resources/ram/index.ts';
import {
  CLASSIC,
  DIALECTS,
  DMAPPEND,
  DMDIR,
  DMEXCL,
  DMTMP,
  ORCLOSE,
  ORDWR,
  OREAD,
  OTRUNC,
  OWRITE,
} from './codec.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, KEN, TRUSTING, ramSession, session } from './worlds.ts';

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
