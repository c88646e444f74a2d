/** The current namespace of the shell: what commands make of it and see in it. */
import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { peer } from '../../src/host/index.ts';
import { daemonsIn, gone } from './daemons.ts';
import { Running, World } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world[Symbol.asyncDispose]());

const out = (...args: readonly string[]) => world.out(...args);
const fail = (...args: readonly string[]) => world.fail(...args);
const home = (file: string, name = 'main'): string => `${world.runtime}/nines/ns/${name}/${file}`;
const pidOf = (name = 'main'): number => Number(readFileSync(home('pid', name), 'utf8'));

/** What becomes of a user who connects to a socket, and offers 9P2000. */
function greet(socket: string, uid: number): Promise<string> {
  const hello = '1300000064ffff002000000600395032303030';
  const code = `
    const stream = require('net').connect(process.argv[1], () => {
      process.stdout.write('connected');
      stream.write(Buffer.from('${hello}', 'hex'));
    });
    stream.on('data', () => { process.stdout.write(', answered'); stream.destroy(); process.exit(); });
    stream.on('error', () => undefined);
    stream.on('close', () => process.stdout.write(', turned away'));`;
  const child = spawn(process.execPath, ['-e', code, socket], { cwd: '/', uid, gid: uid, stdio: 'pipe' });
  return new Running(child, 10_000).ended.then(({ stdout }) => stdout);
}

const USUAL = 'dev\nmnt\nn\nnet\nsrv\ntmp\n';

describe('a world of one’s own', () => {
  test('begins with the usual directories, and grows', async () => {
    expect(await out('ls', '/')).toBe(USUAL);
    expect(await out()).toBe('');
    world.file('music/song', 'la la\n');
    expect(await out('mount', 'file:music', '/n/music')).toBe('');
    expect(await out('mount', '-c', 'ram:', '/n/scratch')).toBe('');
    expect(await out('bind', '-a', '/n/scratch', '/n/music')).toBe('');
    expect(await out()).toBe(
      `mount file:${world.path('music')} /n/music\nmount -c ram: /n/scratch\nbind -a /n/scratch /n/music\n`,
    );
    expect(await out('cat', '/n/music/song')).toBe('la la\n');
    expect(await out('unmount', '/n/scratch', '/n/music')).toBe('');
    expect(await out('unmount', `file:${world.path('music')}`, '/n/music')).toBe('');
    expect(await out('unmount', '/n/scratch')).toBe('');
    expect(await out()).toBe('');
    expect(await out('ls', '/n')).toBe('');
  });

  test('every command for files takes its paths, beside places elsewhere', async () => {
    const server = await world.serve('-m', 'ram: /');
    const [far] = server.addresses;
    await out('mount', '-c', far, '/n/far');
    await out('mount', '-c', 'ram:', '/n/near');
    world.file('here', 'from here\n');
    await out('cp', 'here', '/n/near/a');
    await out('cp', '/n/near/a', '/n/far/b');
    await out('cp', `${far}/b`, './back');
    expect(world.read('back')).toBe('from here\n');
    await out('mkdir', '-p', '/n/near/d/e');
    await out('mv', '/n/near/a', '/n/near/d/e/f');
    expect(await out('tree', '/n/near')).toBe(
      '/n/near\n└── d\n    └── e\n        └── f\n\n2 directories, 1 file\n',
    );
    expect(await out('read', '--offset', '5', '--count', '4', '/n/near/d/e/f')).toBe('here');
    expect(await out('tail', '-n', '1', '/n/near/d/e/f')).toBe('from here\n');
    expect(await out('stat', '/n/near/d/e/f')).toMatch(/^path {3}\/n\/near\/d\/e\/f\ntype {3}file\n/);
    await world.start(['write', '/n/near/w'], { input: 'written' }).ended;
    expect(await out('cat', '/n/near/w', 'here')).toBe('writtenfrom here\n');
    await out('rm', '-r', '/n/near/d');
    expect(await out('ls', '/n/near', '/n/far')).toBe('/n/near:\nw\n\n/n/far:\nb\n');
    expect(await fail('mv', '/n/near/w', '/n/far/w')).toEqual({
      status: 1,
      line: 'ns: cannot move /n/near/w: in another tree; copy it with ns cp, and remove it with ns rm',
    });
    await out('mount', 'ram:', '/n/fixed');
    expect(await fail('mkdir', '/n/fixed/x')).toEqual({
      status: 1,
      line: 'ns: cannot make the directory /n/fixed/x: what is mounted on /n/fixed takes no new files; mount or bind it with -c',
    });
    expect(await fail('cat', '/n/near/none/x')).toEqual({
      status: 1,
      line: 'ns: cannot read /n/near/none/x: no such file or directory; check the name (ns ls lists a directory)',
    });
  });

  test('any 9P client can use it; the control is no part of it, and is the owner’s alone', async () => {
    await out('mount', '-c', 'ram:', '/n/x');
    const tree = `unix://${home('tree')}`;
    await world.start(['write', `${tree}#/n/x/f`], { input: 'by 9P\n' }).ended;
    expect(await out('cat', '/n/x/f')).toBe('by 9P\n');
    expect(await out('ls', '-aR', '/')).not.toMatch(/\b(ctl|run|status|events|last)\b/);
    expect(await out('ls', `unix://${home('ctl')}`)).toBe('ctl\nevents\nlast\nrun\nstatus\n');
    const modes = ['', 'ctl', 'tree', 'log', 'script'].map((file) => statSync(home(file)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600, 0o600]);
    // Served again, it is what it was: the socket of the control is not in it.
    const again = await world.serve('-m', `${tree} /`);
    expect(await out('cat', `${again.addresses[0]}/n/x/f`)).toBe('by 9P\n');
    expect(await out('ls', again.addresses[0])).toBe(USUAL);
  });

  const setuid = process.geteuid?.() === 0 && peer.available;
  if (!setuid) process.stderr.write('not run: another user is turned away: it needs root, and koffi\n');
  (setuid ? test : test.skip)('another user is turned away, whatever the modes say', async () => {
    await out('ls', '/');
    // All doors are opened that a mode can open.
    for (const path of [
      world.directory,
      world.runtime,
      `${world.runtime}/nines`,
      `${world.runtime}/nines/ns`,
      home(''),
    ])
      chmodSync(path, 0o711);
    for (const socket of ['ctl', 'tree']) {
      chmodSync(home(socket), 0o666);
      const [self, other] = await Promise.all([0, 65534].map((uid) => greet(home(socket), uid)));
      expect([self, other]).toEqual(['connected, answered', 'connected, turned away']);
    }
  });
});

