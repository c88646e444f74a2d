/** Directories and names: listing, removing, renaming, linking, walking. */
import { expect } from '@jest/globals';
import { type Check, fails, namesIn, withFile } from './check.ts';

export const DIRECTORIES: Record<string, Check> = {
  'an empty one': async ({ root }) => {
    await root.mkdir('d');
    expect(await namesIn(root, 'd')).toEqual([]);
  },
  'has what was made in it': async ({ root }) => {
    await root.mkdir('d');
    await root.writeFile('d/f', '');
    await root.mkdir('d/e');
    await root.symlink('d/s', 'f');
    const entries: string[] = [];
    for await (const { name, type } of root.list({ path: 'd' })) entries.push(`${name} ${type}`);
    expect(entries.toSorted()).toEqual(['e dir', 'f file', 's symlink']);
  },
  'entries have the qids of the files': async ({ root }) => {
    await root.mkdir('d');
    await root.writeFile('d/f', '');
    for await (const { qid } of root.list({ path: 'd' })) {
      expect(qid.path).toBe((await root.stat('d/f')).qid.path);
    }
  },
  'with attributes': async ({ root }) => {
    await root.mkdir('d');
    for (let i = 0; i < 20; i++) await root.writeFile(`d/${i}`, 'x'.repeat(i));
    const sizes: Record<string, number> = {};
    for await (const { name, attr } of root.list({ path: 'd', stat: true })) sizes[name] = attr!.size;
    expect(sizes).toEqual(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [String(i), i])));
  },
  'a thousand names': async ({ root }) => {
    await root.mkdir('d');
    const names = Array.from({ length: 1000 }, (_, i) => `name-${String(i).padStart(4, '0')}`);
    await Promise.all(names.map((name) => root.writeFile(`d/${name}`, '')));
    expect(await namesIn(root, 'd')).toEqual(names);
  },
  'names that vanish while it is read': async ({ root }) => {
    await root.mkdir('d');
    const names = Array.from({ length: 100 }, (_, i) => `n${i}`);
    for (const name of names) await root.writeFile(`d/${name}`, '');
    const seen: string[] = [];
    for await (const { name } of root.list({ path: 'd' })) {
      seen.push(name);
      await root.remove(`d/${name}`);
    }
    expect(seen.toSorted()).toEqual(names.toSorted());
    expect(await namesIn(root, 'd')).toEqual([]);
  },
  'is read twice': async ({ root }) => {
    await root.mkdir('d');
    await root.writeFile('d/f', '');
    await using dir = await withFile(root, 'd', 'r');
    expect(await namesIn(dir)).toEqual(['f']);
    expect(await namesIn(dir)).toEqual(['f']);
  },
  'a file is none': async ({ root }) => {
    await root.writeFile('f', '');
    await fails(namesIn(root, 'f'), 'ENOTDIR');
    await fails(root.walk('f/..//g'), 'ENOTDIR');
  },
  'mkdirAll makes what is missing': async ({ root }) => {
    await root.mkdirAll('a/b/c');
    await root.mkdirAll('a/b/d');
    expect(await namesIn(root, 'a/b')).toEqual(['c', 'd']);
    await root.writeFile('a/f', '');
    await fails(root.mkdirAll('a/f/x'), 'ENOTDIR');
  },
};

