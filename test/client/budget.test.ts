/** What the calls of a Fid cost: the messages, in order. */
import { describe, expect, test } from '@jest/globals';
import type { Fid } from '../../src/client/index.ts';
import { settled } from './fake-server.ts';
import { served } from './served.ts';

const CALLS: [string, (root: Fid) => Promise<unknown>, string][] = [
  ['stat of a/b/c', (root) => root.stat('a/b/c'), 'Twalk Tgetattr Tclunk'],
  ['readFile of a small file', (root) => root.readFile('a/b/c'), 'Twalk Tlopen Tread Tgetattr Tclunk'],
  ['readFile of an empty file', (root) => root.readFile('a/empty'), 'Twalk Tlopen Tread Tgetattr Tclunk'],
  ['writeFile over a file', (root) => root.writeFile('a/b/c', 'new'), 'Twalk Tlopen Twrite Tclunk'],
  ['create in the root', async (root) => (await root.create('new')).close(), 'Twalk Tlcreate Tclunk'],
  ['create in a/b', async (root) => (await root.create('a/b/new')).close(), 'Twalk Tlcreate Tclunk'],
  ['mkdir', (root) => root.mkdir('a/b/d'), 'Twalk Tmkdir Tclunk'],
  ['symlink', (root) => root.symlink('a/b/s', 'c'), 'Twalk Tsymlink Tclunk'],
  ['remove', (root) => root.remove('a/b/c'), 'Twalk Tunlinkat Tclunk'],
  ['rename', (root) => root.rename('a/b/c', 'a/d'), 'Twalk Twalk Trenameat Tclunk Tclunk'],
  ['change', (root) => root.change('a/b/c', { mode: 0o600 }), 'Twalk Tsetattr Tclunk'],
  [
    'list of a directory',
    async (root) => {
      for await (const _ of root.list({ path: 'a' }));
    },
    'Twalk Tlopen Treaddir Treaddir Tclunk',
  ],
  [
    'walk, open, read, write and close',
    async (root) => {
      await using file = await root.walk('a/b/c');
      await file.open('r+');
      await file.read();
      await file.write('x');
    },
    'Twalk Tlopen Tread Twrite Tclunk',
  ],
];

describe('the messages of', () => {
  test.each(CALLS)('%s', async (_, call, messages) => {
    await using tree = await served('9P2000.L');
    const { root, tap } = tree;
    await root.mkdirAll('a/b');
    await root.writeFile('a/b/c', 'text\n');
    await root.writeFile('a/empty', '');
    await settled();
    tap.reset();
    await call(root);
    await settled();
    expect(tap.types.join(' ')).toBe(messages);
  });

  test('a walk of 40 names: sixteen in each', async () => {
    await using tree = await served('9P2000.L');
    const { root, tap } = tree;
    const path = Array.from({ length: 40 }, (_, i) => `d${i}`).join('/');
    await root.mkdirAll(path);
    await settled();
    tap.reset();
    await using deep = await root.walk(path);
    expect(deep.path).toBe(`/${path}`);
    expect(tap.messages).toMatchObject([16, 16, 8].map((length) => ({ type: 'Twalk', wname: { length } })));
  });

  test('ls -l: three for each entry, and many at a time', async () => {
    await using tree = await served('9P2000.L');
    const { root, tap } = tree;
    for (let i = 0; i < 10; i++) await root.writeFile(`f${i}`, 'x'.repeat(i));
    await settled();
    tap.reset();
    const sizes: number[] = [];
    for await (const { attr } of root.list({ stat: true })) sizes.push(attr!.size);
    await settled();
    expect(new Set(sizes)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(tap.types.filter((type) => type === 'Tgetattr')).toHaveLength(10);
    expect(tap.messages).toHaveLength(5 + 3 * 10);
    expect(tap.writes).toBeLessThan(12);
  });

  test('ls -l in 9P2000: none for an entry', async () => {
    await using tree = await served('9P2000');
    const { root, tap } = tree;
    for (let i = 0; i < 10; i++) await root.writeFile(`f${i}`, 'x'.repeat(i));
    await settled();
    tap.reset();
    for await (const { attr } of root.list({ stat: true })) expect(attr).toBeDefined();
    await settled();
    expect(tap.types.join(' ')).toBe('Twalk Topen Tread Tread Tclunk');
  });
});
