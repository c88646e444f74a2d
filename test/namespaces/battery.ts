/** What must hold of a tree in memory by whatever way one comes to it: the whole of what a Fid can do. */
import { expect } from '@jest/globals';
import { NEVER } from '../../src/client/abort.ts';
import type { Fid } from '../../src/client/index.ts';
import { Chan, type File, type Request, type User, type Xattrs } from '../../src/file/index.ts';
import { BOB, CAROL, GLENDA } from './users.ts';

export interface Scene {
  /** As the owner of the tree. */
  readonly root: Fid;
  /** The same, for those calls that a Fid does not have. */
  readonly file: File;
  /** The same tree for another user. */
  as(user: User): Promise<Fid>;
}

export type Check = (scene: Scene) => Promise<unknown>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (data: Uint8Array): string => new TextDecoder().decode(data);

export async function namesIn(fid: Fid, path = ''): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of fid.list({ path })) names.push(name);
  return names.toSorted();
}

/** The code that the work fails with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
}

const fails = async (work: Promise<unknown>, code: string): Promise<void> =>
  expect(await codeOf(work)).toBe(code);

async function withFile(root: Fid, path: string, mode: 'r' | 'r+' | 'w' | 'w+' | 'a' | 'a+'): Promise<Fid> {
  return (await root.walk(path)).open(mode);
}

const CREATE: Record<string, Check> = {
  'a file is made, written and read': async ({ root }) => {
    await using file = await root.create('f', { mode: 'w+' });
    expect(await file.write('hello')).toBe(5);
    expect(textOf(await file.read({ offset: 0 }))).toBe('hello');
    expect(await root.readText('f')).toBe('hello');
  },
  'a file that is there is not made': async ({ root }) => {
    await root.writeFile('f', 'old');
    await fails(root.create('f'), 'EEXIST');
    expect(await root.readText('f')).toBe('old');
  },
  'a directory is not made twice': async ({ root }) => {
    await root.mkdir('d');
    await fails(root.mkdir('d'), 'EEXIST');
  },
  'a file is made in a directory': async ({ root }) => {
    await root.mkdirAll('a/b/c');
    await (await root.create('a/b/c/f')).close();
    expect(await namesIn(root, 'a/b/c')).toEqual(['f']);
  },
  'a file is not made below what is not there': ({ root }) => fails(root.create('a/f'), 'ENOENT'),
  'a file is not made below a file': async ({ root }) => {
    await root.writeFile('f', '');
    await fails(root.create('f/g'), 'ENOTDIR');
    await fails(root.mkdir('f/g'), 'ENOTDIR');
  },
  'a name of 255 bytes': async ({ root }) => {
    const name = 'n'.repeat(255);
    await root.writeFile(name, 'x');
    expect(await namesIn(root)).toEqual([name]);
  },
  'a longer name is refused': ({ root }) => fails(root.create('n'.repeat(256)), 'ENAMETOOLONG'),
  'names of many scripts': async ({ root }) => {
    const names = ['é', 'пример', '日本', '🐇', 'a b', "it's", '#x', '$y', '\\'];
    for (const name of names) await root.writeFile(name, name);
    expect(await namesIn(root)).toEqual(names.toSorted());
    for (const name of names) expect(await root.readText(name)).toBe(name);
  },
  'a new file has the permissions that were asked for': async ({ root }) => {
    await (await root.create('f', { perm: 0o604 })).close();
    await root.mkdir('d', { perm: 0o710 });
    expect((await root.stat('f')).mode).toBe(0o604);
    expect((await root.stat('d')).mode).toBe(0o710);
  },
  'a new file is its maker’s': async ({ root }) => {
    await root.writeFile('f', '');
    expect((await root.stat('f')).uid).toBe(1000);
  },
  'a create opens also what its permissions would not': async ({ root }) => {
    await using file = await root.create('f', { perm: 0o000, mode: 'w+' });
    await file.write('x');
    expect(textOf(await file.read({ offset: 0 }))).toBe('x');
  },
};

const CONTENT: Record<string, Check> = {
  'nothing is read at the end': async ({ root }) => {
    await root.writeFile('f', 'abc');
    await using file = await withFile(root, 'f', 'r');
    expect((await file.read({ offset: 3 })).length).toBe(0);
    expect((await file.read({ offset: 1000 })).length).toBe(0);
  },
  'reads go on where the last one ended': async ({ root }) => {
    await root.writeFile('f', 'abcdef');
    await using file = await withFile(root, 'f', 'r');
    expect(textOf(await file.read({ length: 2 }))).toBe('ab');
    expect(textOf(await file.read({ length: 2 }))).toBe('cd');
  },
  'a write in the middle': async ({ root }) => {
    await root.writeFile('f', 'abcdef');
    await using file = await withFile(root, 'f', 'r+');
    await file.write('XY', { offset: 2 });
    expect(await root.readText('f')).toBe('abXYef');
  },
  'a write beyond the end leaves zeros': async ({ root }) => {
    await root.writeFile('f', 'a');
    await using file = await withFile(root, 'f', 'r+');
    await file.write('b', { offset: 3 });
    expect(await root.readFile('f')).toEqual(bytes('a\0\0b'));
  },
  '3 MiB, there and back': async ({ root }) => {
    const data = new Uint8Array(3 * 2 ** 20).map((_, i) => (i * 31) >> 3);
    await root.writeFile('f', data);
    expect(Buffer.compare(await root.readFile('f'), data)).toBe(0);
    expect((await root.stat('f')).size).toBe(data.length);
  },
  'w truncates': async ({ root }) => {
    await root.writeFile('f', 'abcdef');
    await using file = await withFile(root, 'f', 'w');
    await file.write('x');
    expect(await root.readText('f')).toBe('x');
  },
  'r+ does not truncate': async ({ root }) => {
    await root.writeFile('f', 'abcdef');
    await (await withFile(root, 'f', 'r+')).close();
    expect(await root.readText('f')).toBe('abcdef');
  },
  'appending, wherever one writes': async ({ root }) => {
    await root.writeFile('f', 'abc');
    await using file = await withFile(root, 'f', 'a');
    await file.write('d', { offset: 0 });
    await file.write('e', { offset: 0 });
    expect(await root.readText('f')).toBe('abcde');
  },
  'two that append lose nothing': async ({ root }) => {
    await root.writeFile('f', '');
    await using one = await withFile(root, 'f', 'a');
    await using two = await withFile(root, 'f', 'a');
    for (let i = 0; i < 10; i++) await Promise.all([one.write('x'), two.write('y')]);
    expect((await root.readText('f')).split('').toSorted().join('')).toBe('x'.repeat(10) + 'y'.repeat(10));
  },
  'writeFile appends': async ({ root }) => {
    await root.writeFile('f', 'a');
    await root.writeFile('f', 'b', { append: true });
    expect(await root.readText('f')).toBe('ab');
  },
  'what is opened to be read is not written': async ({ root }) => {
    await root.writeFile('f', 'a');
    await using file = await withFile(root, 'f', 'r');
    await fails(file.write('b'), 'EBADF');
  },
  'what is opened to be written is not read': async ({ root }) => {
    await root.writeFile('f', 'a');
    await using file = await withFile(root, 'f', 'a');
    await fails(file.read({ offset: 0 }), 'EBADF');
  },
  'what is not there is not opened': async ({ root }) => {
    await fails(root.readFile('f'), 'ENOENT');
    await fails(root.readFile('a/b/c'), 'ENOENT');
  },
  'a directory is not read as a file, nor written': async ({ root }) => {
    await root.mkdir('d');
    await fails(withFile(root, 'd', 'w'), 'EISDIR');
    await fails(root.writeFile('d', ''), 'EISDIR');
  },
  lines: async ({ root }) => {
    await root.writeFile('f', 'one\ntwo\nthree');
    const lines: string[] = [];
    for await (const line of root.lines('f')) lines.push(line);
    expect(lines).toEqual(['one', 'two', 'three']);
  },
  'a copy within the tree': async ({ root }) => {
    await root.writeFile('f', 'content');
    await using from = await root.walk('f');
    await using to = await root.create('g');
    expect(await from.copy(to)).toBe(7);
    expect(await root.readText('g')).toBe('content');
  },
  'an open file outlives its name': async ({ root }) => {
    await root.writeFile('f', 'still here');
    await using file = await withFile(root, 'f', 'r+');
    await root.remove('f');
    expect(textOf(await file.read())).toBe('still here');
    await file.write('!', { offset: 10 });
    expect((await file.stat()).size).toBe(11);
    await fails(root.stat('f'), 'ENOENT');
  },
  'two opens see each other’s writes': async ({ root }) => {
    await root.writeFile('f', 'aaaa');
    await using one = await withFile(root, 'f', 'r+');
    await using two = await withFile(root, 'f', 'r');
    await one.write('bb');
    expect(textOf(await two.read())).toBe('bbaa');
  },
  'a Fid that is closed is of no use': async ({ root }) => {
    await root.writeFile('f', 'x');
    const file = await withFile(root, 'f', 'r');
    await file.close();
    await fails(file.read(), 'EBADF');
    await file.close();
  },
  'a file is opened once by a Fid': async ({ root }) => {
    await root.writeFile('f', 'x');
    await using file = await withFile(root, 'f', 'r');
    await fails(file.open('r'), 'EBADF');
  },
};

const ATTRIBUTES: Record<string, Check> = {
  'of a file': async ({ root }) => {
    await root.writeFile('f', 'abc');
    const { name, type, size, mode, nlink, uid, gid } = await root.stat('f');
    expect({ name, type, size, mode, nlink, uid, gid }).toEqual({
      name: 'f',
      type: 'file',
      size: 3,
      mode: 0o644,
      nlink: 1,
      uid: 1000,
      gid: 1000,
    });
  },
  'of a directory': async ({ root }) => {
    await root.mkdirAll('d/e');
    const { name, type, mode, nlink, qid } = await root.stat('d');
    expect({ name, type, mode, nlink }).toEqual({ name: 'd', type: 'dir', mode: 0o755, nlink: 3 });
    expect(qid.type).toBe(0x80);
  },
  'of nothing': async ({ root }) => {
    await fails(root.stat('f'), 'ENOENT');
    await fails(root.stat('d/f'), 'ENOENT');
  },
  'of what is below a file': async ({ root }) => {
    await root.writeFile('f', '');
    await fails(root.stat('f/g'), 'ENOTDIR');
  },
  'files have different qids, and keep them': async ({ root }) => {
    await root.writeFile('f', '');
    await root.writeFile('g', '');
    const before = (await root.stat('f')).qid.path;
    expect((await root.stat('g')).qid.path).not.toBe(before);
    await root.rename('f', 'h');
    expect((await root.stat('h')).qid.path).toBe(before);
  },
  'the mode is changed': async ({ root }) => {
    await root.writeFile('f', '');
    await root.change('f', { mode: 0o4751 });
    expect((await root.stat('f')).mode).toBe(0o4751);
  },
  'the size is changed': async ({ root }) => {
    await root.writeFile('f', 'abcdef');
    await root.change('f', { size: 3 });
    expect(await root.readText('f')).toBe('abc');
    await root.change('f', { size: 5 });
    expect(await root.readFile('f')).toEqual(bytes('abc\0\0'));
  },
  'the size of an open file is changed': async ({ root }) => {
    await root.writeFile('f', 'abcdef');
    await using file = await withFile(root, 'f', 'r+');
    await file.change('', { size: 1 });
    expect((await file.stat()).size).toBe(1);
  },
  'times are changed': async ({ root }) => {
    await root.writeFile('f', '');
    await root.change('f', { atime: { sec: 1000, nsec: 5 }, mtime: { sec: 2000, nsec: 7 } });
    const { atime, mtime } = await root.stat('f');
    expect([atime, mtime]).toEqual([
      { sec: 1000, nsec: 5 },
      { sec: 2000, nsec: 7 },
    ]);
  },
  'the time is set to now': async ({ root }) => {
    await root.writeFile('f', '');
    await root.change('f', { mtime: { sec: 2000, nsec: 0 } });
    await root.change('f', { mtime: 'now' });
    expect((await root.stat('f')).mtime.sec).toBeGreaterThan(1_000_000_000);
  },
  'a write changes mtime and size': async ({ root }) => {
    await root.writeFile('f', '');
    await root.change('f', { mtime: { sec: 2000, nsec: 0 } });
    await root.writeFile('f', 'abc');
    const { mtime, size } = await root.stat('f');
    expect(mtime.sec).toBeGreaterThan(2000);
    expect(size).toBe(3);
  },
  'a directory has no size to be changed': async ({ root }) => {
    await root.mkdir('d');
    await fails(root.change('d', { size: 1 }), 'EISDIR');
  },
  'an open file tells its own': async ({ root }) => {
    await root.writeFile('f', 'ab');
    await using file = await withFile(root, 'f', 'r');
    expect((await file.stat()).size).toBe(2);
  },
};

const DIRECTORIES: Record<string, Check> = {
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

const REMOVAL: Record<string, Check> = {
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

const RENAMES: Record<string, Check> = {
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

const LINKS: Record<string, Check> = {
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

const WALKS: Record<string, Check> = {
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

const PERMISSIONS: Record<string, Check> = {
  'a stranger reads what others may read': async ({ root, as }) => {
    await root.writeFile('f', 'x');
    expect(await (await as(BOB)).readText('f')).toBe('x');
  },
  'a stranger does not read what they may not': async ({ root, as }) => {
    await root.writeFile('f', 'x', { perm: 0o640 });
    await fails((await as(BOB)).readFile('f'), 'EACCES');
  },
  'the group reads what the group may read': async ({ root, as }) => {
    await root.writeFile('f', 'x', { perm: 0o640 });
    expect(await (await as(CAROL)).readText('f')).toBe('x');
    await fails((await as(CAROL)).writeFile('f', 'y'), 'EACCES');
  },
  'a stranger does not write': async ({ root, as }) => {
    await root.writeFile('f', 'x');
    const bob = await as(BOB);
    await fails(bob.writeFile('f', 'y'), 'EACCES');
    await fails(bob.change('f', { size: 0 }), 'EACCES');
    expect(await root.readText('f')).toBe('x');
  },
  'a stranger makes nothing in the owner’s directory': async ({ as }) => {
    const bob = await as(BOB);
    await fails(bob.create('f'), 'EACCES');
    await fails(bob.mkdir('d'), 'EACCES');
    await fails(bob.symlink('s', 'x'), 'EACCES');
  },
  'nor takes anything away': async ({ root, as }) => {
    await root.writeFile('f', '');
    const bob = await as(BOB);
    await fails(bob.remove('f'), 'EACCES');
    await fails(bob.rename('f', 'g'), 'EACCES');
    await fails(bob.link('g', 'f'), 'EACCES');
  },
  'nor changes whose a file is, or its mode': async ({ root, as }) => {
    await root.writeFile('f', '');
    const bob = await as(BOB);
    await fails(bob.change('f', { mode: 0o777 }), 'EPERM');
    await fails(bob.change('f', { uid: 1001 }), 'EPERM');
    await fails(bob.change('f', { mtime: { sec: 0, nsec: 0 } }), 'EPERM');
    await fails(bob.change('', { mode: 0o777 }), 'EPERM');
  },
  'a directory that may not be searched': async ({ root, as }) => {
    await root.mkdir('d', { perm: 0o744 });
    await root.writeFile('d/f', 'x');
    const bob = await as(BOB);
    expect(await namesIn(bob, 'd')).toEqual(['f']);
    await using dir = await bob.walk('d');
    await fails(dir.readFile('f'), 'EACCES');
  },
  'a directory that may not be read': async ({ root, as }) => {
    await root.mkdir('d', { perm: 0o711 });
    await root.writeFile('d/f', 'x');
    const bob = await as(BOB);
    await fails(namesIn(bob, 'd'), 'EACCES');
    expect(await bob.readText('d/f')).toBe('x');
  },
  'what a stranger makes is theirs': async ({ root, as }) => {
    await root.mkdir('d', { perm: 0o777 });
    const bob = await as(BOB);
    await bob.writeFile('d/f', 'x', { perm: 0o600 });
    expect((await root.stat('d/f')).uid).toBe(1001);
    await fails(root.readFile('d/f'), 'EACCES');
  },
  'in a sticky directory everybody removes their own': async ({ root, as }) => {
    await root.mkdir('t');
    await root.change('t', { mode: 0o1777 });
    const [bob, carol] = [await as(BOB), await as(CAROL)];
    await bob.writeFile('t/f', '');
    await carol.writeFile('t/g', '');
    await fails(carol.remove('t/f'), 'EPERM');
    await fails(carol.rename('t/g', 't/f'), 'EPERM');
    await bob.remove('t/f');
  },
};

const AS_GLENDA: Request = { user: GLENDA, aname: '', signal: NEVER };

/** Works with the extended attributes of a file in the root. */
async function withXattrs(
  { root, file }: Scene,
  name: string,
  work: (xattrs: Xattrs) => Promise<void>,
): Promise<void> {
  await root.writeFile(name, '');
  const top = Chan.attach(file, { borrowed: true });
  const { chan } = await top.walk([name], AS_GLENDA);
  await work(await chan!.xattrs('write', AS_GLENDA));
  await chan!.close('clunk', AS_GLENDA);
}