export const REMOVAL: Record<string, Check> = {
  'of a file': async ({ root }) => {
    await root.writeFile('f', '');
    await root.remove('f');
    expect(await namesIn(root)).toEqual([]);
    await fails(root.remove('f'), 'ENOENT');
  },
  'of an empty directory': async ({ root }) => {
    await root.mkdir('d');
    await root.remove('d');
    expect(await namesIn(root)).toEqual([]);
  },
  'not of a directory with something in it': async ({ root }) => {
    await root.mkdirAll('d/e');
    await fails(root.remove('d'), 'ENOTEMPTY');
  },
  'of a file by its Fid, which is closed': async ({ root }) => {
    await root.writeFile('f', '');
    const file = await root.walk('f');
    await file.remove();
    await fails(root.stat('f'), 'ENOENT');
    await fails(file.stat(), 'EBADF');
  },
  'not by a Fid whose name is another file’s': async ({ root }) => {
    await root.writeFile('f', 'old');
    await using file = await root.walk('f');
    await root.rename('f', 'g');
    await root.writeFile('f', 'new');
    await fails(file.remove(), 'ESTALE');
    expect(await namesIn(root)).toEqual(['f', 'g']);
  },
  'of a tree': async ({ root }) => {
    await root.mkdirAll('d/e/f');
    for (let i = 0; i < 30; i++) await root.writeFile(`d/e/${i}`, '');
    await root.removeAll('d');
    expect(await namesIn(root)).toEqual([]);
    await root.removeAll('d');
  },
  'and the name is free again': async ({ root }) => {
    await root.writeFile('x', '');
    await root.remove('x');
    await root.mkdir('x');
    expect((await root.stat('x')).type).toBe('dir');
  },
};

export const RENAMES: Record<string, Check> = {
  'a file': async ({ root }) => {
    await root.writeFile('f', 'x');
    await root.rename('f', 'g');
    expect(await namesIn(root)).toEqual(['g']);
    expect(await root.readText('g')).toBe('x');
  },
  'to another directory': async ({ root }) => {
    await root.mkdirAll('a/b');
    await root.writeFile('f', 'x');
    await root.rename('f', 'a/b/g');
    expect(await namesIn(root)).toEqual(['a']);
    expect(await root.readText('a/b/g')).toBe('x');
    await root.rename('a/b/g', 'h');
    expect(await root.readText('h')).toBe('x');
  },
  'replaces a file': async ({ root }) => {
    await root.writeFile('f', 'new');
    await root.writeFile('g', 'old');
    await root.rename('f', 'g');
    expect(await root.readText('g')).toBe('new');
    expect(await namesIn(root)).toEqual(['g']);
  },
  'does not replace, if asked not to': async ({ root }) => {
    await root.writeFile('f', 'new');
    await root.writeFile('g', 'old');
    await fails(root.rename('f', 'g', { replace: false }), 'EEXIST');
    expect(await root.readText('g')).toBe('old');
  },
  'a directory, with what is in it': async ({ root }) => {
    await root.mkdirAll('d/e');
    await root.writeFile('d/e/f', 'x');
    await root.rename('d', 'c');
    expect(await root.readText('c/e/f')).toBe('x');
  },
  'not a directory into itself': async ({ root }) => {
    await root.mkdirAll('d/e');
    await fails(root.rename('d', 'd/e/d'), 'EINVAL');
  },
  'not over a directory with something in it': async ({ root }) => {
    await root.mkdirAll('d/e');
    await root.mkdir('c');
    await fails(root.rename('c', 'd'), 'ENOTEMPTY');
  },
  'not a file over a directory, nor the other way': async ({ root }) => {
    await root.mkdir('d');
    await root.writeFile('f', '');
    await fails(root.rename('f', 'd'), 'EISDIR');
    await fails(root.rename('d', 'f'), 'ENOTDIR');
  },
  'not what is not there': ({ root }) => fails(root.rename('f', 'g'), 'ENOENT'),
  'to its own name changes nothing': async ({ root }) => {
    await root.writeFile('f', 'x');
    await root.rename('f', 'f');
    expect(await root.readText('f')).toBe('x');
  },
  'an open file goes with its name': async ({ root }) => {
    await root.writeFile('f', 'x');
    await using file = await withFile(root, 'f', 'r+');
    await root.rename('f', 'g');
    await file.write('y');
    expect(await root.readText('g')).toBe('y');
  },
};

