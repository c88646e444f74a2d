/** What libfuse asks of a tree, by path: without libfuse. */
import { describe, expect, test } from '@jest/globals';
import { constants as files } from 'node:fs';
import { constants } from 'node:os';
import { ctl, dir, stream, text, type File, type User } from '../../../src/file/index.ts';
import { operationsOf } from '../../../src/gateways/fuse-native/operations.ts';
import type { Reply } from '../../../src/gateways/fuse-native/package.ts';
import { Tree } from '../../../src/gateways/fuse-native/tree.ts';
import { settingsOf, type FuseOptions } from '../../../src/gateways/fuse/options.ts';
import { ram } from '../../../src/resources/index.ts';

const OWNER: User = { name: 'glenda', uid: 1000, gid: 1000, serves: true };
const OTHER: User = { name: 'other', uid: 1001, gid: 1001 };

const { EACCES, EEXIST, EINTR, EINVAL, EIO, ENODATA, ENOENT, ENOTDIR, ENOTEMPTY, EOPNOTSUPP } =
  constants.errno;
const { O_APPEND, O_RDONLY, O_RDWR, O_WRONLY } = files;

type Ask = (name: string, ...asked: unknown[]) => Promise<number>;

/** Asks as the package does; a call's value, or its number. */
function asking(root: File, options: Partial<FuseOptions> = {}) {
  const settings = settingsOf({ user: OWNER, ...options });
  const operations = operationsOf(new Tree(root, settings), settings) as Record<
    string,
    (...all: unknown[]) => void
  >;
  const both = (name: string, ...asked: unknown[]) =>
    new Promise<{ readonly result: number; readonly value: unknown }>((resolve) => {
      const reply: Reply = (result, value) => resolve({ result, value });
      operations[name](...asked, reply);
    });
  const result: Ask = async (name, ...asked) => (await both(name, ...asked)).result;
  const value = async <T>(name: string, ...asked: unknown[]): Promise<T> => {
    const { result: errno, value: found } = await both(name, ...asked);
    expect(errno).toBe(0);
    return found as T;
  };
  const write = async (path: string, bytes: string): Promise<void> => {
    const id = await value<number>('create', path, 0o100644);
    expect(await result('write', path, id, Buffer.from(bytes), bytes.length, 0)).toBe(bytes.length);
    expect(await result('release', path, id)).toBe(0);
  };
  const read = async (path: string): Promise<string> => {
    const id = await value<number>('open', path, O_RDONLY);
    const room = Buffer.alloc(100);
    const count = await result('read', path, id, room, room.length, 0);
    expect(await result('release', path, id)).toBe(0);
    return room.toString('utf8', 0, count);
  };
  return { result, value, write, read };
}

const owned = () => ram({ owner: OWNER });

