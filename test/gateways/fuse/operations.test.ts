/** Every request, on a tree in memory. */
import { describe, expect, test } from '@jest/globals';
import { ram } from '../../../src/resources/index.ts';
import { O } from './calls.ts';
import { ROOT, failure } from './kernel.ts';
import { mounted } from './mounted.ts';
import { Packet } from './packet.ts';

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;

describe('INIT', () => {
  test('is answered with what both know', async () => {
    await using kernel = await mounted();
    const init = await kernel.init();
    expect(init).toMatchObject({ major: 7, minor: 38, maxWrite: 1 << 20, maxPages: 256, granularity: 1 });
    expect(init.background).toBeGreaterThanOrEqual(1024);
    // FUSE_POSIX_LOCKS, FUSE_ATOMIC_O_TRUNC, FUSE_DO_READDIRPLUS, FUSE_PARALLEL_DIROPS.
    for (const bit of [1, 3, 13, 18]) expect(init.low & (1 << bit)).not.toBe(0);
    // FUSE_WRITEBACK_CACHE: others may write, too.
    expect(init.low & (1 << 16)).toBe(0);
  });

  test('asks for nothing that is not offered', async () => {
    await using kernel = await mounted();
    expect(await kernel.init(0, 31, 0)).toMatchObject({ minor: 31, low: 0, high: 0 });
  });

  test('refuses a kernel that is too old', async () => {
    await using kernel = await mounted();
    expect(await failure(kernel.init(0, 26, 0))).toBe('EPROTO');
    expect(kernel.logged.join()).toMatch(/Linux 5\.4/);
  });
});

