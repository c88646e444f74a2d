/** Directories and what is made, moved and removed in them; and what that means for whoever has the files in use. */
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { READ_WRITE } from '../../../src/file/index.ts';
import {
  codeOf,
  content,
  exported,
  folder,
  needsRoot,
  opened,
  put,
  r,
  read,
  testUnless,
  walk,
} from './support.ts';

const path = folder();
const root = exported(path);
const DIR = { mode: 0o755 };
const LINK = { mode: 0o777 };

describe('links', () => {
  test('a symbolic link says what it was told, and is not followed', async () => {
    for (const [name, target] of [
      ['relative', '../x'],
      ['absolute', '/etc/passwd'],
      ['odd', 'caf\udce9\n'],
      ['long', 'x/'.repeat(2000)],
    ] as const) {
      const { qid } = await root.symlink(name, target, LINK, r);
      expect(qid.type).toBe(0x02);
      const chan = await walk(root, name);
      expect(await chan.readlink(r)).toBe(target);
      expect(await chan.attr(r)).toMatchObject({
        type: 'symlink',
        size: Buffer.byteLength(target, 'latin1'),
      });
      await chan.close('clunk', r);
    }
    expect(readlinkSync(`${path}/absolute`)).toBe('/etc/passwd');
    expect(await codeOf(() => root.symlink('empty', '', LINK, r))).toBe('ENOENT');
    expect(await codeOf(() => root.symlink('nul', 'a\0b', LINK, r))).toBe('EINVAL');
    await put(root, 'plain');
    expect(await codeOf(async () => (await walk(root, 'plain')).readlink(r))).toBe('EINVAL');
  });

  test('a hard link is another name of the same file', async () => {
    await put(root, 'one', 'content');
    const one = await walk(root, 'one');
    await root.link('two', one, r);
    const two = await walk(root, 'two');
    expect(two.qid).toEqual(one.qid);
    expect(await two.attr(r)).toMatchObject({ nlink: 2 });
    expect(await codeOf(() => root.link('two', one, r))).toBe('EEXIST');
    const link = await walk(root, 'absolute');
    await root.link('hardsoft', link, r);
    expect(readlinkSync(`${path}/hardsoft`)).toBe('/etc/passwd');
    await root.unlink('one', 'file', r);
    expect(await content(root, 'two')).toBe('content');
    expect(await codeOf(() => root.link('three', one, r))).toBe('ENOENT');
  });

  test('a file of another tree is EXDEV', async () => {
    const other = exportedElsewhere;
    expect(await codeOf(() => root.file.link!('x', other.file, r))).toBe('EXDEV');
    expect(await codeOf(() => root.file.rename!('plain', other.file, 'x', true, r))).toBe('EXDEV');
  });
});

const exportedElsewhere = exported(path);

describe('special files', () => {
  test('FIFOs and sockets are made', async () => {
    await root.mknod('fifo', { type: 'fifo', mode: 0o640, major: 0, minor: 0 }, r);
    await root.mknod('socket', { type: 'socket', mode: 0o600, major: 0, minor: 0 }, r);
    await root.mknod('regular', { type: 'file', mode: 0o600, major: 0, minor: 0 }, r);
    expect(lstatSync(`${path}/fifo`).isFIFO()).toBe(true);
    expect(lstatSync(`${path}/socket`).isSocket()).toBe(true);
    expect(statSync(`${path}/regular`)).toMatchObject({ size: 0 });
    expect(await (await walk(root, 'fifo')).attr(r)).toMatchObject({ type: 'fifo', mode: 0o640 });
  });

  const device = { type: 'char', mode: 0o600, major: 1, minor: 3 } as const;

  test('devices are refused', async () => {
    expect(await codeOf(() => root.mknod('null', device, r))).toBe('EPERM');
    expect(await codeOf(() => root.mknod('disk', { ...device, type: 'block' }, r))).toBe('EPERM');
    expect(existsSync(`${path}/null`)).toBe(false);
  });

  const allowing = exported(path, { allowDevices: true });
  testUnless(needsRoot, 'devices are made for root where that is allowed', async () => {
    await allowing.mknod('null', device, r);
    expect(await (await walk(allowing, 'null')).attr(r)).toMatchObject({ type: 'char', major: 1, minor: 3 });
    expect(await codeOf(() => opened(allowing, 'null'))).toBe('ENXIO');
    unlinkSync(`${path}/null`);
  });
});

