/** tls: two users with keys of their own, who know each other by them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { World, failure, type Serving } from './world.ts';

/** The server's user, the client's, and one whom nobody knows. */
const here = new World();
const there = new World();
const stranger = new World();
let server: Serving;
let at: string;
let fingerprint: string;

const keyOf = async (world: World): Promise<string> => (await world.ns('key', 'show')).stdout.trim();

beforeAll(async () => {
  const made = await Promise.all([here, there, stranger].map((world) => world.ns('key', 'make')));
  expect(made.map(({ status }) => status)).toEqual([0, 0, 0]);
  fingerprint = /fingerprint (SHA256:\S+)/.exec(made[0].stderr)![1];
  const key = made[1].stdout.trim();
  expect(await here.ns('key', 'authorize', 'glenda', key)).toMatchObject({
    status: 0,
    stdout: '',
    stderr: `glenda may connect with ${/SHA256:\S+/.exec(made[1].stderr)![0]}\n`,
  });
  here.file('tree/x', 'secret\n', 0o644);
  server = await here.serve('-l', 'tls://127.0.0.1:0', '-m', 'file:tree /');
  [at] = server.addresses;
});
afterAll(async () => {
  for (const world of [here, there, stranger]) await world[Symbol.asyncDispose]();
});

test('a key is made once, for its user’s eyes only', async () => {
  const path = here.path('config/nines/key');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const again = failure(await here.ns('key', 'make'));
  expect(again).toEqual({ status: 1, line: `ns: there is a key in ${path} already; ns key show prints it` });
  expect(await keyOf(here)).toMatch(/^ed25519 [A-Za-z0-9+/]{43}=$/);
});

test('a server that is met for the first time is refused, and named with its fingerprint', async () => {
  const { status, line } = failure(await there.ns('ls', at));
  expect(status).toBe(1);
  expect(line).toContain(`its key ${fingerprint} is not known here`);
  expect(line).toContain(`connect to '${at}?fingerprint=${fingerprint}'`);
});

test('with the fingerprint, whoever is authorized gets in', async () => {
  const [ls, cat] = await Promise.all([
    there.ns('ls', `${at}?fingerprint=${fingerprint}`),
    there.ns('cat', `${at}/x?fingerprint=${fingerprint}`),
  ]);
  expect(ls).toMatchObject({ status: 0, stdout: 'x\n', stderr: '' });
  expect(cat).toMatchObject({ status: 0, stdout: 'secret\n' });
});

test('a known server needs no fingerprint; one whose key has changed is refused', async () => {
  const [host, key] = [at.replace('tls://', ''), await keyOf(here)];
  mkdirSync(there.path('config/nines'), { recursive: true });
  writeFileSync(there.path('config/nines/known_servers'), `${host} ${key}\n`, { mode: 0o600 });
  expect(await there.ns('ls', at)).toMatchObject({ status: 0, stdout: 'x\n' });
  writeFileSync(there.path('config/nines/known_servers'), `${host} ${await keyOf(stranger)}\n`, {
    mode: 0o600,
  });
  const { status, line } = failure(await there.ns('ls', at));
  expect(status).toBe(1);
  expect(line).toContain(`THE KEY OF ${at} HAS CHANGED`);
});

test('who is not authorized is told how to be; the server says who came', async () => {
  const { status, line } = failure(await stranger.ns('ls', `${at}?fingerprint=${fingerprint}`));
  expect(status).toBe(1);
  const key = (await keyOf(stranger)).replace('ed25519 ', '');
  expect(line).toMatch(/it may not know your key SHA256:/);
  expect(line).toContain(`ns key authorize USER ed25519 ${key}`);
  await server.until(({ stderr }) => stderr.includes(key));
  expect(server.stderr).toMatch(
    /^ns: tls:\/\/127\.0\.0\.1:\d+ has the key SHA256:\S+ \(\S+\), which is not authorized; not let in$/m,
  );
});

test('a wrong key is wrong usage; no key is an error that says what to do', async () => {
  const [bad, user, none] = await Promise.all([
    here.ns('key', 'authorize', 'glenda', 'ed25519', 'short'),
    here.ns('key', 'authorize', 'a b', await keyOf(there)),
    here.start(['key', 'show'], { env: { XDG_CONFIG_HOME: here.path('empty') } }).ended,
  ]);
  expect(failure(bad)).toEqual({
    status: 2,
    line: "ns: a key is written 'ed25519 BASE64', as 'ns key show' prints it on the other machine",
  });
  expect(failure(user)).toEqual({ status: 2, line: "ns: 'a b' is no user name" });
  expect(failure(none).line).toMatch(/there is no key in .*; make one with: ns key make$/);
});
