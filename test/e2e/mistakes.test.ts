/** What is told of what goes wrong: one line that says what to do, an exit code, and never a stack trace. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { mkdirSync, symlinkSync } from 'node:fs';
import { bytes, dir, text } from '../../src/file/index.ts';
import { serve, type Serving } from '../../src/serve.ts';
import { World, failure, type Result } from './world.ts';

const world = new World();
const others: net.Server[] = [];
let at: string;
let small: string;
/** Who connects there is not the one to whom all belongs. */
let guarded: Serving;
/** Started at once, for it takes the ten seconds that a server has. */
let silent: Promise<Result>;

async function listening(server: net.Server): Promise<string> {
  others.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const mute = await listening(net.createServer(() => undefined));
  silent = world.ns('ls', mute);
  const servers = await Promise.all([world.serve('-m', 'ram: /'), world.serve('-m', 'ram:64KiB /')]);
  [at, small] = servers.map(({ addresses }) => addresses[0]);
  await world.start(['write', `${at}/file`], { input: 'x' }).ended;
  const closed = { mode: 0o600, owner: 'root' };
  const tree = dir({
    secret: text('x', closed),
    ours: bytes(new Uint8Array(4), { ...closed, writable: true }),
    shut: dir({ x: text('x') }, { mode: 0o700, owner: 'root' }),
  });
  guarded = await serve('tcp://127.0.0.1:0', tree, { owner: { name: 'glenda', uid: 1000 } });
});
afterAll(async () => {
  await guarded.close();
  for (const server of others) server.close();
  await world[Symbol.asyncDispose]();
});

const run = async (...args: readonly string[]) => failure(await world.ns(...args));

describe('wrong usage: exit code 2', () => {
  test('of the command line', async () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['frobnicate'], "unknown command 'frobnicate'; see: ns --help"],
      [['lss'], "unknown command 'lss' (Did you mean ls?); see: ns --help"],
      [['ls'], "missing required argument 'PLACE'; see: ns ls --help"],
      [['ls', '--frobnicate', 'x'], "unknown option '--frobnicate'; see: ns ls --help"],
      [
        ['mv', 'a', 'b', 'c'],
        "too many arguments for 'mv'. Expected 2 arguments but got 3; see: ns mv --help",
      ],
      [['key', 'mak'], "unknown command 'mak' (Did you mean make?); see: ns key --help"],
      [['tail', '-n', 'x', 'y'], '--lines x: a whole number from 0 to 1000000000 was expected'],
      [['tree', '-L', '0', 'y'], '--level 0: a whole number from 1 to 1000000 was expected'],
      [
        ['serve', '--socket-mode', '888'],
        '--socket-mode 888: up to three octal digits were expected, as in 600',
      ],
      [['serve', '-m', 'ram:'], "-m 'ram:': an address and a path were expected, as in -m 'file:/srv /'"],
      [['mount', '-x', 'ram:', '/n'], "unknown option '-x'; see: ns mount --help"],
      [['mount', '-ab', 'ram:', '/n'], '-a and -b are two places, and one is needed'],
      [['bind', 'x', '/n'], "NEW x: a path of the namespace was expected, and those begin with '/'"],
      [['mount', 'ram:', 'n'], "OLD n: a path of the namespace was expected, and those begin with '/'"],
      [['unmount'], "missing required argument 'PATH'; see: ns unmount --help"],
      [['unmount', '/a', '/b', '/c'], "'/c' is one too many: ns unmount takes [NEW] OLD"],
      [['ls', '--ns'], '--ns: the name of a namespace was expected'],
      [
        ['--ns', 'a/b', 'ls', '/'],
        "'a/b' is no name for a namespace: up to 32 letters, digits, '_', '.' and '-' were expected, as in work",
      ],
      [
        ['stop', '--idle', 'soon'],
        '--idle soon: a time was expected, as in 30s, 15m, 2h (24d at most), or never',
      ],
    ];
    const told = await Promise.all(cases.map(([args]) => run(...args)));
    expect(told).toEqual(cases.map(([, line]) => ({ status: 2, line: `ns: ${line}` })));
  });

  test('of an address', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['ls', ''], /a place was expected, not ''/],
      [['ls', 'localhost:5640/x'], /did you mean 'tcp:\/\/localhost:5640\/x'\?/],
      [['ls', 'tcp://'], /bad address "tcp:\/\/": the host is missing/],
      [['ls', 'tcp://h:99999'], /'99999' is no port/],
      [['ls', 'tcp:/x'], /it has no host/],
      [['ls', 'ram:%zz'], /a % is not followed by/],
      [['serve', '-l', 'tcp//127.0.0.1'], /it has no scheme/],
      [['trace', 'nowhere'], /it has no scheme/],
    ];
    const told = await Promise.all(cases.map(([args]) => run(...args)));
    for (const [i, { status, line }] of told.entries()) {
      expect(status).toBe(2);
      expect(line).toMatch(cases[i][1]);
    }
  });
});