describe('unlink', () => {
  test('what is asked for is what is removed', async () => {
    mkdirSync(`${path}/full/sub`, { recursive: true });
    writeFileSync(`${path}/doomed`, '');
    expect(await codeOf(() => root.unlink('doomed', 'dir', r))).toBe('ENOTDIR');
    expect(await codeOf(() => root.unlink('full', 'file', r))).toBe('EISDIR');
    expect(await codeOf(() => root.unlink('full', 'dir', r))).toBe('ENOTEMPTY');
    expect(await codeOf(() => root.unlink('full', 'any', r))).toBe('ENOTEMPTY');
    expect(await codeOf(() => root.unlink('missing', 'any', r))).toBe('ENOENT');
    await root.unlink('doomed', 'file', r);
    await (await walk(root, 'full')).unlink('sub', 'any', r);
    await root.unlink('full', 'dir', r);
    expect(existsSync(`${path}/full`)).toBe(false);
  });

  test('a symbolic link is removed, not what it leads to', async () => {
    mkdirSync(`${path}/target`);
    symlinkSync('target', `${path}/toTarget`);
    expect(await codeOf(() => root.unlink('toTarget', 'dir', r))).toBe('ENOTDIR');
    await root.unlink('toTarget', 'any', r);
    expect(existsSync(`${path}/target`)).toBe(true);
  });

  test('a file that is open goes on, for all that have walked to it', async () => {
    await put(root, 'ghost', 'still here');
    const fid = await walk(root, 'ghost');
    const open = await opened(root, 'ghost', READ_WRITE);
    await root.unlink('ghost', 'file', r);
    expect(await read(open)).toBe('still here');
    expect(await open.attr(r)).toMatchObject({ nlink: 0, size: 10 });
    await open.change({ size: 5, mode: 0o600 }, r);
    // Linux's client asks by a fid that is not the open one.
    expect(await fid.attr(r)).toMatchObject({ nlink: 0, size: 5, mode: 0o600 });
    await fid.change({ size: 2 }, r);
    expect(await read(open)).toBe('st');
    const again = fid.clone();
    await again.open(READ_WRITE, r);
    await again.write(2, Buffer.from('ay'), r);
    expect(await read(open)).toBe('stay');
    await put(root, 'ghost', 'another');
    expect(await read(open)).toBe('stay');
    await open.close('clunk', r);
    await again.close('clunk', r);
    expect(await codeOf(() => fid.attr(r))).toBe('ENOENT');
    expect(await content(root, 'ghost')).toBe('another');
  });

  test('a directory that is open and removed is empty, and takes nothing', async () => {
    await root.mkdir('gone', DIR, r);
    const open = await opened(root, 'gone');
    const fid = await walk(root, 'gone');
    await root.unlink('gone', 'dir', r);
    expect([...(open.list(0n, r) as Iterable<unknown>)]).toEqual([]);
    expect(await codeOf(() => put(fid, 'x'))).toBe('ENOENT');
    await open.close('clunk', r);
    expect(await codeOf(() => fid.attr(r))).toBe('ENOENT');
    expect(await codeOf(() => put(fid, 'x'))).toBe('ENOENT');
  });
});

describe('rename', () => {
  test('replaces as rename(2) does, and not where it must not', async () => {
    await put(root, 'from', 'from');
    await put(root, 'to', 'to');
    expect(await codeOf(() => root.rename('from', root, 'to', false, r))).toBe('EEXIST');
    expect(readFileSync(`${path}/to`, 'utf8')).toBe('to');
    await root.rename('from', root, 'to', true, r);
    expect(readFileSync(`${path}/to`, 'utf8')).toBe('from');
    await root.rename('to', root, 'new', false, r);
    expect(existsSync(`${path}/to`)).toBe(false);
    await root.mkdir('dir', DIR, r);
    expect(await codeOf(() => root.rename('new', root, 'dir', true, r))).toBe('EISDIR');
    expect(await codeOf(() => root.rename('dir', root, 'new', true, r))).toBe('ENOTDIR');
    expect(await codeOf(() => root.rename('missing', root, 'x', true, r))).toBe('ENOENT');
    const dir = await walk(root, 'dir');
    expect(await codeOf(() => root.rename('dir', dir, 'x', true, r))).toBe('EINVAL');
    expect(await codeOf(() => root.rename('dir', dir, 'x', false, r))).toBe('EINVAL');
  });

  test('files in use below a directory move with it', async () => {
    await root.mkdir('a', DIR, r);
    const a = await walk(root, 'a');
    await a.mkdir('b', DIR, r);
    const b = await walk(a, 'b');
    await put(b, 'deep', 'deep');
    const deep = await walk(root, 'a/b/deep');
    await root.mkdir('elsewhere', DIR, r);
    const elsewhere = await walk(root, 'elsewhere');
    await root.rename('a', elsewhere, 'moved', false, r);
    expect(await b.attr(r)).toMatchObject({ type: 'dir' });
    // A second later the directories' descriptors are gone, and the way is looked up by name.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await deep.attr(r)).toMatchObject({ size: 4 });
    await deep.open(READ_WRITE, r);
    expect(await read(deep)).toBe('deep');
    await put(b, 'new', 'new');
    expect(readdirSync(`${path}/elsewhere/moved/b`).toSorted()).toEqual(['deep', 'new']);
    await deep.close('clunk', r);
    // And back, by another File of the directory.
    await (await walk(root, 'elsewhere')).rename('moved', root, 'a', true, r);
    expect(await content(b, 'new')).toBe('new');
    expect(await content(a, 'b/new')).toBe('new');
  });

  test('what was replaced is gone, unless it is open', async () => {
    await put(root, 'x', 'x');
    await put(root, 'y', 'y');
    const [x, y, open] = [await walk(root, 'x'), await walk(root, 'y'), await opened(root, 'y')];
    await root.rename('x', root, 'y', true, r);
    expect((await x.attr(r)).size).toBe(1);
    expect(await read(open)).toBe('y');
    expect(await y.attr(r)).toMatchObject({ nlink: 0 });
    await open.close('clunk', r);
    expect(await codeOf(() => y.attr(r))).toBe('ENOENT');
    await x.open(READ_WRITE, r);
    expect(await read(x)).toBe('x');
    await x.close('clunk', r);
  });

  test('of two names of one file neither goes', async () => {
    await put(root, 'h1', 'h');
    linkSync(`${path}/h1`, `${path}/h2`);
    const [h1, h2] = [await walk(root, 'h1'), await walk(root, 'h2')];
    await root.rename('h1', root, 'h2', true, r);
    expect(existsSync(`${path}/h1`)).toBe(true);
    for (const chan of [h1, h2]) expect(await chan.attr(r)).toMatchObject({ nlink: 2 });
    await root.unlink('h2', 'file', r);
    expect(await h1.attr(r)).toMatchObject({ nlink: 1 });
    expect(await codeOf(() => h2.attr(r))).toBe('ENOENT');
  });

  test('onto itself nothing changes', async () => {
    await put(root, 'same', 's');
    const same = await walk(root, 'same');
    await root.rename('same', root, 'same', true, r);
    expect(await same.attr(r)).toMatchObject({ size: 1 });
  });
});

