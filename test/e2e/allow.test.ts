/** `allow` lines, and two users whom a server knows by their keys: through each command, and whoever serves it again. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { World, failure, type Result } from './world.ts';

const here = new World();
const glenda = new World();
const ken = new World();
const stranger = new World();
/** The server's address, with its fingerprint, for a path. */
let at: (path: string) => string;

beforeAll(async () => {
  const made = await Promise.all([here, glenda, ken, stranger].map((world) => world.ns('key', 'make')));
  const [, fingerprint] = /fingerprint (SHA256:\S+)/.exec(made[0].stderr)!;
  for (const [i, name] of ['glenda', 'ken', 'stranger'].entries()) {
    await here.ns('key', 'authorize', name, made[i + 1].stdout.trim());
  }
  for (const path of ['pub/p', 'pub/old/o', 'glenda/g', 'glenda/released/r', 'secret/s', 'ken/k']) {
    here.file(`site/${path}`, `${path}\n`, 0o666);
  }
  await here.shell('chmod -R a+rwX site');
  here.file(
    'site.ns',
    `mount -c file:site /
listen tls://127.0.0.1:0
allow * ro /pub
allow stranger ro /pub/none/of/it
allow glenda rw /glenda
allow glenda ro /glenda/released
allow ken rw /ken
`,
  );
  const server = here.start(['serve', 'site.ns']);
  await server.until(({ stdout }) => stdout.endsWith('\n'));
  const [, address] = /^serving (.*)\n$/.exec(server.stdout)!;
  at = (path) => `${address}${path}?fingerprint=${fingerprint}`;
});
afterAll(async () => {
  for (const world of [here, glenda, ken, stranger]) await world[Symbol.asyncDispose]();
});

const onDisk = (path: string): string => readFileSync(here.path(`site/${path}`), 'utf8');

/** Why each of the places of a command failed. */
const reasons = ({ stderr }: Result): readonly string[] =>
  stderr
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^.*: (no such file or directory|read-only);?.*$/, '$1'));

const NONE = 'no such file or directory';
const READ_ONLY = 'read-only';

/** Everything that Glenda may see, and nothing else, however she comes there. */
async function isGlendas(world: World, to: (path: string) => string, round: string): Promise<void> {
  const all = (...paths: readonly string[]): readonly string[] => paths.map(to);
  const [listed, read, removed, made, stated] = await Promise.all([
    world.ns('ls', '-R', '--json', to('/')),
    world.ns('cat', ...all('/pub/old/o', '/glenda/g', '/glenda/released/r', '/secret/s', '/ken/k')),
    world.ns('rm', ...all('/pub/p', '/glenda/released/r', '/secret/s')),
    world.ns('mkdir', ...all('/pub/d', '/glenda/released/d', '/secret/d')),
    world.ns('stat', ...all('/secret', '/ken', '/none')),
  ]);
  const names = (JSON.parse(listed.stdout) as readonly { readonly name: string }[]).map(({ name }) => name);
  expect(names.filter((name) => !name.startsWith('new'))).toEqual([
    'glenda',
    'pub',
    'g',
    'released',
    'r',
    'old',
    'p',
    'o',
  ]);
  expect(read.stdout).toBe('pub/old/o\nglenda/g\nglenda/released/r\n');
  expect(reasons(read)).toEqual([NONE, NONE]);
  expect(reasons(removed)).toEqual([READ_ONLY, READ_ONLY, NONE]);
  expect(reasons(made)).toEqual([READ_ONLY, READ_ONLY, expect.stringContaining('above it does not exist')]);
  expect(reasons(stated)).toEqual([NONE, NONE, NONE]);
  expect(stated.stdout).toBe('');

  const mine = `/glenda/new-${round}`;
  const [written, appended, copied, moved, torn] = await Promise.all([
    world.start(['write', to(mine)], { input: round }).ended,
    world.start(['write', '--append', to('/pub/p')], { input: 'x' }).ended,
    world.ns('cp', to('/glenda/g'), to('/pub/g')),
    world.ns('mv', to('/glenda/g'), to('/glenda/released/g')),
    world.ns('rm', '-r', to('/glenda')),
  ]);
  expect(written).toMatchObject({ status: 0, stderr: '' });
  expect([appended, copied, moved, torn].map(reasons)).toEqual([
    [READ_ONLY], [READ_ONLY], [READ_ONLY], [READ_ONLY],
  ]); // prettier-ignore
  expect([onDisk(mine), onDisk('pub/p'), onDisk('glenda/g')]).toEqual([round, 'pub/p\n', 'glenda/g\n']);
  expect(await world.ns('mv', to(mine), to(`${mine}-moved`))).toMatchObject({ status: 0, stderr: '' });
  expect(await world.ns('rm', to(`${mine}-moved`))).toMatchObject({ status: 0, stderr: '' });
  expect(existsSync(here.path(`site${mine}-moved`))).toBe(false);
}

describe('glenda', () => {
  test('at the server itself', () => isGlendas(glenda, at, 'direct'));

  test('through her namespace', async () => {
    expect(await glenda.ns('mount', '-c', at(''), '/n/site')).toMatchObject({ status: 0, stderr: '' });
    await isGlendas(glenda, (path) => `/n/site${path}`, 'mounted');
  });

  test('through whoever serves her namespace again: as she, and no more than she', async () => {
    glenda.file('again.ns', `mount -c '${at('')}' /far\nlisten unix:again.sock\n`);
    const server = glenda.start(['serve', 'again.ns']);
    await server.until(({ stdout }) => stdout.endsWith('\n'));
    await isGlendas(here, (path) => `unix://${glenda.path('again.sock')}#/far${path}`, 'again');
  });
});

test('ken sees what is for all, and his own', async () => {
  const [listed, read, wrote] = await Promise.all([
    ken.ns('ls', at('')),
    ken.ns('cat', at('/pub/p'), at('/ken/k'), at('/glenda/g')),
    ken.start(['write', at('/ken/k')], { input: 'changed\n' }).ended,
  ]);
  expect(listed).toMatchObject({ status: 0, stdout: 'ken\npub\n' });
  expect(read.stdout).toMatch(/^pub\/p\n(ken\/k|changed)\n$/);
  expect(reasons(read)).toEqual([NONE]);
  expect([wrote.status, onDisk('ken/k')]).toEqual([0, 'changed\n']);
});

test('a key whose user is allowed nothing is told whose fault it is', async () => {
  here.file('closed.ns', `mount file:site /\nlisten tls://127.0.0.1:0\nallow glenda ro /pub\n`);
  const server = here.start(['serve', 'closed.ns']);
  await server.until(({ stdout }) => stdout.endsWith('\n'));
  const [, address] = /^serving (.*)\n$/.exec(server.stdout)!;
  const [, fingerprint] = at('').split('?');
  const { status, line } = failure(await stranger.ns('ls', `${address}?${fingerprint}`));
  expect([status, line]).toEqual([
    1,
    `ns: ${address} does not let the user of this key attach its tree: permission denied (is anything in it allowed to that user?)`,
  ]);
});
