/** Mounted servers that are killed, or hang: what is below them fails in time and by name, and all else goes on. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Fid, dial } from '../../src/index.ts';
import { World, failure, type Result, type Serving } from './world.ts';

/** Milliseconds that a mount has to answer; what a command takes besides; and what it may take if nothing is in its way. */
const DEADLINE = 10_000;
const SLACK = 6000;
const QUICK = 5000;

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world[Symbol.asyncDispose]());

/** What a command did, and how many milliseconds it took. */
async function timed(...args: readonly string[]): Promise<Result & { readonly time: number }> {
  const begun = performance.now();
  return { ...(await world.ns(...args)), time: performance.now() - begun };
}

async function out(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr, time } = await timed(...args);
  expect([status, stderr]).toEqual([0, '']);
  expect(time).toBeLessThan(QUICK);
  return stdout;
}

/** The line of a command that fails, no later than some time. */
async function lineOf(within: number, ...args: readonly string[]): Promise<string> {
  const result = await timed(...args);
  expect(result.time).toBeLessThan(within);
  expect(result.status).toBe(1);
  return failure(result).line;
}

const start = (name: string, address = 'tcp://127.0.0.1:0'): Promise<Serving> =>
  world.serve('-l', address, '-m', `file:${name} /`);

const tree = (): string => `unix://${world.runtime}/nines/ns/main/tree`;

test('one is killed, another one hangs: alone, and as members of unions', async () => {
  world.file('killed/poem', 'an old silent pond\n');
  world.file('hung/clock', '');
  for (const name of ['killed', 'hung', 'well']) world.file(`${name}/all`, `of ${name}\n`);
  const [killed, hung, well, ended] = await Promise.all([
    start('killed'),
    start('hung'),
    start('well'),
    start('well', `unix:${world.path('ended.sock')}`),
  ]);
  const [[gone], [mute]] = [killed.addresses, hung.addresses];
  world.file(
    'world.ns',
    `mount -c ${gone} /n/killed
mount ${mute} /n/hung
mount ${well.addresses[0]} /n/well
mount ${ended.addresses[0]} /n/ended
bind /n/killed /n/union
bind -a /n/well /n/union
bind /n/hung /n/slow
bind -a /n/well /n/slow
mount -c ram: /n/own
`,
  );
  await out('restore', 'world.ns');
  expect(await out('ls', '/n/union', '/n/slow')).toBe('/n/union:\nall\npoem\n\n/n/slow:\nall\nclock\n');
  await using root = new Fid(await dial(tree()));
  await using poem = await (await root.walk('n/killed/poem')).open();
  expect(await text(poem.read({ length: 7 }))).toBe('an old ');

  await killed.stop('SIGKILL');
  hung.child.kill('SIGSTOP');
  await ended.stop();
  const lost = new RegExp(
    `the link to ${gone} was lost \\d+ s ago, .*connection refused: .*\\(mounted at /n/killed\\)$`,
  );
  const [dead, silent, all, union, slow, open] = await Promise.all([
    lineOf(DEADLINE + SLACK, 'cat', '/n/killed/poem'),
    lineOf(DEADLINE + SLACK, 'ls', '/n/hung'),
    timed('ls', '-l', '/n'),
    timed('ls', '/n/union'),
    timed('ls', '/n/slow'),
    poem.read().catch((error: unknown) => error),
    elsewhere(),
  ]);
  expect(dead).toMatch(/^ns: cannot read \/n\/killed\/poem: /);
  expect(dead).toMatch(lost);
  expect(silent).toBe(`ns: cannot list /n/hung: ${mute} (mounted at /n/hung) has not answered within 10 s`);
  expect([union.stdout, slow.stdout]).toEqual(['all\n', 'all\n']);
  expect(Math.max(union.time, slow.time)).toBeLessThan(DEADLINE + SLACK);
  expect(open).toMatchObject({ name: 'FidError', code: 'ECONNREFUSED' });
  // A listing has the others, and says of each that is missing why.
  expect(all.stdout.replaceAll(/ .* /g, ' ')).toBe(
    'd????????? ended\nd????????? hung\nd????????? killed\ndrwxr-xr-x own\ndrwxr-xr-x slow\ndrwxr-xr-x union\ndrwxr-xr-x well\n',
  );
  const [end, quiet, cut, none] = all.stderr.split('\n');
  // A server that ends takes its socket along; that this is not there says nothing of the file that was asked for.
  expect(end).toMatch(/^ns: cannot stat \/n\/ended: .*there is no such socket.* \(mounted at \/n\/ended\)$/);
  expect(quiet).toBe(silent.replace('list', 'stat'));
  expect(cut).toMatch(lost);
  expect(none).toBe('');

  // What is known to be dead keeps nobody waiting; and what a union does without is said of what it does not have.
  expect(await out('cat', '/n/union/all', '/n/slow/all')).toBe('of well\nof well\n');
  expect(await lineOf(QUICK, 'cat', '/n/union/poem')).toMatch(
    /^ns: cannot read \/n\/union\/poem: no such file or directory in what answers of \/n\/union: the link to /,
  );
  for (const command of [['rm', '-f'], ['mkdir'], ['stat']]) {
    expect(await lineOf(QUICK, ...command, '/n/killed/poem/x')).toMatch(lost);
  }
  world.file('new', 'new\n');
  expect(await lineOf(QUICK, 'cp', 'new', '/n/killed/new')).toMatch(lost);

  const again = start('killed', gone);
  hung.child.kill('SIGCONT');
  await again;
  expect(await out('ls', '/n/union', '/n/hung')).toBe('/n/union:\nall\npoem\n\n/n/hung:\nall\nclock\n');
  expect(await text(poem.read())).toBe('silent pond\n');
  await out('cp', 'new', '/n/killed/new');
  expect(world.read('killed/new')).toBe('new\n');
  // What can be copied is, and the rest is told.
  const copied = await timed('cp', '-r', '/n', 'copy');
  expect(failure(copied).line.replace('copy', 'stat').replace(/\d+ s/, '')).toBe(end.replace(/\d+ s/, ''));
  expect(world.read('copy/union/poem')).toBe('an old silent pond\n');
}, 60_000);

/** The namespace but for what is dead. */
async function elsewhere(): Promise<void> {
  expect(await out('cat', '/n/well/all')).toBe('of well\n');
  expect(await out('ls', '/n')).toBe('ended\nhung\nkilled\nown\nslow\nunion\nwell\n');
  await out('mkdir', '/n/own/d');
  await out('bind', '/n/own/d', '/tmp');
  await out('unmount', '/tmp');
}

async function text(bytes: Promise<Uint8Array>): Promise<string> {
  return new TextDecoder().decode(await bytes);
}