describe('what processes of the host do meanwhile', () => {
  test('another file under the name is ESTALE, none is ENOENT', async () => {
    writeFileSync(`${path}/taken`, 'mine');
    writeFileSync(`${path}/keeper`, 'keeps the number in use');
    const chan = await walk(root, 'taken');
    linkSync(`${path}/taken`, `${path}/other-name`);
    unlinkSync(`${path}/taken`);
    expect(await codeOf(() => chan.attr(r))).toBe('ENOENT');
    expect(await codeOf(() => chan.open(READ_WRITE, r))).toBe('ENOENT');
    renameSync(`${path}/keeper`, `${path}/taken`);
    for (const call of [
      () => chan.attr(r),
      () => chan.open(READ_WRITE, r),
      () => chan.change({ size: 0 }, r),
      () => chan.file.xattrs!.list(r),
      () => chan.statfs(r),
      () => root.link('linked', chan, r),
    ]) {
      expect(await codeOf(call)).toBe('ESTALE');
    }
    expect(existsSync(`${path}/linked`)).toBe(false);
    expect(readFileSync(`${path}/taken`, 'utf8')).toBe('keeps the number in use');
    // A new walk finds what is there now.
    expect(await content(root, 'taken')).toBe('keeps the number in use');
    // And the old one its file, should it come back.
    renameSync(`${path}/other-name`, `${path}/taken`);
    expect(await chan.attr(r)).toMatchObject({ size: 4 });
  });

  test('a directory that was made anew is another one', async () => {
    mkdirSync(`${path}/cache`);
    writeFileSync(`${path}/cache/old`, '');
    const cache = await walk(root, 'cache');
    const old = await walk(cache, 'old');
    renameSync(`${path}/cache`, `${path}/cache-before`);
    mkdirSync(`${path}/cache`);
    writeFileSync(`${path}/cache/new`, '');
    expect(await codeOf(() => walk(root, 'cache/old'))).toBe('ENOENT');
    await walk(root, 'cache/new');
    rmSync(`${path}/cache-before`, { recursive: true });
    expect(await codeOf(() => old.attr(r))).toBe('ENOENT');
    expect(await codeOf(() => put(cache, 'x'))).toBe('ESTALE');
    expect(readdirSync(`${path}/cache`)).toEqual(['new']);
  });

  test('a change by the host is another version', async () => {
    writeFileSync(`${path}/version`, 'a');
    const chan = await walk(root, 'version');
    const { version } = chan.qid;
    expect(version).not.toBe(0);
    await chan.attr(r);
    expect(chan.qid.version).toBe(version);
    writeFileSync(`${path}/version`, 'ab');
    await chan.attr(r);
    expect(chan.qid.version).not.toBe(version);
    const changed = chan.qid;
    // New names and modes are no new content: a client that caches must not take it for another file.
    await root.link('version2', chan, r);
    await chan.change({ mode: 0o600 }, r);
    expect((await walk(root, 'version2')).qid).toEqual(changed);
  });
});
