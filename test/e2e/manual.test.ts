/**
 * The examples of Plan 9's manual, and what its pages say of the commands in them: bind(1), which is mount(1) as well,
 * ns(1), namespace(6), srv(3) and srv(4). Each is done with the commands of ours, and judged by what is seen then.
 *
 * What differs everywhere: a service has an address where Plan 9 has an open file in /srv, `srv:boot` for `/srv/boot`;
 * and a namespace belongs to the shells of a user by its name, not to a process and its children.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { World, failure, program, type Running } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world[Symbol.asyncDispose]());

const out = (...args: readonly string[]) => world.out(...args);
const fail = (...args: readonly string[]) => world.fail(...args);

async function write(place: string, text: string): Promise<void> {
  expect(await world.start(['write', place], { input: text }).ended).toMatchObject({ status: 0, stderr: '' });
}

/** `ns serve --post NAME`, ready. */
async function post(name: string, ...args: readonly string[]): Promise<Running> {
  const server = world.start(['serve', '--post', name, ...args]);
  await server.until(({ stdout }) => stdout.includes(`posted ${name}\n`));
  return server;
}

describe('bind(1)', () => {
  test('the C library of July 16, 1992; and ns(1), which prints how it came about', async () => {
    world.file('boot/dump/1992/0716/mips/lib/libc.a', 'of 1992\n');
    world.file('mips/lib/libc.a', 'of today\n');
    world.file('mips/lib/libm.a', 'of today, too\n');
    // The file server that is always there: `dump` is one of its trees, chosen by the third argument of mount.
    await post('boot', '-m', 'file:boot /');
    await out('mount', 'file:mips', '/mips');

    await out('mount', 'srv:boot', '/n/dump', 'dump');
    await out('bind', '/n/dump/1992/0716/mips/lib/libc.a', '/mips/lib/libc.a');

    expect(await out('cat', '/mips/lib/libc.a', '/mips/lib/libm.a')).toBe('of 1992\nof today, too\n');
    // The new name is an alias: what was named first is still there by that name.
    expect(await out('cat', '/n/dump/1992/0716/mips/lib/libc.a')).toBe('of 1992\n');
    expect(world.read('mips/lib/libc.a')).toBe('of today\n');
    // ns(1): a script that makes the namespace again. It shows addresses without being asked to, and no `cd` at its end.
    expect(await out()).toBe(
      [
        `mount file:${world.path('mips')} /mips`,
        'mount srv:boot /n/dump dump',
        'bind /n/dump/1992/0716/mips/lib/libc.a /mips/lib/libc.a',
        '',
      ].join('\n'),
    );
    await world.shell('ns | ns --ns again restore -');
    expect(await out('--ns', 'again', 'cat', '/mips/lib/libc.a')).toBe('of 1992\n');
    // Two arguments undo what the same two have done.
    await out('unmount', '/n/dump/1992/0716/mips/lib/libc.a', '/mips/lib/libc.a');
    expect(await out('cat', '/mips/lib/libc.a')).toBe('of today\n');
    // By the path of Plan 9, the mistake is told together with the address.
    expect(await fail('mount', '/srv/boot', '/n/dump', 'dump')).toEqual({
      status: 2,
      line: "ns: URL /srv/boot: an address was expected; the service that is posted by this name is 'srv:boot'",
    });
  });

  test('-b, -a and -c: the order of a union, and where new files are made', async () => {
    const { addresses } = await world.serve('-m', 'ram: /', '--ro');
    for (const name of ['one', 'two', 'three']) {
      world.file(`${name}/${name}`, name);
      world.file(`${name}/all`, name);
      await out('mount', '-c', `file:${name}`, `/n/${name}`);
    }
    await out('bind', '/n/two', '/bin');
    await out('bind', '-b', '/n/one', '/bin');
    await out('bind', '-ac', '/n/three', '/bin');
    expect(await out('ls', '/bin')).toBe('all\none\nthree\ntwo\n');
    expect(await out('cat', '/bin/all')).toBe('one');
    // The first that was bound with -c, wherever it stands.
    await write('/bin/new', 'made');
    expect(world.read('three/new')).toBe('made');
    // If that takes no files, none is made: the next one is not asked.
    await out('mount', '-bc', addresses[0], '/bin');
    const { line } = failure(await world.start(['write', '/bin/more'], { input: '' }).ended);
    expect(line).toMatch(/^ns: cannot write \/bin\/more: read-only/);
    // What is at NEW is looked up when it is bound, and not again.
    await out('unmount', '/n/two');
    expect(await out('cat', '/bin/two')).toBe('two');
    // One argument: everything that was bound or mounted there.
    await out('unmount', '/bin');
    expect((await fail('ls', '/bin')).line).toContain('no such file or directory');
  });

  test('directories on directories, and files on files', async () => {
    world.file('d/f', '');
    await out('mount', 'file:d', '/n/d');
    expect(await fail('bind', '/n/d/f', '/n/d')).toMatchObject({ status: 1 });
    expect(await fail('bind', '/tmp', '/n/d/f')).toMatchObject({ status: 1 });
    expect(await fail('bind', '-a', '/n/d/f', '/n/d/f')).toMatchObject({ status: 1 });
    // OLD is an existing file; here the tree of the namespace's own is an exception, in which it is made.
    expect(await fail('bind', '/tmp', '/n/d/none')).toMatchObject({ status: 1 });
    await out('bind', '/tmp', '/none/yet');
    // There is no -q; -C may stand with bind as well, which passes it on.
    expect(await fail('bind', '-q', '/tmp', '/mnt')).toMatchObject({ status: 2 });
  });
});

