/** What is told when something cannot be mounted: one line that names what, where and why. */
import { describe, expect, test } from '@jest/globals';
import { text, type File } from '../../src/file/index.ts';
import { MAFTER, MBEFORE, MountError, type Namespace } from '../../src/namespaces/index.ts';
import { ram } from '../../src/resources/index.ts';
import { failure, named, treeOf, world, worldWith } from './trees.ts';

const CASES: readonly [string, (ns: Namespace) => Promise<unknown>, string, string][] = [
  [
    'a path that does not exist inside a mounted tree',
    (ns) => ns.mount('ram:', '/t/a/x/y'),
    'ENOENT',
    'cannot mount ram: on /t/a/x/y: /t/a/x is not there, in a tree that was mounted: make it first, or mount elsewhere',
  ],
  [
    'the same for a bind',
    (ns) => ns.bind('/tmp', '/t/a/x'),
    'ENOENT',
    'cannot bind /tmp on /t/a/x: /t/a/x is not there, in a tree that was mounted: make it first, or mount elsewhere',
  ],
  [
    'a file on a directory',
    (ns) => ns.bind('/tmp/f', '/tmp'),
    'ENOTDIR',
    'cannot bind /tmp/f on /tmp: a file cannot take the place of a directory',
  ],
  [
    'a directory on a file',
    (ns) => ns.mount('ram:', '/tmp/f'),
    'ENOTDIR',
    'cannot mount ram: on /tmp/f: a directory cannot take the place of a file',
  ],
  [
    'a union of files',
    (ns) => ns.bind('/t/a/who', '/tmp/f', MAFTER),
    'ENOTDIR',
    'cannot bind /t/a/who on /tmp/f: only directories make a union: a file can but replace another',
  ],
  [
    'a mount point whose name is too long to be walked to',
    (ns) => ns.mount('ram:', `/n/${'x'.repeat(256)}`),
    'ENAMETOOLONG',
    `cannot mount ram: on /n/${'x'.repeat(256)}: the name is too long`,
  ],
  [
    'a path that is too long to be walked',
    (ns) => ns.mount('ram:', '/n/long'.padEnd(4097, '/x')),
    'ENAMETOOLONG',
    `cannot mount ram: on ${'/n/long'.padEnd(4097, '/x')}: a path of more than 4096 bytes`,
  ],
  [
    'a mount point below a file',
    (ns) => ns.mount('ram:', '/tmp/f/x'),
    'ENOTDIR',
    'cannot mount ram: on /tmp/f/x: not a directory',
  ],
  [
    'a bind of what is not there',
    (ns) => ns.bind('/nothing/here', '/tmp'),
    'ENOENT',
    'cannot bind /nothing/here on /tmp: no such file or directory',
  ],
  [
    'an unmount of what is not mounted',
    (ns) => ns.unmount('/tmp'),
    'EINVAL',
    'cannot unmount /tmp: nothing is mounted there',
  ],
  [
    'an unmount of something else than what is mounted',
    (ns) => ns.unmount('ram:', '/t/a'),
    'EINVAL',
    'cannot unmount ram: from /t/a: that is not mounted there',
  ],
  [
    'flags that contradict each other',
    (ns) => ns.mount('ram:', '/n/x', MBEFORE | MAFTER),
    'EINVAL',
    'cannot mount ram: on /n/x: 3 are no flags: MREPL, MBEFORE or MAFTER, with MCREATE and MCACHE if need be, were expected',
  ],
  [
    'flags that are none',
    (ns) => ns.bind('/tmp', '/n', 0x40),
    'EINVAL',
    'cannot bind /tmp on /n: 64 are no flags: MREPL, MBEFORE or MAFTER, with MCREATE and MCACHE if need be, were expected',
  ],
  [
    'a scheme that nobody knows',
    (ns) => ns.mount('nosuch:x', '/n/x'),
    'EINVAL',
    'cannot mount nosuch:x on /n/x: ',
  ],
  [
    'a server that is not there',
    (ns) => ns.mount('tcp://127.0.0.1:1', '/n/x'),
    'ECONNREFUSED',
    'cannot mount tcp://127.0.0.1:1 on /n/x: ',
  ],
  [
    'an aname of a File of this process',
    (ns) => ns.mount(ram(), '/n/x', 0, { aname: 'sub' }),
    'EINVAL',
    'cannot mount a tree on /n/x: a file of this process has no aname: the file itself is mounted',
  ],
];

describe('cannot mount', () => {
  test.each(CASES)('%s', async (_, work, code, message) => {
    await using ns = await worldWith({ a: await named('a') });
    await ns.writeFile('/tmp/f', '');
    const before = ns.print();
    const error = await failure(work(ns));
    expect(error).toBeInstanceOf(MountError);
    expect(error.code).toBe(code);
    expect(error.message.startsWith(message)).toBe(true);
    expect(error.message).not.toContain('\n');
    // What fails changes nothing.
    expect(ns.print()).toBe(before);
    expect(ns.mounts).toBe(1);
  });
});

test('the error says what was tried and where, and why it failed', async () => {
  await using ns = world();
  const error = await failure(ns.unmount('/tmp'));
  expect(error).toMatchObject({ name: 'MountError', op: 'unmount', path: '/tmp', code: 'EINVAL' });
  expect(error.cause).toMatchObject({ message: 'nothing is mounted there' });
});

test('a path is told as it was given, and kept absolute', async () => {
  await using ns = world();
  await ns.cd('/tmp');
  const error = await failure(ns.unmount('x'));
  expect(error).toMatchObject({ path: '/tmp/x', message: 'cannot unmount x: no such file or directory' });
});

test('a namespace without dial mounts Files only', async () => {
  const { Namespace } = await import('../../src/namespaces/index.ts');
  await using ns = new Namespace();
  await ns.mount(text('x'), '/dev/x');
  expect(await ns.readText('/dev/x')).toBe('x');
  await expect(ns.mount('ram:', '/n/x')).rejects.toThrow(
    'cannot mount ram: on /n/x: this namespace was made without a way to dial addresses',
  );
});

test('a tree that does not let the user in', async () => {
  const tree: File = Object.assign(await treeOf({}), {
    admit: (): never => {
      throw Object.assign(new Error('not for you'), { code: 'EACCES' });
    },
  });
  await using ns = world();
  await expect(ns.mount(tree, '/n/x')).rejects.toThrow('cannot mount a tree on /n/x: not for you');
  expect(ns.mounts).toBe(0);
});
