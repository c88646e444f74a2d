/** Our client against diod, a 9P2000.L server in C, on a directory of this host. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { lstat, mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fid, attach, type AttachOptions, type RemoteFile } from '../../src/client/index.ts';
import { Chan, READ, READ_WRITE, type LockRequest, type Request } from '../../src/file/index.ts';
import { connect } from '../../src/transport/index.ts';
import {
  missingPrograms,
  startDiod,
  temporaryDirectory,
  type Server,
  type TemporaryDirectory,
} from './programs.ts';

const ENTRIES = 2000;

const lacking = missingPrograms('diod');
if (lacking !== undefined) process.stderr.write(`our client with diod: skipped, ${lacking}\n`);

const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;
const user = { name: uid === 0 ? 'root' : String(uid), uid, gid };
const request: Request = { user, aname: '', signal: new AbortController().signal };

const letters = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const codeOf = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'no error';
};

(lacking === undefined ? describe : describe.skip)('our client with diod', () => {
  let directory: TemporaryDirectory;
  let server: Server;
  let count = 0;
  /** What this test has for itself, on the host. */
  let path: string;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    server = await startDiod(directory.path);
  });
  beforeEach(async () => {
    path = join(directory.path, `test${count++}`);
    await mkdir(path);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  async function attached(options: AttachOptions = {}): Promise<RemoteFile> {
    const stream = await connect(`tcp://127.0.0.1:${server.port}`);
    return attach(stream, {
      user,
      aname: directory.path,
      path: path.slice(directory.path.length),
      ...options,
    });
  }

  const rooted = async (options?: AttachOptions): Promise<Fid> => new Fid(await attached(options));

  /** A Chan of a file, for what a Fid does not offer. */
  async function opened(root: RemoteFile, name: string): Promise<Chan> {
    const { chan, error } = await Chan.attach(root, { borrowed: true }).walk([name], request);
    if (!chan) throw error;
    await chan.open(READ_WRITE, request);
    return chan;
  }

  test('agrees on 9P2000.L, and on a size of messages', async () => {
    await using root = await rooted({ msize: 10_000 });
    const { connection } = (await attached()).tree;
    expect(connection.dialect).toBe('9P2000.L');
    expect(root.isDir).toBe(true);
    await connection.close();
  });

  test('an export that there is not, and a dialect that diod refuses', async () => {
    await expect(attached({ aname: '/no/such/export' })).rejects.toThrow(
      /does not let .* attach "\/no\/such\/export"/,
    );
    await expect(attached({ dialects: ['9P2000'] })).rejects.toThrow(/^tcp:\/\/127\.0\.0\.1:\d+ /);
  });

  test('what it writes is on the host, and what is on the host it reads', async () => {
    await using root = await rooted();
    const data = letters(3_000_001);
    await root.writeFile('written', data);
    expect(Buffer.compare(await readFile(join(path, 'written')), data)).toBe(0);
    await writeFile(join(path, 'given'), data);
    expect(Buffer.compare(await root.readFile('given'), data)).toBe(0);
    await root.writeFile('written', ' more', { append: true });
    expect((await stat(join(path, 'written'))).size).toBe(data.length + 5);
    await root.writeFile('written', 'less');
    expect(await readFile(join(path, 'written'), 'utf8')).toBe('less');
  });

  test('small messages do as well', async () => {
    await using root = await rooted({ msize: 4096 });
    const data = letters(100_000);
    await root.writeFile('f', data);
    expect(Buffer.compare(await root.readFile('f'), data)).toBe(0);
    expect(Buffer.compare(await readFile(join(path, 'f')), data)).toBe(0);
  });

  test('a large copy', async () => {
    await using root = await rooted();
    const data = letters(20_000_000);
    await writeFile(join(path, 'from'), data);
    await using from = await root.walk('from');
    await using to = await root.create('to');
    let last = 0;
    expect(await from.copy(to, { progress: (bytes) => (last = bytes) })).toBe(data.length);
    expect(last).toBe(data.length);
    await to.close();
    expect(Buffer.compare(await readFile(join(path, 'to')), data)).toBe(0);
  });

  test(`a directory of ${ENTRIES} entries`, async () => {
    await using root = await rooted();
    const names = Array.from({ length: ENTRIES }, (_, i) => `entry-${i}`);
    await root.mkdir('many');
    await Promise.all(names.map((name) => root.writeFile(`many/${name}`, name)));
    const found: string[] = [];
    for await (const { name, attr } of root.list({ path: 'many', stat: true })) {
      expect(attr).toMatchObject({ type: 'file', size: name.length });
      found.push(name);
    }
    expect(found.toSorted()).toEqual(names.toSorted());
    await root.removeAll('many');
    expect(await codeOf(() => stat(join(path, 'many')))).toBe('ENOENT');
  });

  test('goes on in a directory from where it was', async () => {
    const file = await attached({ msize: 4096 });
    await using root = new Fid(file);
    for (let i = 0; i < 200; i++) await writeFile(join(path, `f${i}`), '');
    const dir = Chan.attach(file, { borrowed: true }).clone();
    await dir.open(READ, request);
    const entries = [];
    for await (const entry of dir.list(0n, request)) entries.push(entry);
    expect(entries).toHaveLength(200);
    const rest: string[] = [];
    for await (const { name } of dir.list(entries[120].cookie, request)) rest.push(name);
    expect(rest).toEqual(entries.slice(121).map(({ name }) => name));
    await dir.close('clunk', request);
    expect(root.isDir).toBe(true);
  });

  test('40 names deep', async () => {
    await using root = await rooted();
    const deep = Array.from({ length: 40 }, (_, i) => `d${i}`).join('/');
    await root.mkdirAll(deep);
    await root.writeFile(`${deep}/f`, 'deep');
    expect(await readFile(join(path, deep, 'f'), 'utf8')).toBe('deep');
    await using d = await root.walk(`${deep}/f`);
    expect(await d.readText()).toBe('deep');
    expect(await codeOf(() => root.stat(deep.replace('d30', 'x')))).toBe('ENOENT');
    await root.removeAll('d0');
  });

  test('names that are long, or UTF-8, or not', async () => {
    await using root = await rooted();
    for (const name of ['x'.repeat(255), 'grün €😀', 'not-\udcff-utf8']) {
      await root.writeFile(name, name.slice(0, 3));
      expect(await root.readText(name)).toBe(name.slice(0, 3));
    }
    const names: string[] = [];
    for await (const { name } of root.list()) names.push(name);
    expect(names).toContain('not-\udcff-utf8');
    expect(await codeOf(() => root.writeFile('x'.repeat(256), ''))).toBe('ENAMETOOLONG');
  });

  test('attributes', async () => {
    await using root = await rooted();
    await root.writeFile('f', 'hello', { perm: 0o640 });
    const mtime = { sec: 1_000_000_000, nsec: 123_456_789 };
    await root.change('f', { mode: 0o4750, size: 3, mtime });
    const before = await stat(join(path, 'f'), { bigint: true });
    expect([before.mode & 0o7777n, before.size, before.mtimeNs]).toEqual([
      0o4750n,
      3n,
      1_000_000_000_123_456_789n,
    ]);
    expect(await root.stat('f')).toMatchObject({ type: 'file', mode: 0o4750, size: 3, mtime, uid, nlink: 1 });
    await root.change('f', { mtime: 'now' });
    expect(Math.abs((await root.stat('f')).mtime.sec - Date.now() / 1000)).toBeLessThan(60);
    if (uid === 0) {
      await root.change('f', { uid: 12, gid: 34 });
      expect(await root.stat('f')).toMatchObject({ uid: 12, gid: 34 });
    }
  });

  test('links and special files', async () => {
    const file = await attached();
    await using root = new Fid(file);
    await root.writeFile('f', 'content');
    await root.symlink('s', '../some/where');
    await root.link('l', 'f');
    expect(await readlink(join(path, 's'))).toBe('../some/where');
    expect(await root.readlink('s')).toBe('../some/where');
    expect(await root.stat('s')).toMatchObject({ type: 'symlink' });
    expect((await stat(join(path, 'l'))).nlink).toBe(2);
    await file.mknod('p', { type: 'fifo', mode: 0o600, major: 0, minor: 0 }, request);
    expect((await lstat(join(path, 'p'))).isFIFO()).toBe(true);
    expect(await root.stat('p')).toMatchObject({ type: 'fifo', nature: 'stream', mode: 0o600 });
  });

  test('renames, over what is there too, and across directories', async () => {
    await using root = await rooted();
    await root.mkdirAll('a/b');
    await root.writeFile('f', 'f');
    await root.writeFile('a/b/g', 'g');
    expect(await codeOf(() => root.rename('f', 'a/b/g', { replace: false }))).toBe('EEXIST');
    await root.rename('f', 'a/b/g');
    expect(await readFile(join(path, 'a/b/g'), 'utf8')).toBe('f');
    expect(await codeOf(() => stat(join(path, 'f')))).toBe('ENOENT');
    await root.rename('a/b', 'c');
    expect(await root.readText('c/g')).toBe('f');
  });

  test('removes', async () => {
    await using root = await rooted();
    await root.mkdirAll('a/b');
    await root.writeFile('f', 'f');
    expect(await codeOf(() => root.remove('a'))).toBe('ENOTEMPTY');
    expect(await codeOf(() => root.remove('x'))).toBe('ENOENT');
    await root.remove('a/b');
    await root.remove('a');
    await root.remove('f');
    const left: string[] = [];
    for await (const { name } of root.list()) left.push(name);
    expect(left).toEqual([]);
  });

  test('a file without a name lives on while it is open', async () => {
    await using root = await rooted();
    await root.writeFile('f', 'still here');
    await using file = await (await root.walk('f')).open('r+');
    await root.remove('f');
    expect(new TextDecoder().decode(await file.read())).toBe('still here');
    await file.write(' and there');
    // diod looks for attributes under the name that the file had.
    expect(await codeOf(() => file.stat())).toBe('ENOENT');
    expect(new TextDecoder().decode(await file.read({ offset: 0 }))).toBe('still here and there');
  });

  test('locks', async () => {
    const [one, two] = [await attached(), await attached()];
    await writeFile(join(path, 'f'), 'x');
    const [mine, yours] = [await opened(one, 'f'), await opened(two, 'f')];
    const range = { start: 0, length: 10 };
    const lock = (type: LockRequest['type'], client: string): LockRequest => ({
      type,
      ...range,
      owner: { session: one, client, process: 1 },
    });
    expect(await mine.lock(lock('write', 'me'), request)).toBe(true);
    expect(await yours.lock(lock('write', 'you'), request)).toBe(false);
    expect(await yours.getLock(lock('write', 'you'), request)).toMatchObject({ type: 'write' });
    expect(await mine.lock(lock('unlock', 'me'), request)).toBe(true);
    expect(await yours.lock(lock('write', 'you'), request)).toBe(true);
    for (const chan of [mine, yours]) await chan.close('clunk', request);
    one.release();
    two.release();
  });

  test('extended attributes', async () => {
    const file = await attached();
    await using root = new Fid(file);
    await root.writeFile('f', 'x');
    const chan = await opened(file, 'f');
    const xattrs = await chan.xattrs('write', request);
    const set = (name: string, value: string, how: 'create' | 'replace' | 'any') => () =>
      xattrs.set(name, bytes(value), how, request);
    const unsupported = await codeOf(set('user.one', '1', 'create'));
    if (unsupported === 'EOPNOTSUPP') {
      process.stderr.write('extended attributes with diod: skipped, its file system has none\n');
    } else {
      expect(unsupported).toBe('no error');
      expect(await codeOf(set('user.one', '2', 'create'))).toBe('EEXIST');
      expect(await codeOf(set('user.two', '2', 'replace'))).toBe('ENODATA');
      await set('user.two', 'two', 'any')();
      expect((await xattrs.list(request)).filter((name) => name.startsWith('user.')).toSorted()).toEqual([
        'user.one',
        'user.two',
      ]);
      expect(new TextDecoder().decode(await xattrs.get('user.two', request))).toBe('two');
      await xattrs.remove('user.two', request);
      expect(await codeOf(() => xattrs.get('user.two', request))).toBe('ENODATA');
    }
    await chan.close('clunk', request);
  });

  test('statfs and sync', async () => {
    const file = await attached();
    await using root = new Fid(file);
    await root.writeFile('f', 'x');
    const chan = await opened(file, 'f');
    expect(await chan.statfs(request)).toMatchObject({ namelen: 255, bsize: expect.any(Number) });
    await chan.sync(false, request);
    await chan.sync(true, request);
    await chan.close('clunk', request);
  });

  test('a thousand calls at once, and no fid left over', async () => {
    const file = await attached();
    await using root = new Fid(file);
    await root.writeFile('f', letters(10_000));
    const reads = Array.from({ length: 1000 }, async (_, i) => {
      await using fid = await (await root.walk('f')).open();
      return await fid.read({ offset: i, length: 5 });
    });
    for (const [i, part] of (await Promise.all(reads)).entries()) {
      expect(part).toEqual(letters(10_000).subarray(i, i + 5));
    }
    await file.attr(request);
    expect(file.tree.connection.fids.used).toBe(1);
  });

  test('a call that is given up ends nothing else', async () => {
    await using root = await rooted();
    await root.writeFile('f', letters(5_000_000));
    const controller = new AbortController();
    const reading = root.readFile('f', { signal: controller.signal });
    const others = [root.stat('f'), root.readFile('f')] as const;
    setImmediate(() => controller.abort());
    await expect(reading).rejects.toThrow(/abort/);
    expect((await others[0]).size).toBe(5_000_000);
    expect(await others[1]).toHaveLength(5_000_000);
  });

  test('a server that dies', async () => {
    await using own = await startDiod(directory.path);
    const stream = await connect(`tcp://127.0.0.1:${own.port}`);
    const file = await attach(stream, { user, aname: directory.path });
    const root = new Fid(file);
    expect((await root.stat()).type).toBe('dir');
    await own[Symbol.asyncDispose]();
    const end = await file.tree.connection.closed();
    expect(end?.message).toMatch(/^the (server at|connection to) tcp:\/\/127\.0\.0\.1:\d+/);
    expect(await codeOf(() => root.stat())).toBe('ECONNRESET');
  });
});