describe('several of them', () => {
  test('$NS and --ns name them, and each is a world of its own', async () => {
    await out('--ns', 'work', 'mount', 'ram:', '/n/work');
    await out('mount', '--ns=play', '-c', 'ram:', '/n/play');
    const env = { NS: 'work' };
    expect(await world.start(['ls', '/n'], { env }).ended).toMatchObject({ stdout: 'work\n' });
    expect(await world.start([], { env }).ended).toMatchObject({ stdout: 'mount ram: /n/work\n' });
    expect(await out('ls', '/n', '--ns', 'play')).toBe('play\n');
    expect(await out('ls', '/n')).toBe('');
    expect(await out('list')).toMatch(
      /^main +\d+s +0 mounts +pid \d+\nplay +\d+s +1 mount +pid \d+\nwork +\d+s +1 mount +pid \d+\n$/,
    );
    const records = JSON.parse(await out('list', '--json')) as readonly Record<string, unknown>[];
    expect(records[2]).toEqual({
      name: 'work',
      pid: pidOf('work'),
      since: expect.stringMatching(/^\d{4}-.*Z$/),
      uptime: expect.any(Number),
      mounts: 1,
      idle: 'never',
    });
    await out('stop', 'work');
    expect(await out('list')).not.toContain('work');
    expect(await world.start(['ls', '/n'], { env }).ended).toMatchObject({ status: 0, stdout: '' });
  });

  test.each([
    ['with koffi', ''],
    ['without it', 'koffi'],
  ])('commands at the same time start one process, %s', async (_, missing) => {
    world.file(
      'without.cjs',
      `const Module = require('node:module');
       const resolve = Module._resolveFilename;
       Module._resolveFilename = (name, ...rest) => {
         if (name === '${missing}') throw Object.assign(new Error('it is not there'), { code: 'MODULE_NOT_FOUND' });
         return resolve(name, ...rest);
       };`,
    );
    world.env['NODE_OPTIONS'] = `--require ${world.path('without.cjs')}`;
    for (const round of ['a', 'b']) {
      const names = [1, 2, 3, 4, 5, 6].map((i) => `${round}${i}`);
      const many = await Promise.all(names.map((name) => world.ns('mount', 'ram:', `/n/${name}`)));
      expect(many.map(({ status }) => status)).toEqual(names.map(() => 0));
      expect(daemonsIn(world.runtime)).toEqual([pidOf()]);
      expect(await out('ls', '/n')).toBe(names.map((name) => `${name}\n`).join(''));
      // The second time the sockets of the first are in the way.
      const killed = pidOf();
      process.kill(killed, 'SIGKILL');
      await gone(killed, world.runtime);
    }
    expect(readFileSync(home('log'), 'utf8').match(/serving/g)).toHaveLength(2);
  });
});

