/** A restricted tree in this process: every method, for each user. */
import { expect, test } from '@jest/globals';
import { Chan, READ, clone, dir, openMode, text, type File } from '../../../src/file/index.ts';
import { restrict } from '../../../src/namespaces/allow/index.ts';
import { GLENDA, KEN, ROB, RULES, URIEL, USERS, battery, kitOf, requestOf, tree } from './battery.ts';

test.each(USERS.map((user) => [user.name, user] as const))('%s', async (_, user) => {
  await battery('direct', user, async (root) => {
    const chan = Chan.attach(restrict(root, RULES));
    const r = requestOf(user);
    return { kit: kitOf(chan, r), close: async () => chan.close('clunk', r) };
  });
});

test('without a line the tree is the serving user’s alone', async () => {
  const root = restrict(await tree(), []);
  expect(() => root.admit!(requestOf(GLENDA))).not.toThrow();
  for (const user of [KEN, URIEL]) {
    expect(() => root.admit!(requestOf(user))).toThrow(
      expect.objectContaining({ code: 'EACCES', message: `nothing here is allowed to ${user.name}` }),
    );
  }
});

test('a file keeps its identity', async () => {
  const inner = await tree();
  const root = restrict(inner, RULES);
  const r = requestOf(KEN);
  const pub = (await root.walk!('pub', r))!;
  expect([root.tree, root.qid]).toEqual([inner.tree, inner.qid]);
  expect(pub.tree).toBe(inner.tree);
  expect(pub.qid).toBe((await inner.walk!('pub', r))!.qid);
  expect(pub.guarded).toBe(false);
});

test('what a directory on the way says of itself counts nothing that is hidden', async () => {
  const root = restrict(await tree(), RULES);
  const chan = Chan.attach(root);
  expect(await chan.attr(requestOf(GLENDA))).toMatchObject({ nlink: 4 });
  expect(await chan.attr(requestOf(KEN))).toMatchObject({ type: 'dir', nlink: 1, size: 0, blocks: 0 });
});

test('access is decided by the path: a file with two names has two', async () => {
  const inner = await tree();
  const r = requestOf(GLENDA);
  const made = kitOf(Chan.attach(inner), r);
  await (await made.at('pub/dir')).link('same', await made.at('pub/old/file'), r);
  const ken = kitOf(Chan.attach(restrict(inner, RULES)), requestOf(KEN));
  await (await ken.at('pub/dir/same')).change({ size: 0 }, ken.r);
  await expect(ken.at('pub/old/file').then((chan) => chan.change({ size: 0 }, ken.r))).rejects.toMatchObject({
    code: 'EROFS',
  });
});

test('a fid goes on by the path that it was walked by, when the directory above it has been moved', async () => {
  const inner = await tree();
  const glenda = kitOf(Chan.attach(inner), requestOf(GLENDA));
  const ken = kitOf(Chan.attach(restrict(inner, RULES)), requestOf(KEN));
  const file = await ken.at('pub/dir/inner');
  await (await glenda.at('pub')).rename('dir', await glenda.at('private'), 'dir', true, glenda.r);
  await file.change({ size: 0 }, ken.r);
  await expect(ken.at('private/dir')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a directory is not moved from over, or to over, what is allowed otherwise below', async () => {
  const rules = [...RULES, { user: 'ken', access: 'ro', path: '/pub/dir/a/b' } as const];
  const { at, r } = kitOf(Chan.attach(restrict(await tree(), rules)), requestOf(KEN));
  const pub = await at('pub');
  const dir = await at('pub/dir');
  const refused = expect.objectContaining({ code: 'EROFS' });
  expect(() => pub.rename('dir', pub, 'new', true, r)).toThrow(refused);
  expect(() => pub.rename('empty', dir, 'a', true, r)).toThrow(refused);
  await dir.mkdir('a', { mode: 0o777 }, r);
  const a = await at('pub/dir/a');
  expect(() => a.mkdir('b', { mode: 0o777 }, r)).toThrow(refused);
  await a.mkdir('c', { mode: 0o777 }, r);
});

test('a conversation is allowed as its clone file is', async () => {
  const made: File = clone(() => ({ files: { ctl: text('0\n', { write: () => {} }), data: text('x') } }));
  const root = restrict(dir({ net: made }), [
    { user: 'ken', access: 'rw', path: '/net' },
    { user: 'rob', access: 'ro', path: '/net' },
  ]);
  const ken = kitOf(Chan.attach(root), requestOf(KEN));
  const rob = kitOf(Chan.attach(root), requestOf(ROB));
  const ctl = await ken.at('net/clone');
  await ctl.open(openMode({ read: true, write: true }), ken.r);
  await ctl.write(0, Buffer.from('hello'), ken.r);
  const other = await rob.at('net/clone');
  await other.open(READ, rob.r);
  expect(Buffer.from(await other.take(0, 9, rob.r)).toString()).toBe('0\n');
  expect(() => other.change({ size: 0 }, rob.r)).toThrow(expect.objectContaining({ code: 'EROFS' }));
  await expect(
    rob.at('net/0/ctl').then((chan) => chan.open(openMode({ write: true }), rob.r)),
  ).rejects.toMatchObject({ code: 'EROFS' });
  await ctl.close('clunk', ken.r);
  await other.close('clunk', rob.r);
});

test('permission bits hold beneath', async () => {
  const inner = await tree();
  const glenda = kitOf(Chan.attach(inner), requestOf(GLENDA));
  await (await glenda.at('pub/file')).change({ mode: 0o600 }, glenda.r);
  const ken = kitOf(Chan.attach(restrict(inner, RULES)), requestOf({ name: 'ken' }));
  await expect(ken.at('pub/file').then((chan) => chan.open(READ, ken.r))).rejects.toMatchObject({
    code: 'EACCES',
  });
});