test('namespace(6): a file with each of its operations', async () => {
  // It is a file of this machine, and so are those that it names with `.`: in Plan 9 they are files of the namespace.
  world.file('mips/bin/ls', 'ls of mips\n');
  world.file('usr/glenda/bin/rc/hello', 'hello\n');
  world.file('lib/more', 'bind -a $home/bin/rc /bin\n');
  await post('boot', '-m', 'file:. /');
  const file = world.file(
    'lib/namespace',
    [
      '   # root, and what belongs to it',
      '',
      'mount -aC srv:$service /root $rootspec',
      'bind -a /root/usr /usr\t',
      'bind\t-c /root/$cputype/bin /bin',
      '. more',
      'cd $home',
      'bind bin/rc /rc',
      'mount srv:$service /n/other',
      'bind /tmp /n/other/mips',
      'unmount /tmp /n/other/mips',
      'unmount /n/other',
      '',
    ].join('\n'),
  );
  const env = { service: 'boot', rootspec: '', cputype: 'mips', home: '/usr/glenda' };
  expect(await world.start(['restore', file], { env }).ended).toMatchObject({ status: 0, stderr: '' });
  expect(await out('ls', '/bin', '/rc')).toBe('/bin:\nhello\nls\n\n/rc:\nhello\n');
  expect(await out('cat', '/bin/ls', '/usr/glenda/bin/rc/hello')).toBe('ls of mips\nhello\n');
  expect(await out('ls', '/n')).toBe('');
  // As a program that newns(2) starts: `ns serve` makes a namespace of its own from it, with `clear` at its start.
  world.file('all', `mount ram: /n/before\nclear\n. ${file}\n`);
  Object.assign(world.env, env);
  const { addresses } = await world.serve('all');
  expect(await out('ls', `${addresses[0]}/bin`, `${addresses[0]}/n`)).toBe(
    `${addresses[0]}/bin:\nhello\nls\n\n${addresses[0]}/n:\n`,
  );
  // A line that fails is told; in Plan 9 it is passed over in silence.
  world.file('bad', 'bind /none /bin\nmount ram: /n/x\n');
  expect(await fail('restore', 'bad')).toMatchObject({
    status: 1,
    line: expect.stringMatching(/^ns: bad:1: /),
  });
  expect(await out('ls', '/n')).toBe('x\n');
});

