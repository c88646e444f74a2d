/** A namespace, restricted: what is bound is allowed by the path at which it is seen. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Chan, READ_WRITE, WRITE } from '../../../src/file/index.ts';
import { restrict } from '../../../src/namespaces/allow/index.ts';
import { MAFTER, MCREATE, MREPL, Namespace } from '../../../src/namespaces/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { GLENDA, KEN, ROB, kitOf, requestOf, tree, type Kit } from './battery.ts';

let namespace: Namespace;

beforeEach(async () => {
  const root = ram({ owner: GLENDA, mode: 0o777 });
  namespace = new Namespace({ root, user: GLENDA });
  for (const name of ['n', 'open', 'read']) await namespace.mkdir(name, { perm: 0o777 });
  await namespace.mount(await tree(), '/n', MREPL | MCREATE);
  await namespace.bind('/n/pub', '/open', MREPL | MCREATE);
  await namespace.bind('/n/pub', '/read');
  await namespace.bind('/n/private', '/read', MAFTER);
});
afterEach(() => namespace.close());

function as(user: typeof KEN): Kit {
  const root = restrict(namespace.file(), [
    { user: 'ken', access: 'rw', path: '/open' },
    { user: '*', access: 'ro', path: '/read' },
  ]);
  return kitOf(Chan.attach(root), requestOf(user));
}

async function names({ at, r }: Kit, path: string): Promise<readonly string[]> {
  const chan = await at(path);
  await chan.open({ ...READ_WRITE, write: false }, r);
  const found: string[] = [];
  for await (const { name } of chan.list(0n, r)) found.push(name);
  return found.toSorted();
}

test('each sees the mount points that are theirs, and in a union what is in all its members', async () => {
  expect(await names(as(KEN), '')).toEqual(['open', 'read']);
  expect(await names(as(ROB), '')).toEqual(['read']);
  expect(await names(as(ROB), 'read')).toEqual(['dir', 'empty', 'file', 'link', 'old', 'secret']);
  await expect(as(KEN).at('n/pub/file')).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await as(GLENDA).at('n/pub/file')).path).toBe('/n/pub/file');
});

test('one file, at two paths: to be written at one, to be read at the other', async () => {
  const { at, r } = as(KEN);
  await (await at('open/file')).open(WRITE, r);
  const file = await at('read/file');
  expect(() => file.open(WRITE, r)).toThrow(expect.objectContaining({ code: 'EROFS' }));
  const [open, read] = await Promise.all([at('open'), at('read')]);
  expect(() => open.rename('file', read, 'x', true, r)).toThrow(expect.objectContaining({ code: 'EROFS' }));
  await open.rename('file', open, 'moved', true, r);
  expect(await names(as(ROB), 'read')).toContain('moved');
});

test('an export lives: what is mounted later is there, and as it is allowed', async () => {
  const { at, r } = as(KEN);
  await namespace.mount(ram({ owner: GLENDA, mode: 0o777 }), '/open/dir', MREPL | MCREATE);
  expect(await names({ at, r }, 'open/dir')).toEqual([]);
  const chan = await at('open/dir');
  await chan.create('new', { mode: 0o666 }, WRITE, r);
  expect(await names(as(GLENDA), 'open/dir')).toEqual(['new']);
});
