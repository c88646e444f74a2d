/** Three servers over TCP, mounted into each other, with unions: what a walk costs. */
import { afterEach, expect, test } from '@jest/globals';
import { MAFTER, MBEFORE, type Namespace } from '../../src/namespaces/index.ts';
import { counting, type CountingServer } from './counting.ts';
import { codeOf, treeOf, world } from './trees.ts';

const PATHS = {
  'a/b/c/here/': '',
  'd/e/f/there/': '',
  'g/h/i/file': 'found\n',
  'own/f': '',
};

let ns: Namespace;
let servers: readonly CountingServer[] = [];

afterEach(async () => {
  await ns.close();
  for (const server of servers) await server[Symbol.asyncDispose]();
});

/** /n/1, and in it /n/1/a/b/c/here, and in that d/e/f/there: a server each. */
async function nested(): Promise<void> {
  servers = await Promise.all([1, 2, 3].map(async () => counting(await treeOf(PATHS))));
  const [one, two, three] = servers;
  ns = world();
  await ns.mount(one.address, '/n/1');
  await ns.mount(two.address, '/n/1/a/b/c/here');
  await ns.mount(three.address, '/n/1/a/b/c/here/d/e/f/there');
}

/** How many Twalks each server got for some work, when all is quiet again. */
async function walks(work: () => Promise<unknown>): Promise<readonly number[]> {
  await settled();
  for (const server of servers) server.reset();
  await work();
  await settled();
  return servers.map(({ types }) => types.filter((type) => type === 'Twalk').length);
}

async function settled(): Promise<void> {
  await new Promise((go) => setTimeout(go, 30));
}

const TWELVE = 'a/b/c/here/d/e/f/there/g/h/i/file';

test('a path of 12 names over two mount points: one Twalk for each server', async () => {
  await nested();
  expect(TWELVE.split('/')).toHaveLength(12);
  await using from = await ns.walk('/n/1');
  expect(await walks(async () => (await from.walk(TWELVE)).close())).toEqual([1, 1, 1]);
  expect(await walks(() => ns.readText(`/n/1/${TWELVE}`))).toEqual([1, 1, 1]);
  expect(await walks(() => ns.stat(`/n/1/${TWELVE}`))).toEqual([1, 1, 1]);
});

test('nothing else than the Twalks, the Tgetattr and clunks', async () => {
  await nested();
  await walks(() => ns.stat(`/n/1/${TWELVE}`));
  const all = servers.flatMap(({ types }) => types).toSorted();
  expect(all.filter((type) => type !== 'Tclunk')).toEqual(['Tgetattr', 'Twalk', 'Twalk', 'Twalk']);
});

test('a path that ends at a mount point asks nobody behind it', async () => {
  await nested();
  expect(await walks(async () => (await ns.walk('/n/1/a/b/c/here')).close())).toEqual([1, 0, 0]);
  expect(await walks(async () => (await ns.walk('/n/1')).close())).toEqual([0, 0, 0]);
});

test('what is missing is not asked for twice', async () => {
  await nested();
  const missing = `/n/1/a/b/c/here/d/e/x/y/z`;
  expect(await walks(async () => expect(await codeOf(ns.walk(missing))).toBe('ENOENT'))).toEqual([1, 1, 0]);
});

test('a union: one more for each member that is tried', async () => {
  await nested();
  const [, two, three] = servers;
  // In the middle of the path: the second server's tree first, then the third's, then the first's.
  await ns.unmount('/n/1/a/b/c/here');
  await ns.mount(three.address, '/n/1/a/b/c/here', MBEFORE);
  await ns.mount(two.address, '/n/1/a/b/c/here', MBEFORE);
  const found = '/n/1/a/b/c/here/g/h/i/file';
  expect(await walks(async () => (await ns.walk(found)).close())).toEqual([1, 1, 0]);
  await ns.remove('/n/1/a/b/c/here/own/f');
  await ns.remove('/n/1/a/b/c/here/own');
  expect(await walks(async () => (await ns.walk('/n/1/a/b/c/here/own/f')).close())).toEqual([1, 1, 1]);
  expect(await walks(() => codeOf(ns.walk('/n/1/a/b/c/here/nothing')))).toEqual([2, 1, 1]);
});

test('.. costs nothing', async () => {
  await nested();
  await using deep = await ns.walk(`/n/1/${TWELVE}`);
  expect(await walks(async () => (await deep.walk('../../../../../../..')).close())).toEqual([0, 0, 0]);
});

test('served again: one message for those who use it, and the same for the servers', async () => {
  await nested();
  const front = await counting(ns.file());
  const user = world();
  await user.mount(front.address, '/n/front');
  servers = [...servers, front];
  const path = `/n/front/n/1/${TWELVE}`;
  expect(await walks(async () => (await user.walk(path)).close())).toEqual([1, 1, 1, 1]);
  await user.close();
});

test('a bind of what is behind a mount costs no more than the mount', async () => {
  await nested();
  await ns.bind('/n/1/a/b/c/here/d', '/mnt', MAFTER);
  expect(await walks(async () => (await ns.walk('/mnt/e/f/there/g/h/i/file')).close())).toEqual([0, 1, 1]);
});
