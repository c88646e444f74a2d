/** rename, unlink, and what names may be. */
import { expect } from '@jest/globals';
import type { Checks } from '../battery.ts';
import { fails, refuses, wrong } from '../ground.ts';

export const names: Checks = {
  rename: async ({ fs, at, text, names }) => {
    expect(await fs.rename(at('f'), at('g'))).toBe(undefined);
    expect(await text('g')).toBe('hello');
    await fs.rename(at('g'), at('d/e/h'));
    expect(await text('d/e/h')).toBe('hello');
    await fs.rename(at('d'), at('dir'));
    expect(await text('dir/e/h')).toBe('hello');
    expect(await names()).toEqual(['dang', 'dir', 'l', 'ld', 'loop']);
  },
  'rename keeps the file': async ({ fs, at }) => {
    const { ino, dev } = await fs.stat(at('f'));
    await fs.rename(at('f'), at('d/g'));
    const after = await fs.stat(at('d/g'));
    expect([after.ino, after.dev]).toEqual([ino, dev]);
  },
  'rename takes the place of what was there': async ({ fs, at, text }) => {
    await fs.rename(at('f'), at('d/x'));
    expect(await text('d/x')).toBe('hello');
    await fs.mkdir(at('new'));
    await fs.rename(at('d/e'), at('new'));
    await fails(() => fs.stat(at('d/e')), 'ENOENT', 'stat', at('d/e'));
  },
  'rename of a link': async ({ fs, at, text }) => {
    await fs.rename(at('l'), at('moved'));
    expect(await fs.readlink(at('moved'))).toBe('f');
    await fs.rename(at('d/x'), at('moved'));
    expect((await fs.lstat(at('moved'))).isFile()).toBe(true);
    expect(await text('f')).toBe('hello');
    await fs.rename(at('dang'), at('dangling'));
    await fs.rename(at('ld'), at('led'));
    expect((await fs.lstat(at('led'))).isSymbolicLink()).toBe(true);
  },
  'rename through a link': async ({ fs, at, text }) => {
    await fs.rename(at('ld/x'), at('ld/y'));
    expect(await text('d/y')).toBe('ex');
  },
  'rename to the same': async ({ fs, at, text, names }) => {
    await fs.rename(at('f'), at('f'));
    await fs.link(at('f'), at('twin'));
    await fs.rename(at('f'), at('twin'));
    expect(await text('f')).toBe('hello');
    expect(await names()).toContain('twin');
  },
  'rename that cannot be': async ({ fs, at }) => {
    const both = (from: string, to: string) => [at(from), at(to)] as const;
    const cases = [
      ['no', 'x', 'ENOENT'],
      ['f', 'no/x', 'ENOENT'],
      ['f', 'd', 'EISDIR'],
      ['d', 'f', 'ENOTDIR'],
      ['d', 'd/e/f', 'EINVAL'],
      ['f', 'new/', 'ENOTDIR'],
      ['f/', 'new', 'ENOTDIR'],
      ['f', 'f/x', 'ENOTDIR'],
      ['d/.', 'new', 'EBUSY'],
      ['f', 'd/..', 'EBUSY'],
    ] as const;
    for (const [from, to, code] of cases)
      await fails(() => fs.rename(...both(from, to)), code, 'rename', ...both(from, to));
    await fs.mkdir(at('other'));
    await fails(() => fs.rename(...both('other', 'd')), 'ENOTEMPTY', 'rename', ...both('other', 'd'));
    await fs.rename(at('other/'), at('another/'));
    await fails(() => fs.rename('/', at('x')), 'EBUSY', 'rename', '/', at('x'));
  },
  'rename of what is no path': async ({ fs, at }) => {
    const said = (name: string) =>
      `The "${name}" argument must be of type string or an instance of Buffer or URL. Received type number (5)`;
    await refuses(() => fs.rename(wrong(5), at('x')), 'TypeError', 'ERR_INVALID_ARG_TYPE', said('oldPath'));
    await refuses(() => fs.rename(at('f'), wrong(5)), 'TypeError', 'ERR_INVALID_ARG_TYPE', said('newPath'));
  },
  unlink: async ({ fs, at, names, text }) => {
    expect(await fs.unlink(at('l'))).toBe(undefined);
    await fs.unlink(at('dang'));
    await fs.unlink(at('ld/x'));
    expect(await names('d')).toEqual(['e']);
    expect(await text('f')).toBe('hello');
  },
  'unlink of what stays': async ({ fs, at }) => {
    for (const [name, code] of [
      ['d', 'EISDIR'],
      ['no', 'ENOENT'],
      ['f/x', 'ENOTDIR'],
      ['f/', 'ENOTDIR'],
      ['ld/', 'ENOTDIR'],
      ['d/.', 'EISDIR'],
      ['d/..', 'EISDIR'],
    ] as const)
      await fails(() => fs.unlink(at(name)), code, 'unlink', at(name));
    await fails(() => fs.unlink('/'), 'EISDIR', 'unlink', '/');
  },
  'odd names': async ({ fs, at, text }) => {
    const odd = [
      'with space',
      'tab\t',
      'new\nline',
      '*?[',
      "quote'",
      '-rf',
      '~',
      '%41',
      '😀',
      '...',
      'a:b',
      '#',
    ];
    for (const name of odd) await fs.writeFile(at(`d/e/${name}`), name);
    expect((await fs.readdir(at('d/e'))).toSorted()).toEqual(odd.toSorted());
    for (const name of odd) expect(await text(`d/e/${name}`)).toBe(name);
  },
  'names that are not UTF-8': async ({ fs, at }) => {
    const name = Buffer.concat([Buffer.from(at('d/e/bad-')), Buffer.of(0xff, 0xe4)]);
    await fs.writeFile(name, 'bytes');
    const [found] = await fs.readdir(at('d/e'), 'buffer');
    expect(found).toEqual(name.subarray(-6));
    expect(await fs.readFile(Buffer.concat([Buffer.from(at('d/e/')), found]), 'utf8')).toBe('bytes');
    await fs.unlink(name);
    expect(await fs.readdir(at('d/e'))).toEqual([]);
  },
  'names that are too long': async ({ fs, at }) => {
    const [longest, longer] = [at('x'.repeat(255)), at('x'.repeat(256))];
    await fs.writeFile(longest, '');
    await fails(() => fs.writeFile(longer, ''), 'ENAMETOOLONG', 'open', longer);
    await fails(() => fs.mkdir(longer), 'ENAMETOOLONG', 'mkdir', longer);
  },
  'paths with more in them than needed': async ({ fs, at, text }) => {
    expect(await text('.//d/./../d//x')).toBe('ex');
    expect(await text('d/e/../../f')).toBe('hello');
    await fails(() => fs.stat(at('no/../f')), 'ENOENT', 'stat', at('no/../f'));
    await fails(() => fs.stat(at('f/../f')), 'ENOTDIR', 'stat', at('f/../f'));
    expect((await fs.stat('/../..')).isDirectory()).toBe(true);
  },
  'a deep path': async ({ fs, at, text }) => {
    const deep = Array.from({ length: 40 }, (_, i) => `n${i}`).join('/');
    await fs.mkdir(at(deep), { recursive: true });
    await fs.writeFile(at(`${deep}/f`), 'deep');
    expect(await text(`${deep}/f`)).toBe('deep');
    expect(await fs.realpath(at(`${deep}/../n39`))).toBe(at(deep));
  },
};
