/** What a rename does to the Chans of others. */
import { expect, test } from '@jest/globals';
import { Chan, type Request } from '../../src/file/index.ts';
import { ram } from '../../src/resources/index.ts';

const r: Request = {
  user: { name: 'root', uid: 0, gid: 0 },
  aname: '',
  signal: new AbortController().signal,
};

async function walk(from: Chan, ...names: string[]): Promise<Chan> {
  return (await from.walk(names, r)).chan!;
}

test('a directory that is moved into what was below it once has a path that ends', async () => {
  const root = Chan.attach(ram());
  await root.mkdir('a', { mode: 0o755 }, r);
  const a = await walk(root, 'a');
  await a.mkdir('b', { mode: 0o755 }, r);
  const b = await walk(a, 'b');
  // Somebody else, whose renames these Chans are not told of.
  await a.rename('b', root, 'b', false, r);
  await root.rename('a', b, 'a', false, r);
  for (const chan of [a, b]) chan.follow(root.file, 'a', b, 'a');
  expect(a.path).toBe('/a');
  expect(b.path).toBe('/a/b');
  expect((await walk(root, 'b', 'a')).qid).toEqual(a.qid);
});

test('a Chan goes with its directory', async () => {
  const root = Chan.attach(ram());
  await root.mkdir('a', { mode: 0o755 }, r);
  await root.mkdir('c', { mode: 0o755 }, r);
  const a = await walk(root, 'a');
  await a.mkdir('b', { mode: 0o755 }, r);
  const b = await walk(a, 'b');
  const c = await walk(root, 'c');
  await root.rename('a', c, 'x', false, r);
  b.follow(root.file, 'a', c, 'x');
  expect(b.path).toBe('/c/x/b');
});