describe('on a tree in memory', () => {
  test('a file is made, written, read, cut, and gone', async () => {
    await using kernel = await mounted();
    const file = await kernel.create(ROOT, 'a', O.RDWR, 0o640);
    expect(file.attr).toMatchObject({ size: 0, mode: S_IFREG | 0o640, nlink: 1, uid: 1000, gid: 1000 });
    expect(await kernel.write(file, 0, 'hello, world\n')).toBe(13);
    expect((await kernel.read(file, 7, 4096)).toString()).toBe('world\n');
    expect((await kernel.read(file, 13, 4096)).length).toBe(0);
    expect((await kernel.getattr(file.node)).attr.size).toBe(13);
    expect((await kernel.setattr(file.node, { size: 5 }, file.open)).attr.size).toBe(5);
    await kernel.fsync(file);
    await kernel.fsync(file, true);
    await kernel.flush(file);
    await kernel.release(file);
    expect((await kernel.walk('a')).node).toBe(file.node);
    await kernel.unlink(ROOT, 'a');
    expect(await failure(kernel.lookup(ROOT, 'a'))).toBe('ENOENT');
  });

  test('attributes change', async () => {
    await using kernel = await mounted();
    const { node } = await kernel.mknod(ROOT, 'a', S_IFREG | 0o600);
    expect((await kernel.setattr(node, { mode: 0o4711 })).attr.mode & 0o7777).toBe(0o4711);
    const { attr } = await kernel.setattr(node, { atime: 12, mtime: -3 });
    expect([attr.atime, attr.mtime]).toEqual([12_000, -3000]);
    const before = Date.now() - 1000;
    const now = (await kernel.setattr(node, { atime: 'now', mtime: 'now' })).attr;
    expect(Math.min(now.atime, now.mtime)).toBeGreaterThan(before);
    expect((await kernel.setattr(node, { size: 7 })).attr.size).toBe(7);
  });

  test('all types of files', async () => {
    await using kernel = await mounted();
    const types = { fifo: 0o010000, socket: 0o140000, plain: S_IFREG };
    for (const [name, type] of Object.entries(types)) {
      const { attr } = await kernel.mknod(ROOT, name, type | 0o604);
      expect(attr.mode).toBe(type | 0o604);
    }
    expect(await failure(kernel.mknod(ROOT, 'device', 0o020000 | 0o600, 0x103))).toBe('EPERM');
    kernel.caller = { uid: 0, gid: 0, pid: 1 };
    const device = await kernel.mknod(ROOT, 'device', 0o020000 | 0o600, 0x103);
    expect(device.attr).toMatchObject({ rdev: 0x103, mode: 0o020600 });
    const { node, attr } = await kernel.mkdir(ROOT, 'dir', 0o711);
    expect(attr.mode).toBe(0o040711);
    const link = await kernel.symlink(node, 'link', '../a b');
    expect(link.attr.mode & S_IFMT).toBe(0o120000);
    expect(await kernel.readlink(link.node)).toBe('../a b');
    await kernel.unlink(node, 'link');
    await kernel.rmdir(ROOT, 'dir');
  });

  test('what cannot be done', async () => {
    await using kernel = await mounted();
    const dir = await kernel.mkdir(ROOT, 'dir');
    await kernel.mkdir(dir.node, 'sub');
    await kernel.mknod(ROOT, 'file', S_IFREG | 0o644);
    expect(await failure(kernel.rmdir(ROOT, 'dir'))).toBe('ENOTEMPTY');
    expect(await failure(kernel.unlink(ROOT, 'dir'))).toBe('EISDIR');
    expect(await failure(kernel.rmdir(ROOT, 'file'))).toBe('ENOTDIR');
    expect(await failure(kernel.mkdir(ROOT, 'file'))).toBe('EEXIST');
    expect(await failure(kernel.lookup(ROOT, 'x'.repeat(256)))).toBe('ENAMETOOLONG');
    expect(await failure(kernel.rename(ROOT, 'dir', dir.node, 'in-itself'))).toBe('EINVAL');
    expect(await failure(kernel.rename(ROOT, 'dir', ROOT, 'file', 1))).toBe('EEXIST');
    // RENAME_EXCHANGE
    expect(await failure(kernel.rename(ROOT, 'dir', ROOT, 'file', 2))).toBe('EINVAL');
    expect(await failure(kernel.getattr(4711))).toBe('ESTALE');
    const gone = { open: 4711, node: ROOT, flags: 0 };
    expect(await failure(kernel.read(gone, 0, 10))).toBe('EBADF');
    expect(await failure(kernel.open(dir.node, O.RDWR))).toBe('EISDIR');
  });

  test('hard links are one node', async () => {
    await using kernel = await mounted();
    const { node } = await kernel.mknod(ROOT, 'a', S_IFREG | 0o644);
    const { node: dir } = await kernel.mkdir(ROOT, 'dir');
    const link = await kernel.link(node, dir, 'b');
    expect(link).toMatchObject({ node, attr: { nlink: 2 } });
    await kernel.unlink(ROOT, 'a');
    const open = await kernel.open(node, O.RDWR);
    await kernel.write(open, 0, 'still here');
    await kernel.release(open);
    expect(await kernel.walk('dir/b')).toMatchObject({ node, attr: { nlink: 1, size: 10 } });
  });

  test('access', async () => {
    await using kernel = await mounted();
    const { node } = await kernel.mknod(ROOT, 'a', S_IFREG | 0o640);
    await kernel.access(node, 4 | 2);
    expect(await failure(kernel.access(node, 1))).toBe('EACCES');
    kernel.caller = { uid: 1001, gid: 1001, pid: 99 };
    expect(await failure(kernel.access(node, 4))).toBe('EACCES');
    kernel.caller = { uid: 1001, gid: 1000, pid: 99 };
    await kernel.access(node, 4);
    expect(await failure(kernel.access(node, 2))).toBe('EACCES');
    kernel.caller = { uid: 0, gid: 0, pid: 99 };
    await kernel.access(node, 4 | 2);
    expect(await failure(kernel.access(node, 1))).toBe('EACCES');
    await kernel.access(ROOT, 0);
  });

  test('holes, and room for what is to come', async () => {
    await using kernel = await mounted();
    const file = await kernel.create(ROOT, 'a');
    await kernel.fallocate(file, 0, 1000, 1);
    expect((await kernel.getattr(file.node)).attr.size).toBe(0);
    await kernel.fallocate(file, 0, 1000);
    expect((await kernel.getattr(file.node)).attr.size).toBe(1000);
    // FALLOC_FL_PUNCH_HOLE
    expect(await failure(kernel.fallocate(file, 0, 10, 3))).toBe('EOPNOTSUPP');
    const sparse = await kernel.create(ROOT, 'b');
    await kernel.write(sparse, 1 << 22, 'x');
    const data = await kernel.lseek(sparse, 0, 3);
    expect(data).toBeGreaterThan(0);
    expect(data).toBeLessThanOrEqual(1 << 22);
    expect(await kernel.lseek(sparse, 0, 4)).toBe(0);
    expect(await failure(kernel.lseek(sparse, 1 << 23, 3))).toBe('ENXIO');
    expect(await failure(kernel.lseek(sparse, 0, 0))).toBe('EINVAL');
  });

  test('statfs', async () => {
    await using kernel = await mounted(ram({ size: 1 << 20 }));
    const figures = await kernel.statfs();
    expect(figures).toMatchObject({ bsize: 4096, frsize: 4096, blocks: 256, namelen: 255 });
  });

  test('extended attributes', async () => {
    await using kernel = await mounted();
    const { node } = await kernel.mknod(ROOT, 'a', S_IFREG | 0o644);
    const value = Buffer.from('a value');
    await kernel.setxattr(node, 'user.one', value);
    await kernel.setxattr(node, 'user.empty', new Uint8Array(0));
    expect((await kernel.getxattr(node, 'user.one', 0)).readUInt32LE()).toBe(7);
    expect((await kernel.getxattr(node, 'user.one', 7)).toString()).toBe('a value');
    expect((await kernel.getxattr(node, 'user.one', 70)).toString()).toBe('a value');
    expect(await failure(kernel.getxattr(node, 'user.one', 6))).toBe('ERANGE');
    expect((await kernel.getxattr(node, 'user.empty', 10)).length).toBe(0);
    expect((await kernel.listxattr(node, 0)).readUInt32LE()).toBe(20);
    expect((await kernel.listxattr(node, 20)).toString()).toBe('user.one\0user.empty\0');
    expect(await failure(kernel.listxattr(node, 19))).toBe('ERANGE');
    expect(await failure(kernel.setxattr(node, 'user.one', value, 1))).toBe('EEXIST');
    expect(await failure(kernel.setxattr(node, 'user.two', value, 2))).toBe('ENODATA');
    await kernel.removexattr(node, 'user.one');
    expect(await failure(kernel.getxattr(node, 'user.one', 0))).toBe('ENODATA');
    expect(await failure(kernel.getxattr(node, 'security.capability', 0))).toBe('ENODATA');
    expect(await failure(kernel.getxattr(node, 'system.posix_acl_access', 0))).toBe('EOPNOTSUPP');
    expect(await failure(kernel.setxattr(node, 'system.x', value))).toBe('EOPNOTSUPP');
  });

  test('names that are not UTF-8', async () => {
    await using kernel = await mounted();
    const name = Buffer.of(0x61, 0xff, 0x62, 0xc3);
    const { node } = await kernel.create(ROOT, '€');
    await kernel.release({ open: 1, node, flags: 0 });
    await kernel.rename(ROOT, '€', ROOT, 'a');
    const made = await kernel.ask(6, ROOT, new Packet().name(name).name('target'), () => undefined);
    expect(made).toBeUndefined();
    const found = await kernel.lookup(ROOT, name);
    expect(await kernel.readlink(found.node)).toBe('target');
    const dir = await kernel.opendir(ROOT);
    const raw = await kernel.ask(28, ROOT, new Packet().u64(dir.open, 0).u32(4096, 0).u64(0).u32(0, 0), (r) =>
      r.data(r.left),
    );
    expect(raw.includes(name)).toBe(true);
    expect(await failure(kernel.lookup(ROOT, Buffer.of(0x61, 0xfe, 0x62, 0xc3)))).toBe('ENOENT');
  });

  test('what the kernel may ask and nobody knows', async () => {
    await using kernel = await mounted();
    expect(await failure(kernel.ask(99, ROOT, new Packet(), () => undefined))).toBe('ENOSYS');
    expect(await failure(kernel.ask(39, ROOT, new Packet(), () => undefined))).toBe('ENOTTY');
    expect(await failure(kernel.ask(15, ROOT, new Packet(), () => undefined))).toBe('EINVAL');
    const file = await kernel.create(ROOT, 'a');
    expect(await failure(kernel.read(file, 2n ** 53n, 10))).toBe('EOVERFLOW');
    expect(await failure(kernel.write(file, 2n ** 63n - 10n, 'x'))).toBe('EFBIG');
  });
});
