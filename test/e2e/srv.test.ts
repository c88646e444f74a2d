/** Services posted on this machine: ns serve --post, and srv: with the commands that use files. */
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { World, failure, type Result, type Running } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  mkdirSync(world.path('run'), { mode: 0o700 });
  world.env['XDG_RUNTIME_DIR'] = world.path('run');
});
afterEach(() => world[Symbol.asyncDispose]());

const posts = (): string => world.path('run/nines/srv');

/** Starts a server under a name; resolves when it is posted. */
async function post(name: string, ...args: readonly string[]): Promise<Running> {
  const server = world.start(['serve', '--post', name, ...args]);
  await server.until(({ stdout }) => stdout.includes(`posted ${name}\n`));
  return server;
}

const out = (...args: readonly string[]) => world.out(...args);

const lineOf = async (running: Promise<Result>): Promise<string> => failure(await running).line;

describe('ns serve --post', () => {
  test('is found by its name, listens nowhere else, and takes its name away at the end', async () => {
    world.file('music/song', 'la\n');
    const server = await post('music', '-m', 'file:music /songs', '-m', 'ram: /tmp');
    expect(await out('ls', 'srv:')).toBe('music\n');
    expect(await out('ls', 'srv:music')).toBe('songs\ntmp\n');
    expect(await out('cat', 'srv:music#/songs/song')).toBe('la\n');
    expect(await out('ls', 'srv:music?aname=/songs')).toBe('song\n');
    await world.start(['write', 'srv:music#/tmp/x'], { input: 'written' }).ended;
    expect(await out('cp', 'srv:music#/tmp/x', 'x')).toBe('');
    expect(world.read('x')).toBe('written');
    expect(lstatSync(posts()).mode & 0o777).toBe(0o700);
    const ended = await server.stop('SIGTERM');
    expect(ended).toMatchObject({ status: 0, stdout: 'posted music\n', stderr: '' });
    expect(readdirSync(posts())).toEqual([]);
    expect(await out('ls', 'srv:')).toBe('');
  });

  test('in addition to where it listens', async () => {
    const server = await world.serve('-l', 'tcp://127.0.0.1:0', '--post', 'both', '-m', 'ram: /');
    await world.start(['write', `${server.addresses[0]}/x`], { input: 'one tree\n' }).ended;
    expect(await out('cat', 'srv:both#/x')).toBe('one tree\n');
  });

  test('what it says of itself holds no token', async () => {
    const far = await world.serve('--token', 'sesame', '-l', 'ws://127.0.0.1:0', '-m', 'ram: /');
    await post('near', '-m', `${far.addresses[0]}?token=sesame /far`);
    const text = await out('cat', 'srv:#/near');
    expect(text).toMatch(/^what ws:\/\/127\.0\.0\.1:\d+ \/far$/m);
    expect(text).not.toContain('sesame');
  });

  test('a taken name is refused, and names who has it; another server is not disturbed', async () => {
    const first = await post('music', '-m', 'ram: /first');
    const { status, line } = failure(await world.ns('serve', '--post', 'music'));
    expect(status).toBe(1);
    expect(line).toMatch(
      /^ns: cannot post music: .* posted already \(.*pid \d+, what ram: \/first\); stop it/,
    );
    expect(line).toContain(`pid ${first.child.pid}`);
    expect(await out('ls', 'srv:music')).toBe('first\n');
  });

  test.each(['.hidden', 'a/b', '', 'x'.repeat(65)])('%j is no name', async (name) => {
    const { status, line } = failure(await world.ns('serve', '--post', name));
    expect([status, line]).toEqual([2, expect.stringContaining('is no name of a service')]);
  });

  test('not with --stdio', async () => {
    expect(failure(await world.ns('serve', '--stdio', '--post', 'x')).status).toBe(2);
  });

  test('a runtime directory that is too long for a socket is told, with the bytes', async () => {
    const long = world.path('r'.repeat(90));
    mkdirSync(long, { mode: 0o700 });
    const { ended } = world.start(['serve', '--post', 'x'], { env: { XDG_RUNTIME_DIR: long } });
    expect(failure(await ended).line).toMatch(/has \d+ bytes, and .* choose a shorter one$/);
  });

  test('a runtime directory that others may enter is refused', async () => {
    mkdirSync(world.path('run/nines'));
    chmodSync(world.path('run/nines'), 0o755);
    for (const command of [world.ns('serve', '--post', 'x'), world.ns('ls', 'srv:')])
      expect(await lineOf(command)).toMatch(/its mode is 755; .* run chmod 700/);
  });
});