export const LINKS: Record<string, Check> = {
  'a symbolic link says where it leads': async ({ root }) => {
    await root.symlink('s', '../some/where');
    expect(await root.readlink('s')).toBe('../some/where');
    expect((await root.stat('s')).type).toBe('symlink');
  },
  'a symbolic link is not followed': async ({ root }) => {
    await root.writeFile('f', 'x');
    await root.symlink('s', 'f');
    await fails(root.readFile('s'), 'ELOOP');
    await fails(root.stat('s/x'), 'ENOTDIR');
  },
  'a file is no link': async ({ root }) => {
    await root.writeFile('f', '');
    await fails(root.readlink('f'), 'EINVAL');
  },
  'a name is not taken by a link': async ({ root }) => {
    await root.writeFile('f', '');
    await fails(root.symlink('f', 'x'), 'EEXIST');
    await fails(root.link('f', 'f'), 'EEXIST');
  },
  'two names of one file': async ({ root }) => {
    await root.mkdir('d');
    await root.writeFile('f', 'x');
    await root.link('d/g', 'f');
    const [one, two] = [await root.stat('f'), await root.stat('d/g')];
    expect(two.qid.path).toBe(one.qid.path);
    expect(two.nlink).toBe(2);
    await root.writeFile('d/g', 'y');
    expect(await root.readText('f')).toBe('y');
    await root.remove('f');
    expect(await root.readText('d/g')).toBe('y');
  },
  'a directory has one name': async ({ root }) => {
    await root.mkdir('d');
    await fails(root.link('e', 'd'), 'EPERM');
  },
  'a link is removed, not what it leads to': async ({ root }) => {
    await root.writeFile('f', 'x');
    await root.symlink('s', 'f');
    await root.remove('s');
    expect(await namesIn(root)).toEqual(['f']);
  },
};

export const WALKS: Record<string, Check> = {
  'and paths': async ({ root }) => {
    await root.mkdirAll('a/b');
    await root.writeFile('a/b/f', 'x');
    await using b = await root.walk('a/b');
    expect(b.path).toBe('/a/b');
    expect(b.name).toBe('b');
    expect(await b.readText('f')).toBe('x');
    expect(await b.readText('../b/f')).toBe('x');
    expect(await b.readText('/a/b/f')).toBe('x');
  },
  '.. stays at the root': async ({ root }) => {
    await root.mkdir('a');
    await using top = await root.walk('a/../../..');
    expect(top.path).toBe('/');
    expect(top.qid.path).toBe(root.qid.path);
  },
  '.. of a file is its directory': async ({ root }) => {
    await root.mkdir('a');
    await root.writeFile('a/f', '');
    await using file = await root.walk('a/f');
    await using dir = await file.walk('..');
    expect(dir.path).toBe('/a');
  },
  'of forty names': async ({ root }) => {
    const path = Array.from({ length: 40 }, (_, i) => `d${i}`).join('/');
    await root.mkdirAll(path);
    await using deep = await root.walk(path);
    expect(deep.path).toBe(`/${path}`);
    await fails(root.walk(`${path}/x`), 'ENOENT');
  },
  'to nothing': async ({ root }) => {
    await fails(root.walk('x'), 'ENOENT');
    await fails(root.walk('x/y/z'), 'ENOENT');
    await fails(root.walk('x/..'), 'ENOENT');
  },
  'give another Fid for the same file': async ({ root }) => {
    await root.writeFile('f', 'x');
    await using one = await root.walk('f');
    await using two = await one.walk('');
    await one.open('r');
    expect(two.mode).toBeUndefined();
    expect(two.qid.path).toBe(one.qid.path);
  },
  'errors name what was tried and the path': async ({ root }) => {
    await expect(root.readFile('a/b')).rejects.toThrow(/^cannot read \/a\/b: /);
    await expect(root.stat('x')).rejects.toMatchObject({ op: 'stat', path: '/x', code: 'ENOENT' });
  },
};