describe('servers that are not there, or not 9P: exit code 1', () => {
  test('nobody listens', async () => {
    const free = net.createServer();
    const address = await listening(free);
    free.close();
    world.file('plain', '');
    const [tcp, unix, plain, unknown, name] = await Promise.all([
      run('ls', `${address}/x`),
      run('ls', `unix://${world.path('none.sock')}`),
      run('ls', 'unix:plain'),
      run('ls', 'gopher://127.0.0.1/'),
      run('ls', 'tcp://no-such-host.invalid/'),
    ]);
    expect(tcp).toEqual({
      status: 1,
      line: `ns: cannot connect to ${address}: connection refused: nobody listens there; is the server running, and is this its port?`,
    });
    expect(unix.line).toContain('there is no such socket; is the server running?');
    expect(plain.line).toMatch(/cannot connect to unix:\/\/.*\/plain: it is not a socket/);
    expect(unknown.line).toMatch(/'gopher' is no known kind of address; known are tcp, /);
    expect(name.line).toMatch(
      /cannot connect to tcp:\/\/no-such-host\.invalid:564: (no such host|the name of the host)/,
    );
    expect([unix, plain, unknown, name].map(({ status }) => status)).toEqual([1, 1, 1, 1]);
  });

  test('somebody else listens', async () => {
    const [web, ssh, gone] = await Promise.all([
      listening(http.createServer((_, response) => response.end('hello'))),
      listening(net.createServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'))),
      listening(net.createServer((socket) => socket.end())),
    ]);
    const [http9, ssh9, gone9] = await Promise.all([run('ls', web), run('cat', `${ssh}/x`), run('ls', gone)]);
    expect(http9).toEqual({
      status: 1,
      line: `ns: ${web} does not speak 9P; is it a 9P server, and the right port?`,
    });
    expect(ssh9).toEqual({
      status: 1,
      line: `ns: ${ssh} does not speak 9P; is it a 9P server, and the right port?`,
    });
    expect(gone9.status).toBe(1);
    expect(gone9.line).toMatch(/is it a 9P server\?$|closed the connection/);
  });

  test('Control-C while a server says nothing', async () => {
    const mute = net.createServer(() => undefined);
    const connected = new Promise((resolve) => mute.once('connection', resolve));
    const ls = world.start(['ls', await listening(mute)]);
    await connected;
    expect(await ls.stop('SIGINT')).toMatchObject({ status: 130, stdout: '', stderr: '' });
  });

  test('a server that is killed', async () => {
    const server = await world.serve('-m', 'ram: /');
    const [address] = server.addresses;
    const tail = world.start(['write', `${address}/x`], { input: undefined });
    await tail.ended;
    const follow = world.start(['tail', '-f', `${address}/x`]);
    await follow.until(({ child }) => child.pid !== undefined);
    const { status } = await world.ns('stat', `${address}/x`);
    expect(status).toBe(0);
    await server.stop('SIGKILL');
    expect((await follow.ended).status).toBe(1);
  });
});

describe('files: exit code 1', () => {
  test('no permission', async () => {
    const { address } = guarded;
    const told = await Promise.all([
      run('cat', `${address}/secret`),
      run('write', `${address}/ours`),
      run('ls', `${address}/shut/x`),
      run('mkdir', `${address}/new`),
    ]);
    const reason = 'permission denied; its mode shuts you out (ns stat shows it)';
    expect(told).toEqual([
      { status: 1, line: `ns: cannot read ${address}/secret: ${reason}` },
      { status: 1, line: `ns: cannot write ${address}/ours: ${reason}` },
      { status: 1, line: `ns: cannot list ${address}/shut/x: ${reason}` },
      { status: 1, line: `ns: cannot make the directory ${address}/new: ${reason}` },
    ]);
  });

  test('names', async () => {
    const long = 'n'.repeat(300);
    const [name, file, missing, dir] = await Promise.all([
      run('mkdir', `${at}/${long}`),
      run('ls', `${at}/file/x`),
      run('cat', `${at}/none`),
      run('write', at),
    ]);
    expect(name).toEqual({
      status: 1,
      line: `ns: cannot make the directory ${at}/${long}: the name is too long; a name may have 255 bytes, and a path 4096`,
    });
    expect(file.line).toBe(`ns: cannot list ${at}/file/x: not a directory; something on this path is a file`);
    expect(missing.line).toContain('no such file or directory; check the name');
    expect(dir.line).toBe(`ns: cannot write ${at}: is a directory; name a file in it`);
  });

  test('a full tree', async () => {
    const written = await world.start(['write', `${small}/x`], { input: Buffer.alloc(200_000) }).ended;
    expect(failure(written)).toEqual({
      status: 1,
      line: `ns: cannot write ${small}/x: no space left; remove something there, or give it more room`,
    });
  });

  test('control characters of a server do not reach the terminal', async () => {
    const { line } = await run('cat', `${at}/bell%07%1B[31m`);
    expect(line).toContain(`${at}/bell%07%1B[31m`);
    expect(await run('cat', 'bell\x07\x1b[31m\nx')).toMatchObject({
      line: expect.stringContaining('cannot read bell\\u{7}\\e[31m x: '),
    });
  });
});

describe('serving: exit code 1', () => {
  test('what cannot be served', async () => {
    world.file('plain', '');
    const [missing, file, size, scheme, twice] = await Promise.all([
      run('serve', '-m', `file:${world.path('none')} /`),
      run('serve', '-m', 'file:plain /'),
      run('serve', '-m', 'ram:lots /'),
      run('serve', '-m', 'gopher:x /'),
      run('serve', '-m', 'ram: /a', '-m', 'ram: /a/b'),
    ]);
    expect(missing).toEqual({
      status: 1,
      line: `ns: cannot serve file:${world.path('none')}: no such directory; make it first, or name another one`,
    });
    expect(file.line).toBe(
      'ns: cannot serve file:plain: it is a file, and a directory can be served; name the one that it is in',
    );
    expect(size.line).toContain("'lots' is no size");
    expect(scheme.line).toContain("'gopher' is no known kind of address");
    expect(twice.line).toBe(
      'ns: cannot mount ram: on /a/b: /a/b is not there, in a tree that was mounted: make it first, or mount elsewhere',
    );
  });

  test('where it cannot listen', async () => {
    const taken = await listening(net.createServer());
    mkdirSync(world.path('sockets'));
    world.file('sockets/plain', '');
    symlinkSync('nowhere', world.path('sockets/dangling'));
    const socket = `unix://${world.path('sockets/live')}`;
    await world.serve('-l', socket, '-m', 'ram: /');
    const serving = (...args: string[]) => run('serve', '-m', 'ram: /', '-l', ...args);
    const [port, live, plain, far, open] = await Promise.all([
      serving(taken),
      serving(socket),
      serving(`unix://${world.path('sockets/plain')}`),
      serving(`unix://${world.path('no/such/directory/s')}`),
      serving('tcp://0.0.0.0:0'),
    ]);
    expect(port.line).toBe(
      `ns: cannot listen on ${taken}: the address is in use; stop the server that has it, or choose another`,
    );
    expect(live.line).toContain('another server listens there; stop it, or choose another path');
    expect(plain.line).toContain('a file that is no socket has this name; remove it, or choose another');
    expect(far.line).toMatch(
      /the directory .* does not exist, nor does the one that it would be in; make it first$/,
    );
    expect(open.line).toMatch(/0\.0\.0\.0/);
    expect([port, live, plain, far, open].map(({ status }) => status)).toEqual([1, 1, 1, 1, 1]);
  });
});

test('a server that says nothing is given up after ten seconds', async () => {
  const { status, line } = failure(await silent);
  expect(status).toBe(1);
  expect(line).toMatch(/^ns: tcp:\S+ has not answered within 10 s: is it a 9P server\?$/);
});