describe('a server that is gone', () => {
  test('vanishes when it is killed, from the listing and from the disk', async () => {
    const [killed] = await Promise.all([post('killed'), post('alive')]);
    await killed.stop('SIGKILL');
    expect(existsSync(`${posts()}/killed`)).toBe(true);
    expect(await out('ls', 'srv:')).toBe('alive\n');
    expect(readdirSync(posts()).filter((name) => !name.startsWith('.'))).toEqual(['alive']);
    expect(readdirSync(posts())).toHaveLength(2);
  });

  test('is no service any more, and the error names those that are', async () => {
    expect(await lineOf(world.ns('ls', 'srv:killed'))).toContain(
      "no service 'killed' is posted; nothing is (ns serve --post NAME posts one)",
    );
    const [killed] = await Promise.all([post('killed'), post('a'), post('b')]);
    await killed.stop('SIGKILL');
    expect(await lineOf(world.ns('cat', 'srv:killed#/README'))).toContain(
      "no service 'killed' is posted; posted are a, b (",
    );
    expect(existsSync(`${posts()}/killed`)).toBe(false);
  });

  test('leaves its name to the next one', async () => {
    const killed = await post('name', '-m', 'ram: /before');
    await killed.stop('SIGKILL');
    const next = await post('name', '-m', 'ram: /after');
    expect(await out('ls', 'srv:name')).toBe('after\n');
    expect(await out('cat', 'srv:#/name')).toContain(`\npid ${next.child.pid}\nwhat ram: /after\n`);
    expect(readdirSync(posts())).toHaveLength(2);
  });

  test('one that hangs is listed, and does not answer', async () => {
    const [hung] = await Promise.all([post('hung'), post('well')]);
    hung.child.kill('SIGSTOP');
    try {
      const lines = (await out('ls', '-l', 'srv:')).trimEnd().split('\n');
      expect(lines).toEqual([
        expect.stringMatching(/^-r-------- .* hung$/),
        expect.stringMatching(/^-rw------- .* well$/),
      ]);
      expect(await out('cat', 'srv:#/hung', 'srv:#/well')).toMatch(/^answers no\n[^]*^answers yes\n$/m);
    } finally {
      hung.child.kill('SIGCONT');
    }
  });
});

describe('the commands that use files, on srv:', () => {
  test('reading', async () => {
    const server = await post('music', '-m', 'ram: /a', '-m', 'ram: /b');
    const text = await out('cat', 'srv:#/music');
    expect(text.split('\n')).toEqual([
      'kind srv',
      `address unix://${posts()}/music`,
      expect.stringMatching(/^posted-by \S+$/),
      expect.stringMatching(/^since \d{4}-/),
      `pid ${server.child.pid}`,
      'what ram: /a, ram: /b',
      'answers yes',
      '',
    ]);
    expect(await out('ls', `unix://${posts()}/music`)).toBe('a\nb\n');
    expect(await out('ls', 'srv:#/music')).toBe('srv:#/music\n');
    expect(await out('read', '--count', '8', 'srv:#/music')).toBe('kind srv');
    expect(await out('tail', '-n', '1', 'srv:#/music')).toBe('answers yes\n');
    expect(await out('tree', 'srv:')).toBe('srv:\n└── music\n\n0 directories, 1 file\n');
    expect(await out('stat', 'srv:#/music')).toContain('mode   0600 -rw-------\n');
    expect(JSON.parse(await out('ls', '--json', 'srv:'))).toMatchObject([{ name: 'music', mode: '0600' }]);
    await out('cp', '-r', 'srv:', 'copy');
    expect(world.read('copy/music')).toBe(text);
  });

  test('a name is removed and renamed, while its server goes on', async () => {
    const [server] = await Promise.all([post('a'), post('b')]);
    expect(await lineOf(world.ns('mv', 'srv:#/a', 'srv:#/b'))).toContain("'b' is posted already");
    await out('mv', 'srv:#/a', 'srv:#/c');
    expect(await out('ls', 'srv:')).toBe('b\nc\n');
    expect(await out('ls', 'srv:c')).toBe('README\n');
    await out('rm', 'srv:#/b');
    expect(await out('ls', 'srv:')).toBe('c\n');
    expect(await server.stop()).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(posts())).toEqual([]);
  });

  test('writing is refused, and says what posts a service', async () => {
    await post('a');
    world.file('x');
    const said = await Promise.all([
      lineOf(world.start(['write', 'srv:#/a'], { input: 'x' }).ended),
      lineOf(world.start(['write', 'srv:#/new'], { input: 'x' }).ended),
      lineOf(world.ns('cp', 'x', 'srv:#/new')),
      lineOf(world.ns('mkdir', 'srv:#/new')),
    ]);
    for (const line of said) expect(line).toContain('ns serve --post NAME');
    expect(await out('ls', 'srv:')).toBe('a\n');
  });

  test.each([
    ['srv://music', "'srv:music' is the service"],
    ['srv:?ro', 'has no options'],
    ['srv:a/b', 'no name of a service'],
    ['srv:#/missing', 'no such file'],
    ['srv:a?ro', "no option 'ro'"],
  ])('%s is a mistake of one line', async (place, why) => {
    await post('a');
    expect(await lineOf(world.ns('ls', place))).toContain(why);
  });

  test('a service of services: served, and looked at through itself', async () => {
    await post('all', '-m', 'srv: /srv');
    expect(await out('ls', 'srv:all#/srv')).toBe('all\n');
    expect(await out('cat', 'srv:all#/srv/all')).toContain('what srv: /srv\nanswers yes\n');
    const { line } = failure(await world.ns('serve', '--post', 'x', '-m', 'srv:#/all /x'));
    expect(line).toContain("the tree of a service is 'srv:all'");
  });
});
