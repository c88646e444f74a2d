/** Attributes, and changes of them: all together, or not at all. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { READ, READ_WRITE, type Chan, type Change } from '../../../src/file/index.ts';
import { groupName, setTimes, userName } from '../../../src/host/index.ts';
import { codeOf, exported, folder, isRoot, opened, put, r, testUnless, walk } from './support.ts';

const path = folder();
const root = exported(path);

async function fresh(name: string, content = 'content', mode = 0o644): Promise<Chan> {
  await put(root, name, content, mode);
  return walk(root, name);
}

/** Why times are rounded, if they are. */
const withoutNanoseconds = (() => {
  try {
    setTimes(path, undefined, undefined);
    return undefined;
  } catch (error) {
    return String(error);
  }
})();

/** Why nothing is too large here, if nothing is. */
const takesAnySize = (() => {
  writeFileSync(`${path}/largest`, '');
  try {
    truncateSync(`${path}/largest`, Number.MAX_SAFE_INTEGER);
    return 'the file system takes files of any size';
  } catch {
    return undefined;
  } finally {
    unlinkSync(`${path}/largest`);
  }
})();

const bigStat = (name: string) => lstatSync(`${path}/${name}`, { bigint: true });
const nanoseconds = (time: { sec: number; nsec: number }) =>
  BigInt(time.sec) * 1_000_000_000n + BigInt(time.nsec);

test('attributes are those of the host', async () => {
  const chan = await fresh('attr', 'x'.repeat(5000), 0o4751);
  const attr = await chan.attr(r);
  const stat = bigStat('attr');
  expect(attr).toMatchObject({
    type: 'file',
    nature: 'plain',
    mode: 0o4751,
    size: 5000,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    owner: userName(Number(stat.uid)),
    group: groupName(Number(stat.gid)),
    nlink: 1,
    blksize: Number(stat.blksize),
    blocks: Number(stat.blocks),
  });
  expect(nanoseconds(attr.atime)).toBe(stat.atimeNs);
  expect(nanoseconds(attr.mtime)).toBe(stat.mtimeNs);
  expect(nanoseconds(attr.ctime!)).toBe(stat.ctimeNs);
  expect(chan.qid.path).toBe(stat.ino);
  const open = await opened(root, 'attr');
  expect(await open.attr(r)).toEqual(await chan.attr(r));
  await open.close('clunk', r);
});

describe('one at a time', () => {
  test('the mode, special bits too', async () => {
    const chan = await fresh('mode');
    for (const mode of [0o600, 0o7777, 0, 0o1644]) {
      await chan.change({ mode }, r);
      expect(statSync(`${path}/mode`).mode & 0o7777).toBe(mode);
    }
  });

  test('the size', async () => {
    const chan = await fresh('size');
    for (const size of [3, 0, 100_000, 7]) {
      await chan.change({ size }, r);
      expect(statSync(`${path}/size`).size).toBe(size);
    }
  });

  testUnless(withoutNanoseconds, 'times, to the nanosecond; the other one stays', async () => {
    const chan = await fresh('times');
    const atime = { sec: 1_000_000_000, nsec: 123_456_789 };
    const mtime = { sec: -1, nsec: 999_999_999 };
    const before = bigStat('times');
    await chan.change({ mtime }, r);
    expect(bigStat('times')).toMatchObject({ atimeNs: before.atimeNs, mtimeNs: -1n });
    await chan.change({ atime }, r);
    expect(bigStat('times')).toMatchObject({ atimeNs: 1_000_000_000_123_456_789n, mtimeNs: -1n });
    expect(await chan.attr(r)).toMatchObject({ atime, mtime });
  });

  test('times to now', async () => {
    const chan = await fresh('now');
    utimesSync(`${path}/now`, 1, 1);
    await chan.change({ atime: 'now' }, r);
    const { atimeMs, mtimeMs } = statSync(`${path}/now`);
    expect(Math.abs(atimeMs - Date.now())).toBeLessThan(5000);
    expect(mtimeMs).toBe(1000);
  });

  test('the ctime alone', async () => {
    const chan = await fresh('touch', 'x', 0o640);
    const before = bigStat('touch');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await chan.change({ touch: true }, r);
    const after = bigStat('touch');
    expect(after.ctimeNs).toBeGreaterThan(before.ctimeNs);
    expect(after).toMatchObject({ mtimeNs: before.mtimeNs, atimeNs: before.atimeNs, mode: before.mode });
  });

  test('nothing at all', async () => {
    const chan = await fresh('nothing');
    const before = bigStat('nothing');
    await chan.change({}, r);
    expect(bigStat('nothing')).toEqual(before);
  });
});

test('all at once: the times are those that were asked for, though the size changes too', async () => {
  const chan = await fresh('all');
  const mtime = { sec: 5, nsec: 0 };
  await chan.change({ mode: 0o400, size: 3, atime: mtime, mtime }, r);
  expect(statSync(`${path}/all`)).toMatchObject({ size: 3, mtimeMs: 5000, atimeMs: 5000 });
  expect(statSync(`${path}/all`).mode & 0o777).toBe(0o400);
});

