/** Regular files: made, opened, read, written, and their blocks. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Chan, READ, READ_WRITE, REWRITE, WRITE, isPromise, openMode } from '../../../src/file/index.ts';
import { hostDirectory } from '../../../src/resources/file/index.ts';
import { codeOf, content, exported, folder, opened, put, r, read, walk } from './support.ts';

const path = folder();
const root = exported(path);
const APPEND = openMode({ write: true, append: true });

describe('create', () => {
  test('makes a file and opens it', async () => {
    const chan = root.clone();
    await chan.create('made', { mode: 0o600 }, READ_WRITE, r);
    expect(await chan.write(0, Buffer.from('hello'), r)).toBe(5);
    expect(await read(chan)).toBe('hello');
    expect(chan.qid.type).toBe(0);
    await chan.close('clunk', r);
    expect(readFileSync(`${path}/made`, 'utf8')).toBe('hello');
  });

  test('a taken name is EEXIST, whatever has taken it', async () => {
    writeFileSync(`${path}/taken`, 'before');
    symlinkSync('nowhere', `${path}/dangling`);
    mkdirSync(`${path}/takenDir`);
    for (const name of ['taken', 'dangling', 'takenDir']) {
      expect(await codeOf(() => root.clone().create(name, { mode: 0o644 }, REWRITE, r))).toBe('EEXIST');
    }
    expect(readFileSync(`${path}/taken`, 'utf8')).toBe('before');
  });

  test('the mode is what was asked for, whatever the umask of the server', async () => {
    const before = process.umask(0o077);
    try {
      await put(root, 'wide', '', 0o666);
      await root.mkdir('wideDir', { mode: 0o777 }, r);
      await root.mknod('wideFifo', { type: 'fifo', mode: 0o662, major: 0, minor: 0 }, r);
    } finally {
      process.umask(before);
    }
    expect(statSync(`${path}/wide`).mode & 0o7777).toBe(0o666);
    expect(statSync(`${path}/wideDir`).mode & 0o7777).toBe(0o777);
    expect(statSync(`${path}/wideFifo`).mode & 0o7777).toBe(0o662);
  });

  test('a file that cannot be written is open for writing all the same', async () => {
    const chan = root.clone();
    await chan.create('readonly', { mode: 0o444 }, WRITE, r);
    expect(await chan.write(0, Buffer.from('x'), r)).toBe(1);
    await chan.close('clunk', r);
    expect(statSync(`${path}/readonly`).mode & 0o777).toBe(0o444);
  });

  test('what no host file can be is refused, and nothing is made', async () => {
    expect(await codeOf(() => root.clone().create('app', { mode: 0o644, append: true }, REWRITE, r))).toBe(
      'EOPNOTSUPP',
    );
    expect(await codeOf(() => root.mkdir('excl', { mode: 0o755, exclusive: true }, r))).toBe('EOPNOTSUPP');
    expect(await codeOf(() => statSync(`${path}/app`))).toBe('ENOENT');
  });
});

describe('open', () => {
  test('truncates, and the qid has another version', async () => {
    await put(root, 'long', 'a long content');
    const chan = await walk(root, 'long');
    const { version } = chan.qid;
    await chan.open(REWRITE, r);
    expect(statSync(`${path}/long`).size).toBe(0);
    expect(chan.qid.version).not.toBe(version);
    await chan.close('clunk', r);
  });

  test('to append: every write goes to the end, from two opens in turn', async () => {
    await put(root, 'appended', 'start ');
    const [a, b] = [await opened(root, 'appended', APPEND), await opened(root, 'appended', APPEND)];
    await a.write(0, Buffer.from('one '), r);
    await b.write(0, Buffer.from('two '), r);
    await a.write(3, Buffer.from('three'), r);
    await Promise.all([a.close('clunk', r), b.close('clunk', r)]);
    expect(await content(root, 'appended')).toBe('start one two three');
  });

  test('what is no regular file is refused at once: nothing waits, nothing acts', async () => {
    for (const type of ['fifo', 'socket'] as const) {
      await root.mknod(type, { type, mode: 0o666, major: 0, minor: 0 }, r);
      for (const mode of [READ, WRITE, READ_WRITE]) {
        const chan = await walk(root, type);
        expect(await codeOf(() => chan.open(mode, r))).toBe('ENXIO');
        await chan.close('clunk', r);
      }
    }
    const dev = exported('/dev');
    const chan = await walk(dev, 'null');
    expect(await chan.attr(r)).toMatchObject({ type: 'char', major: 1, minor: 3 });
    expect(await codeOf(() => chan.open(READ, r))).toBe('ENXIO');
    await chan.close('clunk', r);
  });

  test('a symbolic link is ELOOP, also where the Chan does not look', async () => {
    symlinkSync('made', `${path}/link`);
    const chan = await walk(root, 'link');
    expect(await codeOf(() => chan.open(READ, r))).toBe('ELOOP');
    expect(await codeOf(() => chan.file.open!(READ, r))).toBe('ELOOP');
    await chan.close('clunk', r);
  });
});

describe('read and write', () => {
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7) % 251));
  writeFileSync(`${path}/big`, bytes);

  test.each([1, 4096, 65_536, 262_144, 262_145, 1_048_576])('%i bytes from anywhere', async (size) => {
    const chan = await opened(root, 'big');
    for (const offset of [0, 1, 1_000_003, bytes.length - 5, bytes.length, bytes.length + 10]) {
      const into = new Uint8Array(size);
      const length = await chan.read(offset, into, r);
      const wanted = bytes.subarray(offset, offset + size);
      expect(length).toBe(wanted.length);
      expect(Buffer.compare(into.subarray(0, length), wanted)).toBe(0);
    }
    await chan.close('clunk', r);
  });

  test('what is not in memory is read as well, later', async () => {
    const chan = await opened(root, 'big');
    const into = new Uint8Array(100_000);
    dropFromMemory(`${path}/big`);
    const reading = chan.read(1_500_000, into, r);
    if (!isPromise(reading))
      process.stderr.write('not tried: a read from the disk: the file stays in memory\n');
    expect(await reading).toBe(100_000);
    expect(Buffer.compare(into, bytes.subarray(1_500_000, 1_600_000))).toBe(0);
    await chan.close('clunk', r);
  });

  test.each([1, 65_536, 262_144, 262_145, 1_048_576])('%i bytes are written whole', async (size) => {
    const chan = root.clone();
    await chan.create(`written${size}`, { mode: 0o644 }, READ_WRITE, r);
    expect(await chan.write(10, bytes.subarray(0, size), r)).toBe(size);
    await chan.close('clunk', r);
    const there = readFileSync(`${path}/written${size}`);
    expect(there.length).toBe(size + 10);
    expect(Buffer.compare(there.subarray(10), bytes.subarray(0, size))).toBe(0);
  });

  test('what is small and in memory takes no promise', async () => {
    await put(root, 'small', 'content');
    const chan = await opened(root, 'small', READ_WRITE);
    expect(isPromise(chan.read(0, new Uint8Array(4096), r))).toBe(false);
    expect(isPromise(chan.write(0, Buffer.alloc(4096), r))).toBe(false);
    await chan.close('clunk', r);
  });

  test.each(['read', 'write', 'sync'] as const)('a close waits for a %s that is being done', async (what) => {
    await put(root, `busy-${what}`);
    const chan = await opened(root, `busy-${what}`, READ_WRITE);
    await chan.write(0, bytes, r);
    const into = new Uint8Array(2_000_000);
    const work = {
      read: () => chan.read(0, into, r),
      write: () => chan.write(0, bytes, r),
      sync: () => chan.sync(false, r),
    };
    const working = work[what]();
    expect(isPromise(working)).toBe(true);
    const closing = chan.close('lost', r);
    expect(isPromise(closing)).toBe(true);
    // Until then its descriptor's number is no other file's.
    const other = await opened(root, 'small');
    await working;
    await closing;
    if (what === 'read') expect(Buffer.compare(into, bytes.subarray(0, 2_000_000))).toBe(0);
    expect(Buffer.compare(readFileSync(`${path}/busy-${what}`), bytes)).toBe(0);
    await other.close('clunk', r);
  });

  test('an error of the host keeps its code', async () => {
    await put(root, 'huge', '');
    const chan = await opened(root, 'huge', READ_WRITE);
    expect(await codeOf(() => chan.allocate(0, 2 ** 52, false, r))).toMatch(/^(EFBIG|ENOSPC)$/);
    await chan.close('clunk', r);
  });

  const full = exported('/dev');
  test('a device is not opened, not even the one that is full', async () => {
    expect(await codeOf(() => opened(full, 'full', WRITE))).toBe('ENXIO');
  });
});

describe('blocks', () => {
  test('sync', async () => {
    const chan = await opened(root, 'big', READ_WRITE);
    await chan.sync(true, r);
    await chan.sync(false, r);
    await chan.close('clunk', r);
    const dir = await opened(root, '');
    await dir.sync(false, r);
    await dir.close('clunk', r);
  });

  test('allocate and seek', async () => {
    const chan = root.clone();
    await chan.create('sparse', { mode: 0o644 }, READ_WRITE, r);
    await chan.write(1_048_576, Buffer.from('data'), r);
    expect(await chan.seek(0, 'data', r)).toBe(1_048_576);
    expect(await chan.seek(1_048_576, 'hole', r)).toBe(1_048_580);
    expect(await codeOf(() => chan.seek(2_000_000, 'data', r))).toBe('ENXIO');
    await chan.allocate(0, 2_097_152, true, r);
    expect(statSync(`${path}/sparse`).size).toBe(1_048_580);
    await chan.allocate(0, 2_097_152, false, r);
    expect(statSync(`${path}/sparse`).size).toBe(2_097_152);
    await chan.close('clunk', r);
  });

  test('statfs, of the root and of a file', async () => {
    for (const name of ['', 'big']) {
      const chan = await walk(root, name);
      const figures = await chan.statfs(r);
      expect(figures.bsize).toBeGreaterThan(0);
      expect(figures.blocks).toBeGreaterThan(0);
      expect(figures.namelen).toBeGreaterThanOrEqual(255);
      expect(Object.keys(figures)).not.toContain('type');
      await chan.close('clunk', r);
    }
  });
});

describe('the export itself', () => {
  test('a path that is no directory is an error of the host', async () => {
    expect(await codeOf(() => hostDirectory(`${path}/missing`))).toBe('ENOENT');
    expect(await codeOf(() => hostDirectory(`${path}/big`))).toBe('ENOTDIR');
  });

  test('a path that is a symbolic link is followed: whoever serves has named it', async () => {
    mkdirSync(`${path}/real`);
    writeFileSync(`${path}/real/inside`, 'x');
    symlinkSync('real', `${path}/toReal`);
    expect(await content(exported(`${path}/toReal`), 'inside')).toBe('x');
  });

  test('after its release nothing is found any more, and what is open stays', async () => {
    const file = hostDirectory(path);
    const chan = Chan.attach(file);
    const open = await opened(chan, 'small');
    file.release!();
    file.release!();
    expect((await read(open)).length).toBe(4096);
    expect(await codeOf(() => file.walk!('small', r))).toBe('ENOENT');
    expect(await codeOf(() => file.attr(r))).toBe('ENOENT');
    await open.close('clunk', r);
  });

  test('elsewhere than on Linux it says so', () => {
    const real = Object.getOwnPropertyDescriptor(process, 'platform')!;
    Object.defineProperty(process, 'platform', { ...real, value: 'darwin' });
    try {
      expect(() => hostDirectory(path)).toThrow('on Linux only, not on darwin');
    } finally {
      Object.defineProperty(process, 'platform', real);
    }
  });
});

/** Has the kernel forget a file's pages, if dd knows how to. */
function dropFromMemory(file: string): void {
  spawnSync('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { timeout: 5000 });
}