describe('paths', () => {
  test('files are made, listed, moved and removed', async () => {
    const { result, value, write, read } = asking(owned());
    expect(await result('mkdir', '/d', 0o750)).toBe(0);
    await write('/d/f', 'hello');
    expect(await read('/d/f')).toBe('hello');
    expect(await value('getattr', '/d/f')).toMatchObject({ mode: 0o100644, size: 5, uid: 1000, nlink: 1 });
    expect(await value('getattr', '/d')).toMatchObject({ mode: 0o040750 });
    expect(await value('readdir', '/d')).toEqual(['.', '..', 'f']);
    expect(await result('opendir', '/d', 0, 0)).toBe(0);
    expect(await result('rename', '/d/f', '/g')).toBe(0);
    expect(await read('/g')).toBe('hello');
    expect(await result('rmdir', '/d')).toBe(0);
    expect(await result('unlink', '/g')).toBe(0);
    expect(await value('readdir', '/')).toEqual(['.', '..']);
  });

  test('links, symbolic links and devices', async () => {
    const { result, value, write } = asking(ram({ owner: { ...OWNER, uid: 0 } }), {
      user: { ...OWNER, uid: 0 },
    });
    await write('/f', 'x');
    expect(await result('link', '/f', '/g')).toBe(0);
    expect(await value('getattr', '/g')).toMatchObject({ nlink: 2 });
    expect(await result('symlink', '../f', '/s')).toBe(0);
    expect(await value('readlink', '/s')).toBe('../f');
    expect(await value('getattr', '/s')).toMatchObject({ mode: 0o120777 });
    expect(await result('mknod', '/fifo', 0o010600, 0)).toBe(0);
    expect(await value('getattr', '/fifo')).toMatchObject({ mode: 0o010600 });
    expect(await result('mknod', '/plain', 0o100600, 0)).toBe(0);
    const device = 0x123_45f_67; // major 0x45f, minor 0x12367
    expect(await result('mknod', '/b', 0o060600, device)).toBe(0);
    expect(await value('getattr', '/b')).toMatchObject({ mode: 0o060600, rdev: device });
  });

  test('attributes are changed', async () => {
    const { result, value, write } = asking(owned());
    await write('/f', 'hello');
    expect(await result('chmod', '/f', 0o100600)).toBe(0);
    expect(await result('utimens', '/f', 1_000_500, 2_000_250)).toBe(0);
    expect(await result('truncate', '/f', 3)).toBe(0);
    expect(await result('chown', '/f', 0xffff_ffff, 1000)).toBe(0);
    expect(await value('getattr', '/f')).toMatchObject({
      mode: 0o100600,
      size: 3,
      atime: 1_000_500,
      gid: 1000,
    });
    const id = await value<number>('open', '/f', O_RDWR);
    expect(await result('ftruncate', '/f', id, 1)).toBe(0);
    expect(await result('fsync', '/f', 0, id)).toBe(0);
    expect(await value('getattr', '/f')).toMatchObject({ size: 1 });
  });

  test('extended attributes, those of programs', async () => {
    const { result, value, write } = asking(owned());
    await write('/f', '');
    expect(await result('setxattr', '/f', 'user.a', Buffer.from('one'), 0, 0)).toBe(0);
    expect(await result('setxattr', '/f', 'user.a', Buffer.from('two'), 0, 1)).toBe(-EEXIST);
    expect(Buffer.from(await value<Uint8Array>('getxattr', '/f', 'user.a', 0)).toString()).toBe('one');
    expect(Buffer.from(await value<Uint8Array>('listxattr', '/f')).toString()).toBe('user.a\0');
    expect(await result('removexattr', '/f', 'user.a')).toBe(0);
    expect(await result('getxattr', '/f', 'user.a', 0)).toBe(-ENODATA);
    expect(await result('getxattr', '/f', 'security.selinux', 0)).toBe(-ENODATA);
    expect(await result('setxattr', '/f', 'system.posix_acl_access', Buffer.of(1), 0, 0)).toBe(-EOPNOTSUPP);
  });

  test('what is wrong is the number of this host', async () => {
    const { result, write } = asking(owned());
    await write('/f', '');
    expect(await result('getattr', '/none')).toBe(-ENOENT);
    expect(await result('getattr', '/f/g')).toBe(-ENOTDIR);
    expect(await result('create', '/f', 0o644)).toBe(-EEXIST);
    expect(await result('mkdir', '/d', 0o755)).toBe(0);
    await write('/d/f', '');
    expect(await result('rmdir', '/d')).toBe(-ENOTEMPTY);
    expect(await result('read', '/f', 99, Buffer.alloc(1), 1, 0)).toBe(-constants.errno.EBADF);
  });

  test('the rules are those of a Chan: somebody else may not', async () => {
    const root = owned();
    await asking(root).write('/f', 'hello');
    expect(await asking(root).result('access', '/', 2)).toBe(0);
    const { result, read } = asking(root, { user: OTHER });
    expect(await read('/f')).toBe('hello');
    expect(await result('open', '/f', O_WRONLY)).toBe(-EACCES);
    expect(await result('create', '/g', 0o644)).toBe(-EACCES);
    expect(await result('access', '/', 4)).toBe(0);
    expect(await result('access', '/', 2)).toBe(-EACCES);
    expect(await result('access', '/f', 1)).toBe(-EACCES);
  });

  test('figures that do not fit into 32 bits come in larger blocks', async () => {
    const figures = {
      bsize: 4096,
      blocks: 2 ** 34,
      bfree: 2 ** 33,
      bavail: 8,
      files: 2 ** 40,
      ffree: 7,
      fsid: 0n,
      namelen: 255,
    };
    const root: File = Object.assign(dir({}), { statfs: () => figures });
    const { value } = asking(root);
    expect(await value('statfs', '/')).toMatchObject({
      bsize: 32_768,
      blocks: 2 ** 31,
      bavail: 1,
      files: 2 ** 32 - 1,
      namemax: 255,
    });
  });
});

describe('open files', () => {
  test('a write to the end goes there, wherever it is sent', async () => {
    const { result, value, write, read } = asking(owned());
    await write('/f', 'one ');
    const id = await value<number>('open', '/f', O_WRONLY | O_APPEND);
    expect(await result('write', '/f', id, Buffer.from('two'), 3, 0)).toBe(3);
    expect(await result('release', '/f', id)).toBe(0);
    expect(await read('/f')).toBe('one two');
  });

  test('a close that follows writes commits, and says what is wrong', async () => {
    let level = '';
    const { result, value } = asking(dir({ ctl: ctl({ level: ([word]) => void (level = word) }, () => '') }));
    const tell = async (words: string): Promise<number> => {
      const id = await value<number>('open', '/ctl', O_WRONLY);
      const written = await result('write', '/ctl', id, Buffer.from(words), words.length, 0);
      const flushed = await result('flush', '/ctl', id);
      await result('release', '/ctl', id);
      return Math.min(0, written, flushed);
    };
    expect(await tell('level 7\n')).toBe(0);
    expect(level).toBe('7');
    expect(await tell('nonsense\n')).toBe(-EINVAL);
  });

  test('a read that waits is answered EINTR in a while, and nothing is lost', async () => {
    let tell: (line: string) => void = () => undefined;
    const news = new Promise<string>((resolve) => (tell = resolve));
    const tree = dir({
      log: stream(async function* () {
        yield await news;
      }),
    });
    const { result, value } = asking(tree);
    const id = await value<number>('open', '/log', O_RDONLY);
    const room = Buffer.alloc(100);
    expect(await result('read', '/log', id, room, room.length, 0)).toBe(-EINTR);
    const reading = result('read', '/log', id, room, room.length, 0);
    expect(await value('getattr', '/log')).toMatchObject({ size: 0 });
    tell('news\n');
    expect(await reading).toBe(5);
    expect(room.toString('utf8', 0, 5)).toBe('news\n');
    expect(await result('release', '/log', id)).toBe(0);
  });

  test('a tree that does not answer: EIO in time, and the room is left alone', async () => {
    let answer: (words: string) => void = () => undefined;
    const slow = new Promise<string>((resolve) => (answer = resolve));
    const { result, read } = asking(dir({ slow: text(() => slow), hello: text('hello') }), { timeout: 50 });
    expect(await result('open', '/slow', O_RDONLY)).toBe(-EIO);
    answer('late');
    expect(await read('/hello')).toBe('hello');
  });
});
