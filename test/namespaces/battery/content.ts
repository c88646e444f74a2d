/** Making files, writing and reading them. */
import { expect } from '@jest/globals';
import { type Check, bytes, fails, namesIn, textOf, withFile } from './check.ts';

export const CREATE: Record<string, Check> = {
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

export const CONTENT: Record<string, Check> = {
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
