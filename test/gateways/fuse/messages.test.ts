/** What the usual calls of programs cost a tree behind a server: the messages that the client sends. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ram } from '../../../src/resources/index.ts';
import { document, tableBelow } from '../../docs/markdown.ts';
import { F, O, type Kernel, type Opened } from './calls.ts';
import { ROOT, failure, settled } from './kernel.ts';
import { far, mounted, type Far } from './mounted.ts';

// A lookup and the open that follows it are one system call if the clock says so: it stands still here.
beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

const REG = 0o100644;

/** `small` has 5 bytes, `large` 1 MiB, `ten` is a directory of ten files, and `link` a symbolic link. */
async function place(): Promise<Far> {
  const tree = ram();
  await using kernel = await mounted(tree);
  await kernel.write(await kernel.create(ROOT, 'small'), 0, 'hello');
  await kernel.write(await kernel.create(ROOT, 'large'), 0, Buffer.alloc(1 << 20, 'x'));
  const { node } = await kernel.mkdir(ROOT, 'ten');
  for (let i = 0; i < 10; i++) await kernel.mknod(node, `${i}`, REG);
  await kernel.symlink(ROOT, 'link', 'x');
  return far(tree);
}

type Work = (kernel: Kernel) => Promise<unknown>;

const find =
  (name: string): Work =>
  (kernel) =>
    kernel.lookup(ROOT, name);
const nothing: Work = async () => undefined;

/** The node of what has been looked up before. */
const nodeOf = (kernel: Kernel): number => [...kernel.lookups.keys()][0];

async function close(kernel: Kernel, file: Opened): Promise<void> {
  await kernel.flush(file);
  await kernel.release(file);
}

/** The kernel knows the size for a second, and reads ahead, 128 KiB at a time. */
async function cat(kernel: Kernel, node: number, size = 5): Promise<void> {
  const file = await kernel.open(node);
  for (let at = 0; at < size; at += 131_072) await kernel.read(file, at, Math.min(131_072, 4096 + size));
  await close(kernel, file);
}

async function echo(kernel: Kernel, file: Opened): Promise<void> {
  await kernel.write(file, 0, 'x\n');
  await close(kernel, file);
}

async function list(kernel: Kernel, plus: boolean): Promise<void> {
  const dir = await kernel.opendir(nodeOf(kernel));
  await kernel.list(dir, 32_768, plus);
  await kernel.releasedir(dir);
}

const opened =
  (name: string): Work =>
  async (kernel) =>
    kernel.open((await kernel.lookup(ROOT, name)).node, O.RDWR);
const first = (kernel: Kernel): Opened => ({ open: [...kernel.opens][0], node: nodeOf(kernel), flags: 0 });