describe('srv(4)', () => {
  test('9fs: kremvax at its usual place, and hhgttg at another', async () => {
    world.file('kremvax/usr/dmr', '');
    world.file('hhgttg/answer', '42\n');
    const [kremvax, hhgttg] = await Promise.all(
      ['kremvax', 'hhgttg'].map((name) => world.serve('-m', `file:${name} /`)),
    );
    // `9fs kremvax`: to dial and to mount is one here, and the place is said.
    await out('mount', kremvax.addresses[0], '/n/kremvax');
    await out('mount', hhgttg.addresses[0].replace(/^tcp:\/\/(.*):(\d+)$/, 'tcp!$1!$2'), '/n/deepthought');
    expect(await out('ls', '/n', '/n/kremvax/usr')).toBe(
      '/n:\ndeepthought\nkremvax\n\n/n/kremvax/usr:\ndmr\n',
    );
    expect(await out('cat', '/n/deepthought/answer')).toBe('42\n');
  });

  test('a connection that is posted, and mounted in other windows; a server at the end of a command', async () => {
    world.file('kgbsun/secret', 'nobody reads this\n');
    const far = await world.serve('-m', 'file:kgbsun /');
    // `srv kgbsun`: who serves a tree again under a name holds the connection.
    const holder = await post('kgbsun', '-m', `${far.addresses[0]} /`);
    for (const window of ['one', 'two']) {
      await out('--ns', window, 'mount', 'srv:kgbsun', '/n/kgbsun');
      expect(await out('--ns', window, 'cat', '/n/kgbsun/secret')).toBe('nobody reads this\n');
    }
    await holder.stop();
    expect((await fail('--ns', 'three', 'mount', 'srv:kgbsun', '/n/kgbsun')).line).toContain('no service');
    // `srvssh unix`: the remote command stands at the end of `ssh` there; here the shell runs it.
    world.file(
      'serve',
      `exec '${process.execPath}' '${program}' serve --stdio -m 'file:${world.path('kgbsun')} /' 2>/dev/null`,
    );
    await out('mount', `exec:sh ${encodeURIComponent(world.path('serve'))}`, '/n/unix');
    expect(await out('ls', '/n/unix')).toBe('secret\n');
  });
});

test('srv(3): what one posts, all find; to remove the name releases it', async () => {
  // In place of one end of a pipe: a tree. What is written by one is read by the other.
  const server = await post('namedpipe', '-m', 'ram: /');
  await write('srv:namedpipe#/pipe', 'hello');
  expect(await out('cat', 'srv:namedpipe#/pipe')).toBe('hello');
  // `bind -c #s /srv`
  await out('mount', '-c', 'srv:', '/srv');
  expect(await out('ls', '/srv')).toBe('namedpipe\n');
  expect(await out('cat', '/srv/namedpipe')).toMatch(/^kind srv\naddress unix:\/\/.*\nanswers yes\n$/s);
  // A name that is used already is an error, and to post by writing a number, too: servers post themselves.
  expect((await fail('serve', '--post', 'namedpipe')).line).toContain('is posted already');
  const written = await world.start(['write', '/srv/other'], { input: '3' }).ended;
  expect(failure(written)).toMatchObject({ status: 1 });
  await out('mount', '-c', 'srv:namedpipe', '/n/pipe');
  await out('rm', '/srv/namedpipe');
  expect(await out('ls', '/srv')).toBe('');
  expect((await fail('ls', 'srv:namedpipe')).line).toContain('no service');
  // Whoever has it open goes on.
  await write('/n/pipe/pipe', 'still');
  expect(await out('cat', '/n/pipe/pipe')).toBe('still');
  expect(await server.stop()).toMatchObject({ status: 0, stderr: '' });
});