test('through an open file, also one that is open for reading only', async () => {
  await fresh('open');
  for (const mode of [READ, READ_WRITE]) {
    const chan = await opened(root, 'open', mode);
    await chan.change({ size: 2, mode: 0o600 }, r);
    expect(statSync(`${path}/open`)).toMatchObject({ size: 2 });
    await chan.close('clunk', r);
    chmodSync(`${path}/open`, 0o644);
  }
});

describe('nothing happens', () => {
  const time = { sec: 77, nsec: 0 };
  const cases: Readonly<Record<string, readonly [Change, string]>> = {
    'if a time is none': [
      { mode: 0o600, size: 1, atime: time, mtime: { sec: 1, nsec: 2_000_000_000 } },
      'EINVAL',
    ],
    'if the owner is another': [{ mode: 0o600, mtime: time, size: 1, uid: 12345 }, 'EPERM'],
    'if the group is another': [{ mode: 0o600, mtime: time, size: 1, gid: 12345 }, 'EPERM'],
    'if the owner is nobody that the host knows': [{ size: 1, owner: 'nobody-of-that-name' }, 'EINVAL'],
    'if the file is to be append-only': [{ size: 1, append: true }, 'EOPNOTSUPP'],
    'if the file is to be of exclusive use': [{ size: 1, exclusive: true }, 'EOPNOTSUPP'],
  };

  test.each(Object.entries(cases))('%s', async (name, [change, code]) => {
    const chan = await fresh(name, 'content', 0o4644);
    const { ctimeNs: _, ...before } = bigStat(name);
    const { ctime: __, ctimeMs: ___, ...all } = before;
    expect(await codeOf(() => chan.change(change, r))).toBe(code);
    expect(bigStat(name)).toMatchObject(all);
    const open = await opened(root, name, READ_WRITE);
    expect(await codeOf(() => open.change(change, r))).toBe(code);
    expect(bigStat(name)).toMatchObject(all);
    await open.close('clunk', r);
  });

  testUnless(takesAnySize, 'if the size is more than the file system has', async () => {
    const chan = await fresh('size-of-all');
    const { mode, mtimeNs, size } = bigStat('size-of-all');
    const change = { mode: 0o600, atime: time, mtime: time, size: Number.MAX_SAFE_INTEGER };
    expect(await codeOf(() => chan.change(change, r))).toBe('EFBIG');
    expect(bigStat('size-of-all')).toMatchObject({ mode, mtimeNs, size });
  });

  testUnless(isRoot ? 'root may write everything' : undefined, 'if the file cannot be written', async () => {
    const chan = await fresh('unwritable', 'content', 0o444);
    expect(await codeOf(() => chan.file.change!({ mode: 0o600, size: 0 }, r))).toBe('EACCES');
    expect(statSync(`${path}/unwritable`)).toMatchObject({ size: 7 });
  });
});

describe('what is the case already', () => {
  test('may be asked for', async () => {
    const chan = await fresh('equal');
    const { uid, gid, owner, group, mode } = await chan.attr(r);
    await chan.change({ uid, gid, owner, group, mode, append: false, exclusive: false, temporary: true }, r);
  });
});

describe('what is no regular file', () => {
  test('a directory has no size to set, apart from 0', async () => {
    mkdirSync(`${path}/dir`);
    const dir = await walk(root, 'dir');
    await dir.change({ size: 0, mode: 0o2770 }, r);
    expect(statSync(`${path}/dir`).mode & 0o7777).toBe(0o2770);
    expect(await codeOf(() => dir.file.change!({ size: 1, mode: 0o700 }, r))).toBe('EISDIR');
    expect(statSync(`${path}/dir`).mode & 0o7777).toBe(0o2770);
  });

  test('a FIFO has a mode and times', async () => {
    await root.mknod('fifo', { type: 'fifo', mode: 0o600, major: 0, minor: 0 }, r);
    const fifo = await walk(root, 'fifo');
    await fifo.change({ mode: 0o640, mtime: { sec: 9, nsec: 0 } }, r);
    expect(statSync(`${path}/fifo`)).toMatchObject({ mtimeMs: 9000 });
    expect(await codeOf(() => fifo.change({ size: 0 }, r))).toBe('EINVAL');
  });

  test('a symbolic link has times of its own, and no mode', async () => {
    symlinkSync('equal', `${path}/link`);
    const target = statSync(`${path}/equal`);
    const link = await walk(root, 'link');
    await link.change({ mtime: { sec: 9, nsec: 0 } }, r);
    expect(lstatSync(`${path}/link`)).toMatchObject({ mtimeMs: 9000 });
    expect(statSync(`${path}/equal`)).toEqual(target);
    expect(await codeOf(() => link.change({ mode: 0o600 }, r))).toBe('EOPNOTSUPP');
    await link.change({ mode: 0o777, touch: true }, r);
  });
});