/** What is done before, what it is, what it does, and what is sent for it. */
const calls: readonly (readonly [Work, string, Work, string])[] = [
  [nothing, 'stat of a file', find('small'), 'Twalk, Tgetattr'],
  [nothing, 'stat of what is not there', (k) => failure(k.lookup(ROOT, 'missing')), 'Twalk'],
  [nothing, 'stat of a file in a directory', (k) => k.walk('ten/3'), 'Twalk ×2, Tgetattr ×2'],
  [find('small'), 'stat, with a name that is good still', (k) => k.getattr(nodeOf(k)), 'Tgetattr'],
  [find('small'), 'stat, with one that is not', find('small'), 'Twalk, Tgetattr, Tclunk'],
  [
    nothing,
    'cat of 5 bytes',
    async (k) => cat(k, (await k.lookup(ROOT, 'small')).node),
    'Twalk, Tgetattr, Tlopen, Tread ×2, Tclunk',
  ],
  [
    find('small'),
    'cat of 5 bytes, with a name that is good still',
    async (k) => {
      jest.advanceTimersByTime(10);
      await cat(k, nodeOf(k));
    },
    'Twalk, Tlopen, Tclunk ×2, Tgetattr, Tread ×2',
  ],
  [
    nothing,
    'cat of 1 MiB',
    async (k) => cat(k, (await k.lookup(ROOT, 'large')).node, 1 << 20),
    'Twalk, Tgetattr, Tlopen, Tread ×8, Tclunk',
  ],
  [opened('large'), 'read of 4 KiB', (k) => k.read(first(k), 4096, 4096), 'Tread'],
  [opened('large'), 'read of 1 MiB', (k) => k.read(first(k), 0, 1 << 20), 'Tread ×2'],
  [opened('large'), 'write of 1 MiB', (k) => k.write(first(k), 0, Buffer.alloc(1 << 20)), 'Twrite ×2'],
  [
    nothing,
    'echo into a new file',
    async (k) => {
      await failure(k.lookup(ROOT, 'new'));
      await echo(k, await k.create(ROOT, 'new'));
    },
    'Twalk ×2, Tlcreate, Tgetattr, Twrite, Tclunk',
  ],
  [
    nothing,
    'echo into a file',
    async (k) => echo(k, await k.open((await k.lookup(ROOT, 'small')).node, O.WRONLY | O.TRUNC)),
    'Twalk, Tgetattr, Tlopen, Twrite, Tclunk',
  ],
  [nothing, 'mkdir', (k) => k.mkdir(ROOT, 'new'), 'Tmkdir, Twalk, Tgetattr'],
  [nothing, 'mknod of a file', (k) => k.mknod(ROOT, 'new', REG), 'Twalk ×2, Tlcreate, Tclunk, Tgetattr'],
  [nothing, 'ln -s', (k) => k.symlink(ROOT, 'new', 'x'), 'Tsymlink, Twalk, Tgetattr'],
  [find('small'), 'ln', (k) => k.link(nodeOf(k), ROOT, 'new'), 'Tlink, Twalk, Tgetattr, Tclunk'],
  [find('link'), 'readlink', (k) => k.readlink(nodeOf(k)), 'Treadlink'],
  [find('small'), 'chmod', (k) => k.setattr(nodeOf(k), { mode: 0o600 }), 'Tsetattr, Tgetattr'],
  [find('small'), 'mv', (k) => k.rename(ROOT, 'small', ROOT, 'new'), 'Trenameat, Tclunk'],
  [
    async (k) => {
      await k.lookup(ROOT, 'small');
      await k.rename(ROOT, 'small', ROOT, 'new');
    },
    'stat after it',
    (k) => k.getattr(nodeOf(k)),
    'Twalk, Tgetattr',
  ],
  [
    find('small'),
    'rm',
    async (k) => {
      await k.unlink(ROOT, 'small');
      k.forgetAll();
    },
    'Tunlinkat, Tclunk',
  ],
  [find('ten'), 'ls of ten files', (k) => list(k, false), 'Tlopen, Treaddir ×2, Tclunk'],
  [
    find('ten'),
    'ls -l of ten files',
    (k) => list(k, true),
    'Tlopen, Treaddir ×2, Twalk ×10, Tgetattr ×10, Tclunk',
  ],
  [
    async (k) => {
      await k.lookup(ROOT, 'ten');
      await list(k, true);
    },
    'ls -l once more',
    (k) => list(k, true),
    'Twalk ×11, Tlopen, Treaddir ×2, Tgetattr ×10, Tclunk ×11',
  ],
  [nothing, 'df', (k) => k.statfs(), 'Tstatfs'],
  [opened('small'), 'fsync', (k) => k.fsync(first(k)), 'Tfsync'],
  [
    opened('small'),
    'a lock, and a close',
    async (k) => {
      await k.setlk(first(k), 1n, { type: F.WRITE });
      await close(k, first(k));
    },
    'Tlock ×2, Tclunk',
  ],
  [
    find('small'),
    'getxattr of what is not there',
    (k) => failure(k.getxattr(nodeOf(k), 'user.x', 100)),
    'Txattrwalk',
  ],
  [
    find('small'),
    'setxattr',
    (k) => k.setxattr(nodeOf(k), 'user.x', Buffer.of(1)),
    'Txattrcreate, Twrite, Tclunk',
  ],
  [find('small'), 'listxattr', (k) => k.listxattr(nodeOf(k), 100), 'Txattrwalk, Tclunk'],
];

test('the manual says the same', () => {
  const rows = tableBelow(document('docs/messages.md'), 'On a FUSE mount');
  expect(rows.map(([call, , which]) => [call, which])).toEqual(
    calls.map(([, name, , which]) => [name, which]),
  );
});

test.each(calls.map(([before, name, work, which]) => ({ before, name, work, which })))(
  '$name: $which',
  async ({ before, work, which }) => {
    await using it = await place();
    await it.kernel.getattr(ROOT);
    await before(it.kernel);
    await settled();
    it.tap.reset();
    await work(it.kernel);
    await settled();
    const counts = new Map<string, number>();
    for (const type of it.tap.types) counts.set(type, (counts.get(type) ?? 0) + 1);
    expect([...counts].map(([type, count]) => (count > 1 ? `${type} ×${count}` : type)).join(', ')).toBe(
      which,
    );
  },
);