describe('the end', () => {
  test('ns stop gives up the mounts and leaves no process and no socket', async () => {
    const server = await world.serve('-m', 'ram: /');
    await out('mount', server.addresses[0], '/n/far');
    const pid = pidOf();
    await out('stop');
    await gone(pid, world.runtime);
    expect(readdirSync(home('')).toSorted()).toEqual(['lock', 'log', 'script']);
    expect(await out('list')).toBe('');
    expect(await fail('stop')).toEqual({
      status: 1,
      line: 'ns: the namespace main is held by no process; ns list shows those that are',
    });
    // It was wanted: nobody is told, and it can be had again all the same.
    expect(await out('ls', '/n')).toBe('');
    await out('restore');
    expect(await out()).toBe(`mount ${server.addresses[0]} /n/far\n`);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s is a wanted end', async (signal) => {
    await out('mount', 'ram:', '/n/x');
    const pid = pidOf();
    process.kill(pid, signal);
    await gone(pid, world.runtime);
    expect(readdirSync(home('')).toSorted()).toEqual(['lock', 'log', 'script']);
    expect(await out('ls', '/n')).toBe('');
  });

  test('when it is idle, if that is asked for', async () => {
    await out('mount', 'ram:', '/n/x');
    const pid = pidOf();
    await out('stop', '--idle', '1s');
    expect(JSON.parse(await out('list', '--json'))).toMatchObject([{ idle: '1s' }]);
    await gone(pid, world.runtime);
    expect(readFileSync(home('log'), 'utf8')).toContain('ended: nobody has used it for 1s');
  });

  test('a process that is killed: the next command says so once, and ns restore makes its world again', async () => {
    const far = await world.serve('-m', 'ram: /');
    await out('mount', '-c', 'ram:', '/n/a');
    await out('mount', far.addresses[0], '/n/far');
    await out('bind', '/n/a', '/tmp');
    const before = await out();
    const killed = pidOf();
    process.kill(killed, 'SIGKILL');
    await gone(killed, world.runtime);
    await far.stop();

    const next = await world.ns('ls', '/');
    expect(next).toMatchObject({ status: 0, stdout: USUAL });
    expect(next.stderr).toBe(
      'ns: the namespace main was killed, and begins anew: 3 mounts and binds are lost; ns restore makes them again\n',
    );
    // A change of the new one does not cost the old one.
    await out('mount', 'ram:', '/n/new');
    const restored = await world.ns('restore');
    expect(restored.status).toBe(1);
    expect(restored.stderr).toBe(
      `ns: last:2: cannot mount ${far.addresses[0]} on /n/far: cannot connect to ${far.addresses[0]}: ` +
        'connection refused: nobody listens there; is the server running, and is this its port?\n',
    );
    expect(await out()).toBe('mount ram: /n/new\nmount -c ram: /n/a\nbind /n/a /tmp\n');
    // What failed is tried again, until it succeeds.
    expect(await fail('restore')).toMatchObject({ line: expect.stringMatching(/^ns: last:1: cannot mount/) });
    await world.serve('-m', 'ram: /', '-l', far.addresses[0]);
    await out('restore');
    expect((await out()).split('\n').toSorted().join('\n')).toBe(
      `${before}mount ram: /n/new\n`.split('\n').toSorted().join('\n'),
    );
    expect(await fail('restore')).toEqual({
      status: 1,
      line: 'ns: there is nothing to restore: the namespace main held nothing when it last ended',
    });
  }, 40_000);
});

