/** stat, lstat, access, chmod, chown, utimes, statfs. */
import { expect } from '@jest/globals';
import type { Checks } from '../battery.ts';
import { fails, refuses, wrong } from '../ground.ts';

const KINDS = [
  'isFile',
  'isDirectory',
  'isSymbolicLink',
  'isFIFO',
  'isSocket',
  'isBlockDevice',
  'isCharacterDevice',
] as const;

export const attributes: Checks = {
  stat: async ({ fs, at }) => {
    const stat = await fs.stat(at('f'));
    expect([stat.size, stat.mode, stat.nlink]).toEqual([5, 0o100644, 1]);
    expect(KINDS.filter((kind) => stat[kind]())).toEqual(['isFile']);
    expect([stat.uid, stat.gid]).toEqual([process.getuid?.(), process.getgid?.()]);
    for (const name of ['dev', 'ino', 'rdev', 'blksize', 'blocks'] as const)
      expect(Number.isSafeInteger(stat[name])).toBe(true);
    expect(Math.abs(stat.mtimeMs - Date.now())).toBeLessThan(60_000);
    expect(Math.abs(stat.mtime.getTime() - stat.mtimeMs)).toBeLessThanOrEqual(1);
  },
  'the fields of stat': async ({ fs, at }) => {
    const fields = [
      ['dev', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'blksize', 'ino', 'size', 'blocks'],
      ['atimeMs', 'mtimeMs', 'ctimeMs', 'birthtimeMs', 'atime', 'mtime', 'ctime', 'birthtime'],
    ].flat();
    const nanoseconds = ['atimeNs', 'mtimeNs', 'ctimeNs', 'birthtimeNs'];
    const [plain, big] = [await fs.stat(at('f')), await fs.stat(at('f'), { bigint: true })];
    expect(Object.keys(plain).toSorted()).toEqual(fields.toSorted());
    expect(Object.keys(big).toSorted()).toEqual([...fields, ...nanoseconds].toSorted());
    const isDate = (value: unknown) => Object.prototype.toString.call(value) === '[object Date]';
    const kinds = (stat: object) => [
      ...new Set(Object.values(stat).map((value) => (isDate(value) ? 'date' : typeof value))),
    ];
    expect(kinds(plain).toSorted()).toEqual(['date', 'number']);
    expect(kinds(big).toSorted()).toEqual(['bigint', 'date']);
  },
  'stat of a directory': async ({ fs, at }) => {
    const stat = await fs.stat(at('d'));
    expect(KINDS.filter((kind) => stat[kind]())).toEqual(['isDirectory']);
    expect((await fs.stat('/')).isDirectory()).toBe(true);
    expect((await fs.stat(at('d/'))).ino).toBe(stat.ino);
    expect((await fs.stat(at('d/.'))).ino).toBe(stat.ino);
    expect((await fs.stat(at('d/e/..'))).ino).toBe(stat.ino);
  },
  'stat with bigint': async ({ fs, at }) => {
    await fs.utimes(at('f'), 12.5, 1.25);
    const stat = await fs.stat(at('f'), { bigint: true });
    expect([stat.size, stat.mode, stat.atimeMs, stat.mtimeNs]).toEqual([
      5n,
      0o100644n,
      12_500n,
      1_250_000_000n,
    ]);
    expect(stat.mtime.getTime()).toBe(1250);
    expect(KINDS.filter((kind) => stat[kind]())).toEqual(['isFile']);
    expect(stat.ino).toBe(BigInt((await fs.stat(at('f'))).ino));
  },
  'stat follows and lstat does not': async ({ fs, at }) => {
    expect((await fs.stat(at('l'))).isFile()).toBe(true);
    expect((await fs.lstat(at('l'))).isSymbolicLink()).toBe(true);
    expect((await fs.lstat(at('l'), { bigint: true })).isSymbolicLink()).toBe(true);
    expect((await fs.lstat(at('l'))).size).toBe(1);
    expect((await fs.stat(at('ld'))).isDirectory()).toBe(true);
    expect((await fs.lstat(at('ld/x'))).isFile()).toBe(true);
  },
  'stat of what is not there': async ({ fs, at }) => {
    await fails(() => fs.stat(at('no')), 'ENOENT', 'stat', at('no'));
    await fails(() => fs.stat(at('dang')), 'ENOENT', 'stat', at('dang'));
    await fails(() => fs.lstat(at('no')), 'ENOENT', 'lstat', at('no'));
    await fails(() => fs.stat(at('f/x')), 'ENOTDIR', 'stat', at('f/x'));
    await fails(() => fs.stat(''), 'ENOENT', 'stat', '');
  },
  'different files have different numbers': async ({ fs, at }) => {
    const numbers = await Promise.all(
      ['f', 'd', 'd/x', 'd/e'].map(async (name) => (await fs.stat(at(name))).ino),
    );
    expect(new Set(numbers).size).toBe(4);
  },
  'times go on': async ({ fs, at }) => {
    await fs.utimes(at('f'), 1, 1);
    await fs.appendFile(at('f'), '!');
    const { mtimeMs, ctimeMs, birthtimeMs } = await fs.stat(at('f'));
    expect(mtimeMs).toBeGreaterThan(1_000_000);
    expect(ctimeMs).toBeGreaterThanOrEqual(birthtimeMs);
  },

  access: async ({ fs, at }) => {
    const { F_OK, R_OK, W_OK, X_OK } = fs.constants;
    expect(await fs.access(at('f'))).toBe(undefined);
    await fs.access(at('d'), F_OK);
    await fs.access(at('l'), R_OK | W_OK);
    await fs.access(at('d'), R_OK | W_OK | X_OK);
    await fails(() => fs.access(at('f'), X_OK), 'EACCES', 'access', at('f'));
    await fs.chmod(at('f'), 0o755);
    await fs.access(at('f'), X_OK);
  },
  'access to what is not there': async ({ fs, at }) => {
    await fails(() => fs.access(at('no')), 'ENOENT', 'access', at('no'));
    await fails(() => fs.access(at('dang')), 'ENOENT', 'access', at('dang'));
  },
  'access with a wrong mode': async ({ fs, at }) => {
    await refuses(
      () => fs.access(at('f'), wrong('x')),
      'TypeError',
      'ERR_INVALID_ARG_TYPE',
      'mode must be int32 or null/undefined',
    );
    await refuses(
      () => fs.access(at('f'), 99),
      'RangeError',
      'ERR_OUT_OF_RANGE',
      'mode is out of range: >= 0 && <= 7',
    );
  },

  chmod: async ({ fs, at }) => {
    expect(await fs.chmod(at('f'), 0o600)).toBe(undefined);
    expect((await fs.stat(at('f'))).mode).toBe(0o100600);
    await fs.chmod(at('l'), '755');
    expect((await fs.stat(at('f'))).mode).toBe(0o100755);
    await fs.chmod(at('d'), 0o1770);
    expect((await fs.stat(at('d'))).mode).toBe(0o041770);
    await fails(() => fs.chmod(at('no'), 0o600), 'ENOENT', 'chmod', at('no'));
  },
  'chmod with a wrong mode': async ({ fs, at }) => {
    const said = "The argument 'mode' must be a 32-bit unsigned integer or an octal string. Received 'rwx'";
    await refuses(() => fs.chmod(at('f'), 'rwx'), 'TypeError', 'ERR_INVALID_ARG_VALUE', said);
    const none = 'The "mode" argument must be of type number. Received undefined';
    await refuses(() => fs.chmod(at('f'), wrong(undefined)), 'TypeError', 'ERR_INVALID_ARG_TYPE', none);
  },
  'lchmod is not to be had': async ({ fs, at }) => {
    const said = 'The lchmod() method is not implemented';
    await refuses(() => fs.lchmod(at('l'), 0o600), 'Error', 'ERR_METHOD_NOT_IMPLEMENTED', said);
  },
  chown: async ({ fs, at }) => {
    const { uid, gid } = await fs.stat(at('f'));
    expect(await fs.chown(at('f'), uid, gid)).toBe(undefined);
    await fs.chown(at('f'), -1, -1);
    await fs.lchown(at('dang'), uid, gid);
    await fails(() => fs.chown(at('no'), uid, gid), 'ENOENT', 'chown', at('no'));
    await fails(() => fs.lchown(at('no'), uid, gid), 'ENOENT', 'lchown', at('no'));
  },
  'chown to what is no number': async ({ fs, at }) => {
    const said = `The "uid" argument must be of type number. Received type string ('a')`;
    await refuses(() => fs.chown(at('f'), wrong('a'), 1), 'TypeError', 'ERR_INVALID_ARG_TYPE', said);
    const range = 'The value of "uid" is out of range. It must be >= -1 && <= 4294967295. Received -2';
    await refuses(() => fs.chown(at('f'), -2, 1), 'RangeError', 'ERR_OUT_OF_RANGE', range);
  },

  utimes: async ({ fs, at }) => {
    const times = async () => {
      const { atimeMs, mtimeMs } = await fs.stat(at('f'));
      return [atimeMs, mtimeMs];
    };
    expect(await fs.utimes(at('f'), 1_000_000_000, 1.5)).toBe(undefined);
    expect(await times()).toEqual([1_000_000_000_000, 1500]);
    await fs.utimes(at('l'), new Date(5000), '12.5');
    expect(await times()).toEqual([5000, 12_500]);
    await fs.utimes(at('f'), -5, 1);
    expect((await times())[0]).toBeGreaterThan(1_000_000_000_000);
  },
  'utimes of a link itself': async ({ fs, at }) => {
    await fs.lutimes(at('dang'), 1, 2);
    expect((await fs.lstat(at('dang'))).mtimeMs).toBe(2000);
    await fs.lutimes(at('l'), 3, 4);
    expect((await fs.lstat(at('l'))).mtimeMs).toBe(4000);
    expect((await fs.stat(at('f'))).mtimeMs).not.toBe(4000);
  },
  'utimes that cannot be': async ({ fs, at }) => {
    await fails(() => fs.utimes(at('no'), 1, 1), 'ENOENT', 'utime', at('no'));
    await fails(() => fs.lutimes(at('no'), 1, 1), 'ENOENT', 'lutime', at('no'));
    const said = 'The "time" argument must be an instance of Date or an Time in seconds.';
    for (const [value, received] of [
      ['x', "type string ('x')"],
      [Number.NaN, 'type number (NaN)'],
      [{}, 'an instance of Object'],
    ] as const) {
      const call = () => fs.utimes(at('f'), wrong(value), 1);
      await refuses(call, 'TypeError', 'ERR_INVALID_ARG_TYPE', `${said} Received ${received}`);
    }
  },
  statfs: async ({ fs, at }) => {
    const figures = await fs.statfs(at('d'));
    expect(Object.keys(figures).toSorted()).toEqual([
      'bavail',
      'bfree',
      'blocks',
      'bsize',
      'ffree',
      'files',
      'type',
    ]);
    expect(figures.bsize).toBeGreaterThan(0);
    expect(figures.blocks).toBeGreaterThanOrEqual(figures.bfree);
    expect(typeof (await fs.statfs(at('d'), { bigint: true })).bsize).toBe('bigint');
    await fails(() => fs.statfs(at('no')), 'ENOENT', 'statfs', at('no'));
  },
};
