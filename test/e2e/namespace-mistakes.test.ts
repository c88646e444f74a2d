/** What goes wrong with the current namespace: one clear line each. */
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { daemonsIn } from './daemons.ts';
import { World } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world[Symbol.asyncDispose]());

const out = (...args: readonly string[]) => world.out(...args);
const fail = (...args: readonly string[]) => world.fail(...args);

describe('one clear line', () => {
  test('for what cannot be mounted, bound or unmounted', async () => {
    await out('mount', '-c', 'ram:', '/n/x');
    await world.start(['write', '/n/x/file'], { input: '' }).ended;
    const free = net.createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const closed = `tcp://127.0.0.1:${(free.address() as AddressInfo).port}`;
    free.close();
    const told = await Promise.all([
      fail('mount', 'ram:', '/n/x/none'),
      fail('bind', '/n/x/file', '/tmp'),
      fail('bind', '/tmp', '/n/x/file'),
      fail('bind', '/none', '/tmp'),
      fail('unmount', '/n'),
      fail('unmount', '/n/y', '/n/x'),
      fail('mount', closed, '/n/y'),
      fail('mount', 'gopher:x', '/n/y'),
      fail('mount', 'file:none', '/n/y'),
    ]);
    expect(told.map(({ status }) => status)).toEqual(told.map(() => 1));
    expect(told.map(({ line }) => line)).toEqual([
      'ns: cannot mount ram: on /n/x/none: /n/x/none is not there, in a tree that was mounted: make it first, or mount elsewhere',
      'ns: cannot bind /n/x/file on /tmp: a file cannot take the place of a directory',
      'ns: cannot bind /tmp on /n/x/file: a directory cannot take the place of a file',
      'ns: cannot bind /none on /tmp: no such file or directory; check the name (ns ls lists a directory)',
      'ns: cannot unmount /n: nothing is mounted there; ns shows what is mounted',
      'ns: cannot unmount /n/y from /n/x: that is not mounted there; ns shows what is mounted',
      `ns: cannot mount ${closed} on /n/y: cannot connect to ${closed}: connection refused: nobody listens there; is the server running, and is this its port?`,
      "ns: cannot mount gopher:x on /n/y: 'gopher' is no known kind of address; known are tcp, unix, tls, exec, ssh, ws, wss, srv, ram, file",
      `ns: cannot mount file:${world.path('none')} on /n/y: no such file or directory; check the name (ns ls lists a directory)`,
    ]);
    expect(await out()).toBe('mount -c ram: /n/x\n');
  });

  test('for what is no address, or no path; that is wrong usage', async () => {
    const expected = 'a path of the namespace was expected';
    const cases: readonly (readonly [readonly string[], string])[] = [
      [
        ['mount', '/n/x', '/n/y'],
        "URL /n/x: an address was expected; ns bind does it with a path of the namespace, 'file:/n/x' is a directory of this machine",
      ],
      [
        ['mount', 'music', '/n/y'],
        `bad address "music": it has no scheme; expected 'tcp://host:564', 'unix:///run/x.sock' or 'file:DIR'`,
      ],
      [['bind', 'tcp://127.0.0.1', '/n/y'], `NEW tcp://127.0.0.1: ${expected}; ns mount takes addresses`],
      [['bind', '/tmp', 'n/y'], `OLD n/y: ${expected}, and those begin with '/'`],
      [
        ['unmount', 'x', '/n/y'],
        "NEW x: an address was expected, or a path of the namespace, which begins with '/'",
      ],
      [['unmount', '/a', '/b', '/c'], "'/c' is one too many: ns unmount takes [NEW] OLD"],
      [
        ['stop', '--idle', 'soon'],
        '--idle soon: a time was expected, as in 30s, 15m, 2h (24d at most), or never',
      ],
    ];
    const told = await Promise.all(cases.map(([args]) => fail(...args)));
    expect(told).toEqual(cases.map(([, line]) => ({ status: 2, line: `ns: ${line}` })));
    expect(daemonsIn(world.runtime)).toEqual([]);
  });

  test('for a bad line of a namespace file, and nothing is done', async () => {
    const good = 'mount ram: /n/a\n\n# a comment\nbind /n/a /tmp\n\n\n';
    world.file('verb.ns', `${good}mont ram: /n/b\n`);
    world.file('flag.ns', `${good}mount -x ram: /n/b\n`);
    world.file('quote.ns', `${good}bind '/n/a /b\n`);
    world.file('unset.ns', `${good}bind $NOWHERE /b\n`);
    world.file('served.ns', `${good}listen tcp://127.0.0.1:0\n`);
    const told = await Promise.all(
      ['verb', 'flag', 'quote', 'unset'].map((name) => fail('restore', `${name}.ns`)),
    );
    expect(told).toEqual([
      {
        status: 1,
        line: 'ns: verb.ns:7: mont: no such verb: one of mount, bind, unmount, cd, clear, listen, export, allow was expected',
      },
      { status: 1, line: 'ns: flag.ns:7: mount: there is no flag -x; usage: mount [-abcC] URL OLD [ANAME]' },
      { status: 1, line: "ns: quote.ns:7: a quote is not closed: '/n/a /b" },
      { status: 1, line: 'ns: unset.ns:7: $NOWHERE is not set' },
    ]);
    expect(await out()).toBe('');
    expect(await fail('restore', 'served.ns')).toEqual({
      status: 1,
      line: 'ns: served.ns:7: listen: only a namespace that is served takes it (ns serve FILE)',
    });
    expect(await fail('restore', 'none.ns')).toEqual({
      status: 1,
      line: 'ns: cannot read none.ns: no such file or directory; check the name (ns ls lists a directory)',
    });
  });

  test('and Control-C ends a mount that takes its time', async () => {
    const mute = net.createServer();
    const connected = new Promise<net.Socket>((resolve) => mute.once('connection', resolve));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = `tcp://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const mount = world.start(['mount', address, '/n/mute']);
    const socket = await connected;
    const over = new Promise((resolve) => socket.resume().once('close', resolve));
    expect(await mount.stop('SIGINT')).toMatchObject({ status: 130, stdout: '', stderr: '' });
    await over;
    expect(await out()).toBe('');
    mute.close();
  });
});