describe('ns, run again', () => {
  test('in an empty namespace gives the same output', async () => {
    const server = await world.serve('-m', 'ram: /');
    const [far] = server.addresses;
    world.file("it's $HOME #1/x", '');
    await out('mount', '-c', far, '/n/far');
    await out('mkdir', '/n/far/bin', '/n/far/etc');
    await out('mount', '-ac', `file:${encodeURI("it's $HOME ")}%231`, '/n/far/bin');
    await out('mount', '-b', 'ram:1MiB', '/n/far/bin');
    await out('mount', far, '/n/again', '/etc');
    await out('bind', '-bc', '/n/far/etc', '/tmp');
    await out('bind', '/n/far', "/n/a name with 'quotes' and $x");
    const printed = await out();
    expect(printed.split('\n')).toHaveLength(7);
    const file = world.file('world.ns', printed);
    await out('--ns', 'other', 'restore', file);
    expect(await out('--ns', 'other')).toBe(printed);
    await world.shell('ns | ns --ns third restore -');
    expect(await out('--ns', 'third')).toBe(printed);
    // And as a server of its own.
    const served = await world.serve(file);
    expect(await out('ls', '-R', '/n/far')).toBe(
      (await out('ls', '-R', `${served.addresses[0]}/n/far`)).replaceAll(served.addresses[0], ''),
    );
  });

  test('also if some of what is there was found in what is there no more', async () => {
    const { addresses } = await world.serve('-m', 'ram: /one', '-m', 'ram: /two');
    const [far] = addresses;
    world.file("a b'c $x #1/f", '');
    const script = `mount -c ${far} /n/far
mount ${far} '/n/two words' /two
mount -bc 'file:a%20b''c%20$x%20%231' '/n/q''uo te'
mount -C ram: /n/cached
bind -ac '/n/q''uo te' /tmp
bind -b /n/far/one /tmp
bind /n/far/one '/n/$x'
bind /n/far/one /n/#h
bind /n/far/one /n/-dash
bind '/n/q''uo te/f' /n/file
mount ram: /n/old
bind /n/old /n/kept
unmount /n/old
mount ram:1MiB /n/old
unmount /n/far
bind -a /dev /dev
mount ram: /mnt
bind -a /n/kept /mnt
unmount /n/kept
bind -c /n/cached /n/cached
unmount '/n/$x'
`;
    await world.start(['restore', '-'], { input: script }).ended;
    const printed = await out();
    expect(printed.split('\n').length).toBeGreaterThan(15);
    await world.start(['--ns', 'other', 'restore', '-'], { input: printed }).ended;
    expect(await out('--ns', 'other')).toBe(printed);
    expect(await out('--ns', 'other', 'ls', '-R', '/')).toBe(await out('ls', '-R', '/'));
  });

  test('a file that is restored: relative to here, to its own directories, from the environment', async () => {
    world.file('data/x', 'x\n');
    world.file('more.ns', 'mount -c ram: $WHERE/more\n');
    world.file(
      'w.ns',
      "# a world\nmount file:data /n/data\n. more.ns\ncd /n\nbind data '/n/the same'\nclear\nmount file:data x\n",
    );
    const { status, stderr } = await world.start(['restore', 'w.ns'], { env: { WHERE: '/n' } }).ended;
    expect([status, stderr]).toEqual([0, '']);
    expect(await out()).toBe(`mount file:${world.path('data')} /n/x\n`);
  });
});
