/** symlink, readlink, realpath, link. */
import { expect } from '@jest/globals';
import type { Checks } from '../battery.ts';
import { fails } from '../ground.ts';

export const links: Checks = {
  'symlink and readlink': async ({ fs, at }) => {
    expect(await fs.symlink('d/x', at('new'))).toBe(undefined);
    expect(await fs.readlink(at('new'))).toBe('d/x');
    expect(await fs.readFile(at('new'), 'utf8')).toBe('ex');
    await fs.symlink('/any/../thing//', at('odd'), 'dir');
    expect(await fs.readlink(at('odd'))).toBe('/any/../thing//');
    expect(await fs.readlink(at('l'), 'buffer')).toEqual(Buffer.from('f'));
    expect(await fs.readlink(at('l'), { encoding: 'hex' })).toBe('66');
  },
  'symlink where nothing can be made': async ({ fs, at }) => {
    await fails(() => fs.symlink('a', at('f')), 'EEXIST', 'symlink', 'a', at('f'));
    await fails(() => fs.symlink('a', at('dang')), 'EEXIST', 'symlink', 'a', at('dang'));
    await fails(() => fs.symlink('a', at('no/x')), 'ENOENT', 'symlink', 'a', at('no/x'));
    await fails(() => fs.symlink('a', at('new/')), 'ENOENT', 'symlink', 'a', at('new/'));
    await fails(() => fs.symlink('', at('new')), 'ENOENT', 'symlink', '', at('new'));
  },
  'readlink of what is no link': async ({ fs, at }) => {
    await fails(() => fs.readlink(at('f')), 'EINVAL', 'readlink', at('f'));
    await fails(() => fs.readlink(at('d')), 'EINVAL', 'readlink', at('d'));
    await fails(() => fs.readlink(at('ld/')), 'EINVAL', 'readlink', at('ld/'));
    await fails(() => fs.readlink(at('no')), 'ENOENT', 'readlink', at('no'));
  },
  'links on the way': async ({ fs, at, text }) => {
    expect(await text('ld/x')).toBe('ex');
    expect(await text('ld/e/../x')).toBe('ex');
    expect(await text('ld/../f')).toBe('hello');
    await fs.symlink('../ld', at('d/back'));
    expect(await text('d/back/back/x')).toBe('ex');
    await fs.symlink(at('d'), at('absolute'));
    expect(await text('absolute/x')).toBe('ex');
    await fs.symlink('absolute/e/../x', at('long'));
    expect(await text('long')).toBe('ex');
  },
  'where .. of a link leads': async ({ fs, at, text }) => {
    await fs.mkdir(at('other/place'), { recursive: true });
    await fs.writeFile(at('other/here'), 'here');
    await fs.symlink('other/place', at('link'));
    expect(await text('link/../here')).toBe('here');
    await fails(() => fs.stat(at('link/../f')), 'ENOENT', 'stat', at('link/../f'));
  },
  'links to links': async ({ fs, at, text }) => {
    await fs.symlink('l', at('l1'));
    for (let i = 1; i < 39; i++) await fs.symlink(`l${i}`, at(`l${i + 1}`));
    expect(await text('l39')).toBe('hello');
    await fs.symlink('l39', at('l40'));
    await fails(() => fs.readFile(at('l40')), 'ELOOP', 'open', at('l40'));
    expect(await fs.readlink(at('l40'))).toBe('l39');
  },
  'a link to itself': async ({ fs, at }) => {
    await fails(() => fs.stat(at('loop')), 'ELOOP', 'stat', at('loop'));
    await fails(() => fs.readFile(at('loop')), 'ELOOP', 'open', at('loop'));
    await fails(() => fs.stat(at('loop/x')), 'ELOOP', 'stat', at('loop/x'));
    await fails(() => fs.realpath(at('loop')), 'ELOOP', 'realpath', at('loop'));
    expect((await fs.lstat(at('loop'))).isSymbolicLink()).toBe(true);
  },
  'a link with a slash behind it': async ({ fs, at }) => {
    expect((await fs.lstat(at('ld/'))).isDirectory()).toBe(true);
    await fails(() => fs.lstat(at('l/')), 'ENOTDIR', 'lstat', at('l/'));
    await fails(() => fs.lstat(at('dang/')), 'ENOENT', 'lstat', at('dang/'));
    await fs.symlink('d/', at('slashed'));
    expect(await fs.readdir(at('slashed'))).toEqual(['e', 'x']);
  },
  realpath: async ({ fs, at, from }) => {
    expect(await fs.realpath(at('ld/../l'))).toBe(at('f'));
    expect(await fs.realpath(at('ld/e/..//'))).toBe(at('d'));
    expect(await fs.realpath('/')).toBe('/');
    expect(await fs.realpath(from('ld/x'))).toBe(at('d/x'));
    expect(await fs.realpath(at('l'), 'buffer')).toEqual(Buffer.from(at('f')));
    await fails(() => fs.realpath(at('dang')), 'ENOENT', 'realpath', at('dang'));
    await fails(() => fs.realpath(at('f/x')), 'ENOTDIR', 'realpath', at('f/x'));
  },
  link: async ({ fs, at, text }) => {
    expect(await fs.link(at('f'), at('twin'))).toBe(undefined);
    await fs.appendFile(at('twin'), '!');
    expect(await text('f')).toBe('hello!');
    const [one, two] = [await fs.stat(at('f')), await fs.stat(at('twin'))];
    expect([one.ino, one.nlink]).toEqual([two.ino, 2]);
    await fs.unlink(at('f'));
    expect((await fs.stat(at('twin'))).nlink).toBe(1);
  },
  'link to a link': async ({ fs, at }) => {
    await fs.link(at('l'), at('twin'));
    expect(await fs.readlink(at('twin'))).toBe('f');
  },
  'link that cannot be': async ({ fs, at }) => {
    const both = (from: string, to: string) => [at(from), at(to)] as const;
    for (const [from, to, code] of [
      ['d', 'x', 'EPERM'],
      ['f', 'l', 'EEXIST'],
      ['f', 'd/', 'EEXIST'],
      ['no', 'x', 'ENOENT'],
      ['f', 'no/x', 'ENOENT'],
    ] as const)
      await fails(() => fs.link(...both(from, to)), code, 'link', ...both(from, to));
  },
};
