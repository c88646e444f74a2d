/** copyFile, cp. */
import { expect } from '@jest/globals';
import type { Checks } from '../battery.ts';
import { fails, failure, refuses, wrong } from '../ground.ts';

export const copies: Checks = {
  copyFile: async ({ fs, at, text }) => {
    await fs.chmod(at('f'), 0o640);
    expect(await fs.copyFile(at('f'), at('g'))).toBe(undefined);
    expect(await text('g')).toBe('hello');
    expect((await fs.stat(at('g'))).mode & 0o777).toBe(0o640);
    await fs.copyFile(at('d/x'), at('g'));
    expect(await text('g')).toBe('ex');
  },
  'copyFile through links': async ({ fs, at, text }) => {
    await fs.copyFile(at('ld/x'), at('l'));
    expect(await text('f')).toBe('ex');
    expect((await fs.lstat(at('l'))).isSymbolicLink()).toBe(true);
  },
  'copyFile onto itself': async ({ fs, at, text }) => {
    await fs.copyFile(at('f'), at('l'));
    await fs.copyFile(at('f'), at('f'));
    expect(await text('f')).toBe('hello');
  },
  'copyFile only where nothing is': async ({ fs, at, text }) => {
    const { COPYFILE_EXCL, COPYFILE_FICLONE } = fs.constants;
    await fs.copyFile(at('f'), at('g'), COPYFILE_EXCL | COPYFILE_FICLONE);
    expect(await text('g')).toBe('hello');
    const again = () => fs.copyFile(at('f'), at('g'), COPYFILE_EXCL);
    await fails(again, 'EEXIST', 'copyfile', at('f'), at('g'));
    const dangling = () => fs.copyFile(at('f'), at('dang'), COPYFILE_EXCL);
    await fails(dangling, 'EEXIST', 'copyfile', at('f'), at('dang'));
  },
  'copyFile that cannot be': async ({ fs, at }) => {
    const both = (from: string, to: string) => [at(from), at(to)] as const;
    for (const [from, to, code] of [
      ['no', 'x', 'ENOENT'],
      ['f', 'no/x', 'ENOENT'],
      ['d', 'x', 'EISDIR'],
      ['f', 'd', 'EISDIR'],
      ['f/x', 'y', 'ENOTDIR'],
      ['loop', 'y', 'ELOOP'],
    ] as const)
      await fails(() => fs.copyFile(...both(from, to)), code, 'copyfile', ...both(from, to));
  },
  'copyFile of a large file': async ({ fs, at }) => {
    const large = Buffer.alloc(700_001, 'abcdefg');
    await fs.writeFile(at('large'), large);
    await fs.copyFile(at('large'), at('copy'));
    expect((await fs.readFile(at('copy'))).equals(large)).toBe(true);
  },
  'copyFile with a wrong mode': ({ fs, at }) =>
    refuses(
      () => fs.copyFile(at('f'), at('g'), 99),
      'RangeError',
      'ERR_OUT_OF_RANGE',
      'mode is out of range: >= 0 && <= 7',
    ),

  'cp of a file': async ({ fs, at, text }) => {
    expect(await fs.cp(at('f'), at('new/deep/g'))).toBe(undefined);
    expect(await text('new/deep/g')).toBe('hello');
    await fs.cp(at('d/x'), at('f'));
    expect(await text('f')).toBe('ex');
  },
  'cp of a directory': async ({ fs, at, text, names }) => {
    await fs.chmod(at('d/x'), 0o600);
    await fs.cp(at('d'), at('copy'), { recursive: true });
    expect(await names('copy')).toEqual(['e', 'x']);
    expect(await text('copy/x')).toBe('ex');
    expect((await fs.stat(at('copy/x'))).mode & 0o777).toBe(0o600);
    await fs.writeFile(at('copy/more'), 'more');
    await fs.writeFile(at('d/x'), 'changed');
    await fs.cp(at('d'), at('copy'), { recursive: true });
    expect([await text('copy/x'), await text('copy/more')]).toEqual(['changed', 'more']);
  },
  'cp of a directory that was not meant': async ({ fs, at }) => {
    const said = `Path is a directory: cp returned EISDIR (${at('d')} is a directory (not copied)) ${at('d')}`;
    await refuses(() => fs.cp(at('d'), at('copy')), 'SystemError', 'ERR_FS_EISDIR', said);
  },
  'cp of nothing': async ({ fs, at }) => {
    await fails(() => fs.cp(at('no'), at('x')), 'ENOENT', 'lstat', at('no'));
  },
  'cp onto something else': async ({ fs, at }) => {
    const [d, f] = [at('d'), at('f')];
    await refuses(
      () => fs.cp(f, d),
      'SystemError',
      'ERR_FS_CP_NON_DIR_TO_DIR',
      `Cannot overwrite directory with non-directory: cp returned ENOTDIR (cannot overwrite directory ${d} with non-directory ${f}) ${d}`,
    );
    await refuses(
      () => fs.cp(d, f, { recursive: true }),
      'SystemError',
      'ERR_FS_CP_DIR_TO_NON_DIR',
      `Cannot overwrite non-directory with directory: cp returned EISDIR (cannot overwrite non-directory ${f} with directory ${d}) ${f}`,
    );
  },
  'cp onto itself': async ({ fs, at }) => {
    const [d, f, inner] = [at('d'), at('f'), at('d/e/z')];
    const said = 'Invalid src or dest: cp returned EINVAL';
    await refuses(
      () => fs.cp(f, f),
      'SystemError',
      'ERR_FS_CP_EINVAL',
      `${said} (src and dest cannot be the same) ${f}`,
    );
    await refuses(
      () => fs.cp(d, inner, { recursive: true }),
      'SystemError',
      'ERR_FS_CP_EINVAL',
      `${said} (cannot copy ${d} to a subdirectory of self ${inner}) ${inner}`,
    );
    const error = (await failure(() => fs.cp(f, f))) as Error & { info: unknown };
    expect(error.info).toEqual({
      message: 'src and dest cannot be the same',
      path: f,
      syscall: 'cp',
      errno: 22,
      code: 'EINVAL',
    });
  },
  'cp that spares what is there': async ({ fs, at, text }) => {
    await fs.cp(at('f'), at('d/x'), { force: false });
    expect(await text('d/x')).toBe('ex');
    const call = () => fs.cp(at('f'), at('d/x'), { force: false, errorOnExist: true });
    const said = `Target already exists: cp returned EEXIST (${at('d/x')} already exists) ${at('d/x')}`;
    await refuses(call, 'SystemError', 'ERR_FS_CP_EEXIST', said);
  },
  'cp of links': async ({ fs, at, text }) => {
    await fs.cp(at('l'), at('d/absolute'));
    expect(await fs.readlink(at('d/absolute'))).toBe(at('f'));
    await fs.cp(at('l'), at('verbatim'), { verbatimSymlinks: true });
    expect(await fs.readlink(at('verbatim'))).toBe('f');
    await fs.cp(at('l'), at('d/content'), { dereference: true });
    expect((await fs.lstat(at('d/content'))).isFile()).toBe(true);
    expect(await text('d/content')).toBe('hello');
  },
  'cp with a filter': async ({ fs, at, names }) => {
    const asked: string[] = [];
    const filter = async (from: string, to: string): Promise<boolean> => {
      asked.push(`${from} ${to}`);
      return !from.endsWith('x');
    };
    await fs.cp(at('d'), at('copy'), { recursive: true, filter });
    expect(await names('copy')).toEqual(['e']);
    expect(asked.toSorted()).toEqual(
      [
        [at('d'), at('copy')],
        [at('d/e'), at('copy/e')],
        [at('d/x'), at('copy/x')],
      ]
        .map((both) => both.join(' '))
        .toSorted(),
    );
    await fs.cp(at('f'), at('none'), { filter: () => false });
    await fails(() => fs.stat(at('none')), 'ENOENT', 'stat', at('none'));
  },
  'cp keeps times': async ({ fs, at }) => {
    await fs.utimes(at('f'), 5, 6);
    await fs.cp(at('f'), at('g'), { preserveTimestamps: true });
    expect((await fs.stat(at('g'))).mtimeMs).toBe(6000);
  },
  'cp with wrong options': async ({ fs, at }) => {
    const type = (what: string) => `The "options.${what}. Received type number (5)`;
    await refuses(
      () => fs.cp(at('f'), at('y'), wrong({ filter: 5 })),
      'TypeError',
      'ERR_INVALID_ARG_TYPE',
      type('filter" property must be of type function'),
    );
    await refuses(
      () => fs.cp(at('f'), at('y'), wrong({ recursive: 5 })),
      'TypeError',
      'ERR_INVALID_ARG_TYPE',
      type('recursive" property must be of type boolean'),
    );
    await refuses(
      () => fs.cp(at('f'), at('y'), { dereference: true, verbatimSymlinks: true }),
      'TypeError',
      'ERR_INCOMPATIBLE_OPTION_PAIR',
      'Option "dereference" cannot be used in combination with option "verbatimSymlinks"',
    );
  },
};
