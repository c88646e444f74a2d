/** mkdir, mkdtemp, readdir, opendir, rmdir, rm. */
import { expect } from '@jest/globals';
import type { Checks } from '../battery.ts';
import { fails, failure, refuses, wrong } from '../ground.ts';

export const directories: Checks = {
  mkdir: async ({ fs, at }) => {
    expect(await fs.mkdir(at('new'))).toBe(undefined);
    expect((await fs.stat(at('new'))).mode).toBe(0o040755);
    await fs.mkdir(at('private'), 0o700);
    await fs.mkdir(at('open'), { mode: '777' });
    expect((await fs.stat(at('private'))).mode & 0o777).toBe(0o700);
    expect((await fs.stat(at('open'))).mode & 0o777).toBe(0o755);
    await fs.mkdir(at('slash/'));
    expect((await fs.stat(at('slash'))).isDirectory()).toBe(true);
  },
  'mkdir of what is there': async ({ fs, at }) => {
    for (const name of ['d', 'f', 'l', 'dang', 'd/', 'd/.', 'd/..'])
      await fails(() => fs.mkdir(at(name)), 'EEXIST', 'mkdir', at(name));
    await fails(() => fs.mkdir('/'), 'EEXIST', 'mkdir', '/');
    await fails(() => fs.mkdir('.'), 'EEXIST', 'mkdir', '.');
  },
  'mkdir where nothing can be made': async ({ fs, at }) => {
    await fails(() => fs.mkdir(at('no/x')), 'ENOENT', 'mkdir', at('no/x'));
    await fails(() => fs.mkdir(at('f/x')), 'ENOTDIR', 'mkdir', at('f/x'));
    await fails(() => fs.mkdir(at('dang/x')), 'ENOENT', 'mkdir', at('dang/x'));
    await fails(() => fs.mkdir(''), 'ENOENT', 'mkdir', '');
  },
  'mkdir of all of a path': async ({ fs, at }) => {
    expect(await fs.mkdir(at('a/b/c'), { recursive: true })).toBe(at('a'));
    expect(await fs.mkdir(at('a/b/c'), { recursive: true })).toBe(undefined);
    expect(await fs.mkdir(at('a/b/x/y/'), { recursive: true })).toBe(at('a/b/x'));
    expect(await fs.mkdir(at('ld/new'), { recursive: true })).toBe(at('ld/new'));
    expect((await fs.stat(at('d/new'))).isDirectory()).toBe(true);
    expect(await fs.mkdir(at('ld'), { recursive: true })).toBe(undefined);
  },
  'mkdir of all of a relative path': async ({ fs, from, at }) => {
    expect(await fs.mkdir(from('a/b'), { recursive: true })).toBe(from('a'));
    expect((await fs.stat(at('a/b'))).isDirectory()).toBe(true);
  },
  'mkdir of all of a path with a file in it': async ({ fs, at }) => {
    await fails(() => fs.mkdir(at('f'), { recursive: true }), 'EEXIST', 'mkdir', at('f'));
    await fails(() => fs.mkdir(at('f/a/b'), { recursive: true }), 'ENOTDIR', 'mkdir', at('f/a/b'));
    await fails(() => fs.mkdir(at('dang'), { recursive: true }), 'ENOENT', 'mkdir', at('dang'));
  },
  'mkdir of the same path by several': async ({ fs, at }) => {
    const made = await Promise.all([1, 2, 3, 4].map(() => fs.mkdir(at('p/q/r'), { recursive: true })));
    expect(made.length).toBe(4);
    expect((await fs.stat(at('p/q/r'))).isDirectory()).toBe(true);
  },
  'mkdir with wrong options': async ({ fs, at }) => {
    const said = 'The "options.recursive" property must be of type boolean. Received type number (5)';
    const call = () => fs.mkdir(at('x'), wrong({ recursive: 5 }));
    await refuses(call, 'TypeError', 'ERR_INVALID_ARG_TYPE', said);
  },
  mkdtemp: async ({ fs, at }) => {
    const [one, two] = [await fs.mkdtemp(at('tmp-')), await fs.mkdtemp(at('tmp-'))];
    expect(one.startsWith(at('tmp-'))).toBe(true);
    expect(one).toHaveLength(at('tmp-').length + 6);
    expect(one).not.toBe(two);
    expect((await fs.stat(one)).mode).toBe(0o040700);
    expect(Buffer.isBuffer(await fs.mkdtemp(at('tmp-'), 'buffer'))).toBe(true);
  },
  'mkdtemp where nothing can be made': async ({ fs, at }) => {
    const error = (await failure(() => fs.mkdtemp(at('no/x-')))) as NodeJS.ErrnoException;
    expect([error.code, error.syscall, error.path?.slice(0, -6)]).toEqual(['ENOENT', 'mkdtemp', at('no/x-')]);
  },

  'readdir is in order': async ({ fs, at }) => {
    expect(await fs.readdir(at(''))).toEqual(['d', 'dang', 'f', 'l', 'ld', 'loop']);
    for (const name of ['b', 'B', 'ä', 'a', '10', '9', '_']) await fs.writeFile(at(`d/e/${name}`), '');
    expect(await fs.readdir(at('d/e'))).toEqual(['10', '9', 'B', '_', 'a', 'b', 'ä']);
    expect(await fs.readdir(at('ld'))).toEqual(['e', 'x']);
  },
  'readdir of nothing': async ({ fs, at }) => {
    expect(await fs.readdir(at('d/e'))).toEqual([]);
    expect(await fs.readdir(at('d/e'), { recursive: true })).toEqual([]);
  },
  'readdir with types': async ({ fs, at }) => {
    const entries = await fs.readdir(at(''), { withFileTypes: true });
    expect(
      entries.map((entry) => [entry.name, entry.isFile(), entry.isDirectory(), entry.isSymbolicLink()]),
    ).toEqual([
      ['d', false, true, false],
      ['dang', false, false, true],
      ['f', true, false, false],
      ['l', false, false, true],
      ['ld', false, false, true],
      ['loop', false, false, true],
    ]);
    const [one] = entries;
    expect([one.parentPath, one.path]).toEqual([at(''), at('')]);
    expect([one.isFIFO(), one.isSocket(), one.isBlockDevice(), one.isCharacterDevice()]).not.toContain(true);
  },
  'readdir of all that is below': async ({ fs, at }) => {
    await fs.mkdir(at('d/e/deep'));
    await fs.unlink(at('ld'));
    expect(await fs.readdir(at(''), { recursive: true })).toEqual([
      'd',
      'dang',
      'f',
      'l',
      'loop',
      'd/e',
      'd/x',
      'd/e/deep',
    ]);
  },
  'readdir goes through links': async ({ fs, at }) => {
    const all = await fs.readdir(at(''), { recursive: true });
    expect(all.filter((name) => name.includes('/')).toSorted()).toEqual(['d/e', 'd/x', 'ld/e', 'ld/x']);
  },
  'readdir of all that is below, with types': async ({ fs, at }) => {
    const entries = await fs.readdir(at(''), { recursive: true, withFileTypes: true });
    const below = entries.filter(({ parentPath }) => parentPath !== at(''));
    expect(below.map(({ parentPath, name }) => [parentPath, name])).toEqual([
      [at('d'), 'e'],
      [at('d'), 'x'],
    ]);
  },
  'readdir in other encodings': async ({ fs, at }) => {
    expect(await fs.readdir(at('d'), 'buffer')).toEqual([Buffer.from('e'), Buffer.from('x')]);
    expect(await fs.readdir(at('d'), { encoding: 'hex' })).toEqual(['65', '78']);
    const [one] = await fs.readdir(at('d'), { encoding: 'buffer', withFileTypes: true });
    expect(one.name).toEqual(Buffer.from('e'));
  },
  'readdir of what is no directory': async ({ fs, at }) => {
    await fails(() => fs.readdir(at('f')), 'ENOTDIR', 'scandir', at('f'));
    await fails(() => fs.readdir(at('no')), 'ENOENT', 'scandir', at('no'));
    await fails(() => fs.readdir(at('loop')), 'ELOOP', 'scandir', at('loop'));
    await fails(() => fs.readdir(at('no'), { recursive: true }), 'ENOENT', 'scandir', at('no'));
    await fails(() => fs.readdir(at('no'), { withFileTypes: true }), 'ENOENT', 'scandir', at('no'));
  },
  'readdir of many': async ({ fs, at }) => {
    const names = Array.from(
      { length: 300 },
      (_, i) => `a-name-that-is-rather-long-${String(i).padStart(4, '0')}`,
    );
    for (let i = 0; i < names.length; i += 50)
      await Promise.all(names.slice(i, i + 50).map((name) => fs.writeFile(at(`d/e/${name}`), '')));
    expect(await fs.readdir(at('d/e'))).toEqual(names);
  },

  opendir: async ({ fs, at }) => {
    const dir = await fs.opendir(at('d'));
    expect(dir.path).toBe(at('d'));
    const found: string[] = [];
    for await (const entry of dir) found.push(`${entry.parentPath}/${entry.name} ${entry.isDirectory()}`);
    expect(found.toSorted()).toEqual([`${at('d/e')} true`, `${at('d/x')} false`]);
    await refuses(() => dir.read(), 'Error', 'ERR_DIR_CLOSED', 'Directory handle was closed');
  },
  'opendir, entry by entry': async ({ fs, at }) => {
    const dir = await fs.opendir(at('d'));
    const found = [await dir.read(), await dir.read(), await dir.read(), await dir.read()];
    expect(found.slice(2)).toEqual([null, null]);
    expect(new Set(found.map((entry) => entry?.name))).toEqual(new Set(['e', 'x', undefined]));
    await dir.close();
    await refuses(() => dir.close(), 'Error', 'ERR_DIR_CLOSED', 'Directory handle was closed');
  },
  'opendir is closed when the loop ends': async ({ fs, at }) => {
    const dir = await fs.opendir(at('d'));
    for await (const _ of dir) break;
    await refuses(() => dir.read(), 'Error', 'ERR_DIR_CLOSED', 'Directory handle was closed');
  },
  'opendir of what is no directory': async ({ fs, at }) => {
    await fails(() => fs.opendir(at('f')), 'ENOTDIR', 'opendir', at('f'));
    await fails(() => fs.opendir(at('no')), 'ENOENT', 'opendir', at('no'));
  },

  rmdir: async ({ fs, at }) => {
    expect(await fs.rmdir(at('d/e'))).toBe(undefined);
    await fails(() => fs.stat(at('d/e')), 'ENOENT', 'stat', at('d/e'));
    await fs.mkdir(at('slash'));
    await fs.rmdir(at('slash/'));
  },
  'rmdir of what stays': async ({ fs, at }) => {
    await fails(() => fs.rmdir(at('d')), 'ENOTEMPTY', 'rmdir', at('d'));
    await fails(() => fs.rmdir(at('f')), 'ENOTDIR', 'rmdir', at('f'));
    await fails(() => fs.rmdir(at('ld')), 'ENOTDIR', 'rmdir', at('ld'));
    await fails(() => fs.rmdir(at('no')), 'ENOENT', 'rmdir', at('no'));
    await fails(() => fs.rmdir(at('d/e/.')), 'EINVAL', 'rmdir', at('d/e/.'));
    await fails(() => fs.rmdir(at('d/e/..')), 'ENOTEMPTY', 'rmdir', at('d/e/..'));
    await fails(() => fs.rmdir('/'), 'EBUSY', 'rmdir', '/');
  },

  'rm of a file and of a link': async ({ fs, at, names }) => {
    await fs.rm(at('l'));
    await fs.rm(at('dang'));
    await fs.rm(at('f'));
    expect(await names()).toEqual(['d', 'ld', 'loop']);
  },
  'rm of a directory': async ({ fs, at }) => {
    const said = `Path is a directory: rm returned EISDIR (is a directory) ${at('d')}`;
    await refuses(() => fs.rm(at('d')), 'SystemError', 'ERR_FS_EISDIR', said);
    const error = (await failure(() => fs.rm(at('d')))) as NodeJS.ErrnoException & { info: unknown };
    expect([error.errno, error.syscall, error.path]).toEqual([21, 'rm', at('d')]);
    expect(error.info).toEqual({
      code: 'EISDIR',
      message: 'is a directory',
      path: at('d'),
      syscall: 'rm',
      errno: 21,
    });
  },
  'rm of all that is below': async ({ fs, at, names, text }) => {
    await fs.symlink('../../f', at('d/e/out'));
    await fs.rm(at('d'), { recursive: true });
    expect(await names()).toEqual(['dang', 'f', 'l', 'ld', 'loop']);
    expect(await text('f')).toBe('hello');
    await fs.rm(at('ld'), { recursive: true });
    await fs.rm(at('f'), { recursive: true, force: true });
    expect(await names()).toEqual(['dang', 'l', 'loop']);
  },
  'rm of nothing': async ({ fs, at }) => {
    await fails(() => fs.rm(at('no')), 'ENOENT', 'lstat', at('no'));
    await fails(() => fs.rm(at('no'), { recursive: true }), 'ENOENT', 'lstat', at('no'));
    expect(await fs.rm(at('no'), { force: true })).toBe(undefined);
    expect(await fs.rm(at('no/x/y'), { force: true, recursive: true })).toBe(undefined);
    await fails(() => fs.rm(at('f/x'), { force: true }), 'ENOTDIR', 'lstat', at('f/x'));
  },
  'rm with wrong options': async ({ fs, at }) => {
    const said = 'The "options.recursive" property must be of type boolean. Received type number (5)';
    const call = () => fs.rm(at('f'), wrong({ recursive: 5 }));
    await refuses(call, 'TypeError', 'ERR_INVALID_ARG_TYPE', said);
    const range =
      'The value of "options.maxRetries" is out of range. It must be >= 0 && <= 4294967295. Received -5';
    await refuses(() => fs.rm(at('f'), { maxRetries: -5 }), 'RangeError', 'ERR_OUT_OF_RANGE', range);
  },
};
