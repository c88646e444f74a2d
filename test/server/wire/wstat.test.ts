/** Section 6 of the corners: wstat (9P2000, 9P2000.u). */
import { describe, expect, test } from '@jest/globals';
import { dir, text } from '../../../src/file/index.ts';
import { CLASSIC, DMAPPEND, DMDIR, DMEXCL, DMTMP, ORDWR, OREAD, OWRITE } from './codec.ts';
import { serverOf, settle } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { Gate, slow } from './slow.ts';
import { GLENDA, KEN, ROB, TRUSTING, ramSession, ramTree, session } from './worlds.ts';

describe.each(CLASSIC)('wstat, %s', (dialect) => {
  const begin = (): ReturnType<typeof ramSession> => ramSession(dialect);

  test('mode, with and without flags', async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    const fid = await nine.at('f');
    for (const mode of [0, 0o777, DMAPPEND | 0o600, DMEXCL | 0o600, DMTMP | 0o644, 0o644]) {
      await nine.wstat(fid, { mode: mode >>> 0 });
      const stat = await nine.stat(fid);
      expect(stat.mode).toBe(mode >>> 0);
      expect(stat.qid.type).toBe(mode >>> 24);
    }
    await nine.wstat(0, { mode: (DMDIR | 0o700) >>> 0 });
    expect((await nine.stat(0)).mode).toBe((DMDIR | 0o700) >>> 0);
  });

  test('times', async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    const fid = await nine.at('f');
    await nine.wstat(fid, { mtime: 1_000_000 });
    expect((await nine.stat(fid)).mtime).toBe(1_000_000);
    await nine.wstat(fid, { atime: 2_000_000, mtime: 0 });
    expect(await nine.stat(fid)).toMatchObject({ atime: 2_000_000, mtime: 0 });
    await nine.wstat(fid, { mtime: 0xffff_fffe });
    expect((await nine.stat(fid)).mtime).toBe(0xffff_fffe);
  });

  test('length: shorter and longer', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    await nine.wstat(fid, { length: 4n });
    expect(await nine.content('f')).toBe('cont');
    await nine.wstat(fid, { length: 6n });
    expect(await nine.content('f')).toBe('cont\0\0');
    await refused(nine.wstat(fid, { length: 2n ** 53n }));
    await refused(nine.wstat(fid, { length: 2n ** 64n - 2n }));
    expect((await nine.stat(fid)).length).toBe(6n);
  });

  test('length through an open fid whose file nobody may write any more', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const open = await nine.opened(['f'], OWRITE);
    const fid = await nine.at('f');
    await nine.chmod(fid, 0o444);
    await fails(nine.wstat(fid, { length: 1n }), 'EACCES');
    await nine.wstat(open, { length: 3n });
    expect(await nine.content('f')).toBe('con');
  });

  test('a name: the file moves, with all fids that know it', async () => {
    const { nine } = await begin();
    await nine.make(['a'], 'A');
    const [one, two] = [await nine.at('a'), await nine.opened(['a'])];
    await nine.wstat(one, { name: 'b' });
    expect(await nine.list()).toEqual(['b']);
    expect((await nine.stat(one)).name).toBe('b');
    expect((await nine.stat(two)).name).toBe('b');
    expect(await nine.text(two)).toBe('A');
    await nine.wstat(two, { name: 'c' });
    expect((await nine.stat(one)).name).toBe('c');
    await nine.remove(one);
    expect(await nine.list()).toEqual([]);
  });

  test('the name of a directory: fids below it know', async () => {
    const { nine } = await begin();
    await nine.mkdir(0, 'a');
    await nine.mkdir(await nine.at('a'), 'b');
    await nine.make(['a', 'b', 'f'], 'F');
    const below = await nine.at('a', 'b');
    const file = await nine.at('a', 'b', 'f');
    await nine.wstat(await nine.at('a'), { name: 'A' });
    const up = nine.fid();
    await nine.walk(below, up, '..');
    expect((await nine.stat(up)).name).toBe('A');
    await nine.wstat(up, { name: 'AA' });
    expect(await nine.list()).toEqual(['AA']);
    expect(await nine.walk(below, nine.fid(), '..', '..', 'AA', 'b', 'f')).toHaveLength(5);
    await nine.wstat(file, { name: 'g' });
    expect(await nine.list('AA', 'b')).toEqual(['g']);
    await nine.remove(file);
    await nine.remove(below);
    await nine.remove(up);
    expect(await nine.list()).toEqual([]);
  });

  test('to an existing name is an error, and replaces nothing', async () => {
    const { nine } = await begin();
    await nine.make(['a'], 'A');
    await nine.make(['b'], 'B');
    await nine.mkdir(0, 'd');
    const fid = await nine.at('a');
    for (const name of ['b', 'd']) {
      await fails(nine.wstat(fid, { name }), 'EEXIST');
      await fails(nine.wstat(fid, { name, length: 0n, mode: 0o600 }), 'EEXIST');
    }
    expect(await nine.stat(fid)).toMatchObject({ name: 'a', length: 1n, mode: 0o644 });
    expect([await nine.content('a'), await nine.content('b')]).toEqual(['A', 'B']);
    await nine.wstat(fid, { name: 'a' });
  });

  test('all or nothing: a refused name keeps length, mode and times', async () => {
    const { nine, server } = await begin();
    await nine.make(['f'], 'content');
    await nine.mkdir(0, 'd');
    await nine.make(['d', 'f'], 'content');
    for (const names of [['f'], ['d', 'f']]) await nine.chmod(await nine.at(...names), 0o666);
    const ken = await session(server, dialect, KEN);
    // He may write the file, but not its directory.
    const his = await ken.at('f');
    const before = await ken.stat(his);
    await fails(ken.wstat(his, { length: 0n, name: 'g' }), 'EACCES');
    expect(await ken.stat(his)).toEqual(before);
    // Nobody may have such a name.
    const mine = await nine.at('d', 'f');
    for (const name of ['a/b', '..', 'n'.repeat(256)]) {
      await refused(nine.wstat(mine, { length: 1n, mode: 0o600, mtime: 1, name }));
    }
    expect(await nine.stat(mine)).toMatchObject({ length: 7n, mode: 0o666, name: 'f' });
    expect(await nine.content('d', 'f')).toBe('content');
  });

  test('all or nothing: a refused change keeps the name', async () => {
    const { nine, server } = await begin();
    await nine.make(['f'], 'content');
    await nine.chmod(0, 0o777);
    const ken = await session(server, dialect, KEN);
    const fid = await ken.at('f');
    await fails(ken.wstat(fid, { name: 'g', length: 0n }), 'EACCES');
    await fails(ken.wstat(fid, { name: 'g', mode: 0o777 }), 'EPERM', 'EACCES');
    await refused(ken.wstat(fid, { name: 'g', gid: 'sys' }));
    await refused(nine.wstat(await nine.at('f'), { name: 'g', length: 2n ** 62n }));
    expect(await nine.list()).toEqual(['f']);
    expect((await ken.stat(fid)).name).toBe('f');
    // But the name alone, for the directory is everybody's.
    await ken.wstat(fid, { name: 'g' });
    expect(await nine.list()).toEqual(['g']);
  });

  test('who may change what', async () => {
    const { nine, server } = await begin();
    await nine.make(['f'], 'content');
    const glenda = await nine.at('f');
    await nine.chmod(glenda, 0o666);
    const ken = await session(server, dialect, KEN);
    const his = await ken.at('f');
    await fails(ken.wstat(his, { mode: 0o777 }), 'EPERM');
    await fails(ken.wstat(his, { mtime: 5 }), 'EPERM', 'EACCES');
    await fails(ken.wstat(his, { gid: 'sys' }), 'EPERM');
    // Equal values are no change, whoever sends them.
    await ken.wstat(his, { mode: 0o666, gid: 'glenda', uid: 'glenda' });
    await ken.wstat(his, await ken.stat(his));
    await ken.wstat(his, { length: 3n });
    expect((await nine.stat(glenda)).length).toBe(3n);
    await nine.chmod(glenda, 0o644);
    await fails(ken.wstat(his, { length: 0n }), 'EACCES');
  });

  test('gid: the owner gives it to a group that she is in', async () => {
    const { nine, server } = await begin();
    await nine.make(['f']);
    const fid = await nine.at('f');
    await nine.wstat(fid, { gid: 'sys' });
    expect((await nine.stat(fid)).gid).toBe('sys');
    await fails(nine.wstat(fid, { gid: 'rob' }), 'EPERM');
    await fails(nine.wstat(fid, { gid: 'nosuchgroup' }), 'EPERM', 'EINVAL');
    const rob = await session(server, dialect, ROB);
    await fails(rob.wstat(await rob.at('f'), { gid: 'rob' }), 'EPERM');
    expect((await nine.stat(fid)).gid).toBe('sys');
  });

  test('muid is who wrote last', async () => {
    const { nine, server } = await begin();
    await nine.make(['f']);
    await nine.chmod(await nine.at('f'), 0o666);
    const ken = await session(server, dialect, KEN);
    await ken.write(await ken.opened(['f'], OWRITE), 0, 'x');
    expect(await nine.stat(await nine.at('f'))).toMatchObject({ uid: 'glenda', muid: 'ken' });
  });

  test('the root cannot be renamed', async () => {
    const { nine } = await begin();
    await refused(nine.wstat(0, { name: 'other' }));
    await nine.wstat(0, { name: '/' });
  });

  test('on an open fid, whatever it is open for', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.opened(['f'], OREAD);
    await nine.wstat(fid, { mode: 0o600 });
    await nine.wstat(fid, { name: 'g' });
    expect(await nine.text(fid)).toBe('content');
    expect((await nine.stat(fid)).name).toBe('g');
  });

  test('at once with others on one fid: each of them is whole', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    const posted = nine.postAll([
      nine.wstatFields(fid, { name: 'a', length: 1n }),
      nine.wstatFields(fid, { name: 'b', length: 2n }),
      nine.wstatFields(fid, { name: 'c', length: 3n }),
    ]);
    await Promise.all(posted.map(({ body }) => body));
    expect(await nine.list()).toEqual(['c']);
    expect(await nine.content('c')).toBe('c\0\0');
  });
});

describe.each(CLASSIC)('a Twstat that changes nothing makes safe what was written, %s', (dialect) => {
  test('and says if that failed', async () => {
    const committed: string[] = [];
    const note = text('', { write: (content) => void committed.push(content) });
    const nine = await session(serverOf(dir({ note }), TRUSTING), dialect, GLENDA);
    const fid = await nine.opened(['note'], ORDWR);
    await nine.write(fid, 0, 'one');
    await nine.wstat(fid, {});
    expect(committed).toEqual(['one']);
    await nine.clunk(fid);
    expect(committed).toEqual(['one']);
  });
});

test('9P2000: a wstat that is under way does not hide a stat', async () => {
  const gate = new Gate('change');
  const nine = await session(serverOf(slow(await ramTree(), gate.pause), TRUSTING), '9P2000', GLENDA);
  const fid = await nine.at('top');
  gate.close();
  const change = nine.post(...nine.wstatFields(fid, { mode: 0o600 }));
  await settle();
  expect((await nine.stat(fid)).mode).toBe(0o644);
  gate.open();
  await change.body;
  expect((await nine.stat(fid)).mode).toBe(0o600);
});
