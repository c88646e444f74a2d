/** The process that holds a namespace, where the machine is not as it should be, and under load. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { dir, serve, text } from '../../src/index.ts';
import { World, failure } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world[Symbol.asyncDispose]());

const out = (...args: readonly string[]) => world.out(...args);
const fail = (...args: readonly string[]) => world.fail(...args);
const home = (file = ''): string => `${world.runtime}/nines/ns/main/${file}`;
const log = (): string => readFileSync(home('log'), 'utf8');

/** MiB of memory that the process has. */
function residentOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) / 1024;
}

describe('a runtime directory', () => {
  test('that is not named: one of the user’s own stands for it, which only the user can enter', async () => {
    const env = { XDG_RUNTIME_DIR: undefined, HOME: undefined, TMPDIR: world.directory };
    const run = (...args: readonly string[]) => world.start(args, { env }).ended;
    try {
      expect(await run('mount', 'ram:', '/n/x')).toMatchObject({ status: 0, stderr: '' });
      expect(await run()).toMatchObject({ stdout: 'mount ram: /n/x\n', stderr: '' });
      expect(statSync(world.path(`nines-${process.getuid!()}`)).mode & 0o777).toBe(0o700);
    } finally {
      expect(await run('stop')).toMatchObject({ status: 0, stderr: '' });
    }
  });

  test.each([
    ['too long', 0o700, 'r'.repeat(90), /has \d+ bytes, and a socket's at most 107; choose a shorter one$/],
    ['open to others', 0o755, 'nines', /its mode is 755; .* run chmod 700 .*, or set XDG_RUNTIME_DIR/],
  ])('that is %s: one line, and nothing is left behind', async (_, mode, name, why) => {
    const directory = `${world.runtime}/${name}`;
    mkdirSync(directory, { mode });
    const env = name === 'nines' ? {} : { XDG_RUNTIME_DIR: directory };
    const { status, line } = failure(await world.start(['ls', '/'], { env }).ended);
    expect([status, line]).toEqual([1, expect.stringMatching(why)]);
    expect(readdirSync(directory, { recursive: true })).not.toContainEqual(expect.stringMatching(/tree|ctl/));
  });

  test('in which nothing can be kept: what is asked for is done, and that it would be lost is told', async () => {
    await out('mount', 'ram:', '/n/a');
    mkdirSync(home('script.new'));
    expect(await fail('mount', 'ram:', '/n/b')).toEqual({
      status: 1,
      line: expect.stringMatching(
        /^ns: it is done, but ns restore could not do it again: cannot write .*\/script: is a directory; make room/,
      ),
    });
    expect(await out()).toBe('mount ram: /n/a\nmount ram: /n/b\n');
    expect(log()).toMatch(/ the namespace cannot be kept for ns restore: cannot write .*\n$/);
    // Nothing stands in the way any more: the next change keeps all.
    await out('mount', 'ram:', '/n/c');
    expect(readFileSync(home('script'), 'utf8')).toBe(await out());
  });

  test('in which no process can start: one line, no socket', async () => {
    mkdirSync(home('pid.new'), { recursive: true, mode: 0o700 });
    const { status, line } = await fail('ls', '/');
    expect([status, line]).toEqual([
      1,
      expect.stringMatching(/^ns: cannot start the namespace main: cannot write .*\/pid: is a directory$/),
    ]);
    expect(readdirSync(home()).toSorted()).toEqual(['lock', 'log']);
    expect(log()).not.toMatch(/^\s+at /m);
    expect(await out('ls', '/n')).toBe('');
  });
});

describe('through the namespace', () => {
  test('diod’s programs, which know nothing of it', async () => {
    await out('mount', '-c', 'ram:', '/n/x');
    await world.start(['write', '/n/x/f'], { input: 'hello\n' }).ended;
    const diod = (name: string, path: string) =>
      spawnSync(name, ['-a', '/', '-s', home('tree'), path], { encoding: 'utf8', timeout: 10_000 });
    if (diod('diodls', '/').error) return void process.stderr.write('not run: diodls is not installed\n');
    expect(diod('diodls', 'n')).toMatchObject({ status: 0, stdout: 'x\n' });
    expect(diod('diodcat', 'n/x/f')).toMatchObject({ status: 0, stdout: 'hello\n' });
  });

  test('Control-C ends a cat that waits; tail -f follows', async () => {
    await out('mount', `unix://${home('ctl')}`, '/n/control');
    await out('mount', '-c', 'ram:', '/n/x');
    await world.start(['write', '/n/x/log'], { input: 'one\n' }).ended;
    const cat = world.start(['cat', '/n/control/events']);
    const tail = world.start(['tail', '-f', '/n/x/log']);
    await tail.until(({ stdout }) => stdout === 'one\n');
    await world.start(['write', '--append', '/n/x/log'], { input: 'two\n' }).ended;
    await tail.until(({ stdout }) => stdout === 'one\ntwo\n');
    for (let i = 0; cat.stdout === ''; i++) await out('mount', 'ram:', `/n/y${i}`);
    expect(cat.stdout).toMatch(/^mounted ram: \/n\/y\d+\n/);
    expect([(await cat.stop('SIGINT')).status, (await tail.stop('SIGINT')).status]).toEqual([130, 130]);
    // Nobody waits for news any more.
    await out('ls', '/n/control');
  });

  test('10,000 names, and 200 MiB each way: about as fast as without it, and nothing is piled up', async () => {
    const files = Array.from({ length: 10_000 }, (_, i) => [`${i}`, text('')] as const);
    await using many = await serve('tcp://127.0.0.1:0', dir(Object.fromEntries(files)));
    truncateSync(world.file('blob'), 200 * 2 ** 20);
    const { addresses } = await world.serve('-m', 'ram:512MiB /');
    await out('mount', many.address, '/n/many');
    await out('mount', '-c', addresses[0], '/n/far');
    const pid = Number(readFileSync(home('pid'), 'utf8'));
    const time = async (...args: readonly string[]): Promise<number> => {
      const begun = performance.now();
      expect(await world.start(args).ended).toMatchObject({ status: 0, stderr: '' });
      return (performance.now() - begun) / 1000;
    };
    const lines = [];
    for (const [what, place, mounted, args] of [
      ['ls -l of 10,000', many.address, '/n/many', (root) => ['ls', '-l', root]],
      ['200 MiB there', addresses[0], '/n/far', (root) => ['cp', 'blob', `${root}/blob`]],
      ['200 MiB back', addresses[0], '/n/far', (root) => ['cp', `${root}/blob`, 'back']],
    ] as readonly (readonly [string, string, string, (root: string) => readonly string[]])[]) {
      const direct = await time(...args(place));
      const before = residentOf(pid);
      const through = await time(...args(mounted));
      const grown = residentOf(pid) - before;
      lines.push(
        `${what}: direct ${direct.toFixed(1)} s, through the namespace ${through.toFixed(1)} s, ${grown.toFixed(0)} MiB more\n`,
      );
      expect(through).toBeLessThan(4 * direct + 3);
      expect(grown).toBeLessThan(100);
    }
    process.stderr.write(lines.join(''));
    expect(statSync(world.path('back')).size).toBe(200 * 2 ** 20);
  }, 60_000);

  test('1,000 mounts', async () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => i + 1);
    world.file('many.ns', numbers.map((i) => `mount ram: /n/${i}\n`).join(''));
    await out('restore', 'many.ns');
    expect((await out()).split('\n')).toHaveLength(1001);
    const begun = performance.now();
    await out('mount', '-c', 'ram:', '/n/500/../last');
    await out('mkdir', '/n/last/x');
    await out('unmount', '/n/777');
    expect(performance.now() - begun).toBeLessThan(5000);
    expect((await out('ls', '-l', '/n')).split('\n')).toHaveLength(1001);
    await out('stop');
  }, 60_000);
});

test('what is left when it is killed in the middle of everything: no more than the mounts', async () => {
  const mounting = Array.from({ length: 12 }, (_, i) => world.ns('mount', 'ram:', `/n/${i}`));
  while (!readdir(home()).includes('script')) await delay(5);
  process.kill(Number(readFileSync(home('pid'), 'utf8')), 'SIGKILL');
  const results = await Promise.all(mounting);
  // Each is done, or has failed with one line; whoever came later has a new one.
  for (const result of results) if (result.status !== 0) expect(result.stderr).toMatch(/^(ns: .*\n)+$/);
  await world.ns('restore');
  const kept = new Set((await out()).split('\n'));
  expect(kept.size).toBeGreaterThan(1);
  expect(log()).not.toMatch(/^\s+at /m);
});

function readdir(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