const XATTRS: Record<string, Check> = {
  'are set, listed, read and removed': (scene) =>
    withXattrs(scene, 'f', async (xattrs) => {
      await xattrs.set('user.a', bytes('one'), 'any', AS_GLENDA);
      await xattrs.set('user.b', bytes('two'), 'create', AS_GLENDA);
      expect((await xattrs.list(AS_GLENDA)).toSorted()).toEqual(['user.a', 'user.b']);
      expect(await xattrs.get('user.b', AS_GLENDA)).toEqual(bytes('two'));
      await xattrs.remove('user.b', AS_GLENDA);
      expect(await xattrs.list(AS_GLENDA)).toEqual(['user.a']);
    }),
  'that are not there': (scene) =>
    withXattrs(scene, 'f', async (xattrs) => {
      await fails((async () => xattrs.get('user.x', AS_GLENDA))(), 'ENODATA');
      await fails((async () => xattrs.remove('user.x', AS_GLENDA))(), 'ENODATA');
      await fails((async () => xattrs.set('user.x', bytes('1'), 'replace', AS_GLENDA))(), 'ENODATA');
    }),
  'that are there already': (scene) =>
    withXattrs(scene, 'f', async (xattrs) => {
      await xattrs.set('user.a', bytes('1'), 'any', AS_GLENDA);
      await fails((async () => xattrs.set('user.a', bytes('2'), 'create', AS_GLENDA))(), 'EEXIST');
    }),
};

export const BATTERY: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  'creating:': CREATE,
  'the content:': CONTENT,
  'attributes:': ATTRIBUTES,
  'a directory:': DIRECTORIES,
  'removal:': REMOVAL,
  'renaming:': RENAMES,
  'links:': LINKS,
  'extended attributes': XATTRS,
  'walks:': WALKS,
  'permissions:': PERMISSIONS,
};
