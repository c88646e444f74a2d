/** Files behind a server of our own, in each dialect, used as Files are: by a Chan. */
import { describe, expect, test } from '@jest/globals';
import { Chan, READ, READ_WRITE, openMode, type Request } from '../../src/file/index.ts';
import { ram } from '../../src/resources/index.ts';
import { failureOf, settled } from './fake-server.ts';
import { DIALECTS, OWNER, served, type Served } from './served.ts';

const request: Request = { user: OWNER, aname: '', signal: new AbortController().signal };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The file at a path, in use; the test's tree is thrown away with all that is not closed. */
async function at(tree: Served, path: string): Promise<Chan> {
  const { chan, error } = await Chan.attach(tree.file, { borrowed: true }).walk(path.split('/'), request);
  if (!chan) throw error;
  return chan;
}

async function opened(tree: Served, path: string, mode = READ): Promise<Chan> {
  const chan = await at(tree, path);
  await chan.open(mode, request);
  return chan;
}

async function names(chan: Chan, cookie = 0n): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name } of chan.list(cookie, request)) found.push(name);
  return found;
}

describe.each(DIALECTS)('in %s', (dialect) => {
  const unix = dialect !== '9P2000';
  const linux = dialect === '9P2000.L';

  test('what is not there is ENOENT, and a file is no directory', async () => {
    await using tree = await served(dialect);
    await tree.root.writeFile('f', 'x');
    expect(await failureOf(at(tree, 'nothing'))).toMatchObject({ code: 'ENOENT' });
    expect(await failureOf(at(tree, 'nothing/at/all'))).toMatchObject({ code: 'ENOENT' });
    expect(await failureOf(at(tree, 'f/x'))).toMatchObject({ code: 'ENOTDIR' });
    expect(await tree.file.walk('nothing', request)).toBeUndefined();
  });

  test('a file is created, exclusively, with its mode', async () => {
    await using tree = await served(dialect);
    const chan = Chan.attach(tree.file, { borrowed: true });
    await chan.create('f', { mode: 0o640 }, READ_WRITE, request);
    expect(await chan.write(0, bytes('hello'), request)).toBe(5);
    expect(text(await chan.take(1, 100, request))).toBe('ello');
    expect(await chan.attr(request)).toMatchObject({ type: 'file', mode: 0o640, size: 5 });
    await chan.close('clunk', request);
    const again = Chan.attach(tree.file, { borrowed: true });
    const failure = failureOf(Promise.resolve(again.create('f', { mode: 0o640 }, READ, request)));
    expect(await failure).toMatchObject({ code: 'EEXIST' });
    await again.mkdir('d', { mode: 0o755 }, request);
    expect(await (await at(tree, 'd')).attr(request)).toMatchObject({ type: 'dir', mode: 0o755 });
  });

  test('appending goes to the end', async () => {
    await using tree = await served(dialect);
    await tree.root.writeFile('f', 'one');
    const chan = await opened(tree, 'f', openMode({ write: true, append: true }));
    await chan.write(0, bytes(' two'), request);
    await chan.write(1, bytes(' three'), request);
    await chan.close('clunk', request);
    expect(await tree.root.readText('f')).toBe('one two three');
  });

  test('attributes change', async () => {
    await using tree = await served(dialect);
    await tree.root.writeFile('f', 'hello');
    const chan = await at(tree, 'f');
    const mtime = { sec: 1_000_000_000, nsec: linux ? 123_456_789 : 0 };
    await chan.change({ mode: 0o600, size: 2, mtime }, request);
    expect(await chan.attr(request)).toMatchObject({ mode: 0o600, size: 2, mtime });
    await chan.change({ mtime: 'now' }, request);
    const { mtime: now } = await chan.attr(request);
    expect(Math.abs(now.sec - Date.now() / 1000)).toBeLessThan(60);
    await chan.open(READ_WRITE, request);
    await chan.change({ size: 1 }, request);
    expect(await chan.attr(request)).toMatchObject({ mode: 0o600, size: 1 });
  });

  test('a mode keeps its other bits', async () => {
    await using tree = await served(dialect);
    await tree.root.mkdir('d');
    const chan = await at(tree, 'd');
    await chan.change({ mode: unix ? 0o1700 : 0o700 }, request);
    expect(await chan.attr(request)).toMatchObject({ type: 'dir', mode: unix ? 0o1700 : 0o700 });
    expect(chan.isDir).toBe(true);
  });

  test('names go, and only those that were meant', async () => {
    await using tree = await served(dialect);
    await tree.root.writeFile('f', '');
    await tree.root.mkdirAll('d/sub');
    const dir = Chan.attach(tree.file, { borrowed: true });
    const unlink = async (name: string, what: 'file' | 'dir' | 'any') => dir.unlink(name, what, request);
    expect(await failureOf(unlink('d', 'file'))).toMatchObject({ code: 'EISDIR' });
    expect(await failureOf(unlink('f', 'dir'))).toMatchObject({ code: 'ENOTDIR' });
    expect(await failureOf(unlink('d', 'any'))).toMatchObject({ code: 'ENOTEMPTY' });
    expect(await failureOf(unlink('x', 'any'))).toMatchObject({ code: 'ENOENT' });
    await (await at(tree, 'd')).unlink('sub', 'dir', request);
    await unlink('d', 'any');
    await unlink('f', 'any');
    expect(await names(await opened(tree, '.'))).toEqual([]);
  });

  test('names move', async () => {
    await using tree = await served(dialect);
    await tree.root.writeFile('f', 'f');
    await tree.root.writeFile('g', 'g');
    await tree.root.mkdir('d');
    const dir = Chan.attach(tree.file, { borrowed: true });
    const rename = async (from: string, to: Chan, name: string, replace = true) =>
      dir.rename(from, to, name, replace, request);
    expect(await failureOf(rename('f', dir, 'g', false))).toMatchObject({ code: 'EEXIST' });
    await rename('f', dir, 'h');
    expect(await tree.root.readText('h')).toBe('f');
    const across = rename('h', await at(tree, 'd'), 'g');
    if (!linux) expect(await failureOf(across)).toMatchObject({ code: 'EXDEV' });
    else {
      await across;
      await rename('g', await at(tree, 'd'), 'g');
      expect(await tree.root.readText('d/g')).toBe('g');
    }
  });

  test('links and special files, where there are any', async () => {
    await using tree = await served(dialect);
    await tree.root.writeFile('f', 'content');
    const dir = Chan.attach(tree.file, { borrowed: true });
    const spec = { mode: 0o644 };
    if (!unix) {
      for (const make of [
        async () => dir.symlink('s', 'f', spec, request),
        async () => dir.link('l', await at(tree, 'f'), request),
        async () => dir.mknod('p', { ...spec, type: 'fifo', major: 0, minor: 0 }, request),
      ]) {
        expect(await failureOf(make())).toMatchObject({ code: 'EPERM' });
      }
      return;
    }
    await dir.symlink('s', '../somewhere/else', spec, request);
    const link = await at(tree, 's');
    expect(await link.readlink(request)).toBe('../somewhere/else');
    expect(await link.attr(request)).toMatchObject({ type: 'symlink' });
    await dir.link('l', await at(tree, 'f'), request);
    expect(await tree.root.readText('l')).toBe('content');
    await dir.mknod('p', { ...spec, type: 'fifo', major: 0, minor: 0 }, request);
    expect(await (await at(tree, 'p')).attr(request)).toMatchObject({ type: 'fifo', nature: 'stream' });
    const failure = failureOf((async () => (await at(tree, 'f')).readlink(request))());
    expect(await failure).toMatchObject({ code: 'EINVAL' });
  });

  test('a directory of 2,000 entries, and from any cookie on', async () => {
    await using tree = await served(dialect, ram(), { msize: 4096 });
    const expected = Array.from({ length: 2000 }, (_, i) => `entry-${i}`);
    await tree.root.mkdir('d');
    await Promise.all(expected.map((name) => tree.root.writeFile(`d/${name}`, '')));
    const dir = await opened(tree, 'd');
    const all: { name: string; cookie: bigint }[] = [];
    for await (const { name, cookie, type } of dir.list(0n, request)) {
      expect(type).toBe('file');
      all.push({ name, cookie });
    }
    expect(all.map(({ name }) => name).toSorted()).toEqual(expected.toSorted());
    for (const i of [0, 1, 77, 1234, 1999]) {
      expect(await names(dir, all[i].cookie)).toEqual(all.slice(i + 1).map(({ name }) => name));
    }
    expect(await names(dir)).toHaveLength(2000);
  });

  test('entries that came are not asked for again', async () => {
    await using tree = await served(dialect);
    for (let i = 0; i < 50; i++) await tree.root.writeFile(`f${i}`, '');
    const dir = await opened(tree, '.');
    tree.tap.reset();
    let cookie = 0n;
    let count = 0;
    // As a server reads that has room for three at a time: the fourth is taken, and does not fit.
    for (let more = true; more;) {
      let room = 3;
      more = false;
      for await (const entry of dir.list(cookie, request)) {
        if (room-- === 0) {
          more = true;
          break;
        }
        cookie = entry.cookie;
        count++;
      }
    }
    expect(count).toBe(50);
    expect(tree.tap.messages.length).toBeLessThanOrEqual(3);
  });

  test('sync, statfs, locks and extended attributes', async () => {
    await using tree = await served(dialect);
    await tree.root.writeFile('f', 'x');
    const chan = await opened(tree, 'f', READ_WRITE);
    await chan.sync(false, request);
    if (!linux) {
      expect(await failureOf((async () => chan.statfs(request))())).toMatchObject({ code: 'EOPNOTSUPP' });
      expect(await failureOf((async () => chan.xattrs('read', request))())).toMatchObject({
        code: 'EOPNOTSUPP',
      });
      return;
    }
    expect(await chan.statfs(request)).toMatchObject({ namelen: 255 });
    const [one, two] = [{}, {}].map((session) => ({ session, client: 'me', process: 1 }));
    const range = { start: 10, length: 5 };
    expect(await chan.lock({ type: 'write', owner: one, ...range }, request)).toBe(true);
    expect(await chan.lock({ type: 'read', owner: two, ...range }, request)).toBe(false);
    const held = await chan.getLock({ type: 'read', owner: two, ...range }, request);
    expect(held).toMatchObject({ type: 'write', start: 10, length: 5, owner: { process: 1 } });
    expect(await chan.lock({ type: 'unlock', owner: one, ...range }, request)).toBe(true);
    expect(await chan.getLock({ type: 'read', owner: two, ...range }, request)).toBeUndefined();

    const xattrs = await chan.xattrs('write', request);
    await xattrs.set('user.one', bytes('1'), 'create', request);
    await xattrs.set('user.two', new Uint8Array(5000).fill(2), 'any', request);
    expect((await xattrs.list(request)).toSorted()).toEqual(['user.one', 'user.two']);
    expect(text(await xattrs.get('user.one', request))).toBe('1');
    expect(await xattrs.get('user.two', request)).toHaveLength(5000);
    const again = async () => xattrs.set('user.one', bytes('2'), 'create', request);
    expect(await failureOf(again())).toMatchObject({ code: 'EEXIST' });
    expect(await failureOf((async () => xattrs.get('user.no', request))())).toMatchObject({
      code: 'ENODATA',
    });
    // No bytes are a value, and not the attribute's end.
    for (const how of ['any', 'replace'] as const) {
      await xattrs.set('user.one', bytes(''), how, request);
      expect(await xattrs.get('user.one', request)).toHaveLength(0);
    }
    await xattrs.remove('user.one', request);
    expect(await xattrs.list(request)).toEqual(['user.two']);
    const absent = async () => xattrs.set('user.one', bytes(''), 'replace', request);
    expect(await failureOf(absent())).toMatchObject({ code: 'ENODATA' });
  });

  // What an open file can be asked beside its bytes needs a fid of its own.
  test('a file whose name is gone is reached through its open', async () => {
    if (!linux) return;
    await using tree = await served(dialect);
    const open = Chan.attach(tree.file, { borrowed: true });
    await open.create('f', { mode: 0o640 }, READ_WRITE, request);
    await open.write(0, bytes('text'), request);
    const xattrs = await open.xattrs('write', request);
    await xattrs.set('user.one', bytes('1'), 'any', request);
    await tree.root.remove('f');
    await tree.root.writeFile('f', 'another');
    expect(text(await xattrs.get('user.one', request))).toBe('1');
    const again = open.clone();
    await again.open(READ, request);
    expect(text(await again.take(0, 100, request))).toBe('text');
    await again.close('clunk', request);
    await open.close('clunk', request);
    expect(await failureOf((async () => xattrs.get('user.one', request))())).toMatchObject({
      code: expect.stringMatching(/E(STALE|BADF)/),
    });
  });

  test('served again, it is the same tree', async () => {
    await using far = await served(dialect, ram(), { msize: 16_384 });
    await using near = await served(dialect, far.file);
    const { root } = near;
    const content = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
    await root.mkdirAll('a/b');
    await root.writeFile('a/b/c', content);
    expect(await root.readFile('a/b/c')).toEqual(content);
    await root.rename('a/b/c', 'a/b/d');
    const found: string[] = [];
    for await (const { name, attr } of root.list({ path: 'a/b', stat: true }))
      found.push(`${name} ${attr!.size}`);
    expect(found).toEqual(['d 100000']);
    expect(await failureOf(root.stat('a/b/c'))).toMatchObject({ code: 'ENOENT' });
    await root.removeAll('a');
    for await (const { name } of far.root.list()) throw new Error(`${name} is left`);
  });
});

describe('where a file is', () => {
  test('a file in between has no fid until it needs one, and walks from the nearest above', async () => {
    await using tree = await served('9P2000.L');
    await tree.root.mkdirAll('a/b/c');
    await settled();
    tree.tap.reset();
    const files = await tree.file.walkAll(['a', 'b', 'c'], request);
    expect(files.map(({ path }) => path)).toEqual(['/a', '/a/b', '/a/b/c']);
    await Promise.all([files[1].attr(request), files[1].attr(request)]);
    await files[0].walkAll(['b'], request);
    expect(tree.tap.messages).toMatchObject([
      { type: 'Twalk', fid: 0, wname: ['a', 'b', 'c'] },
      { type: 'Twalk', fid: 0, wname: ['a', 'b'] },
      { type: 'Tgetattr' },
      { type: 'Tgetattr' },
      { type: 'Twalk', fid: 0, wname: ['a', 'b'] },
    ]);
  });

  test('another file that took its place is not taken for it', async () => {
    await using tree = await served('9P2000.L');
    await tree.root.mkdirAll('a/b');
    const [a] = await tree.file.walkAll(['a', 'b'], request);
    await using other = await tree.another();
    await other.rename('a', 'z');
    expect(await failureOf(a.attr(request))).toMatchObject({ code: 'ENOENT' });
    await other.mkdirAll('a/b');
    expect(await failureOf(a.attr(request))).toMatchObject({ code: 'ESTALE' });
    expect(await failureOf(a.walkAll(['b'], request))).toMatchObject({ code: 'ESTALE' });
    await other.removeAll('a');
    await other.rename('z', 'a');
    expect(await a.attr(request)).toMatchObject({ type: 'dir' });
  });

  test('an open takes the fid of the file, which walks to another if it is used again', async () => {
    await using tree = await served('9P2000.L');
    await tree.root.writeFile('f', 'x');
    await settled();
    const [file] = await tree.file.walkAll(['f'], request);
    tree.tap.reset();
    const open = await file.open(READ, request);
    await file.attr(request);
    expect(tree.tap.types).toEqual(['Tlopen', 'Twalk', 'Tgetattr']);
    await open.close?.('clunk', request);
    file.release();
    await settled();
    expect(tree.tap.types.slice(3)).toEqual(['Tclunk', 'Tclunk']);
  });

  test('an open does not take a fid that is in use, nor the root’s', async () => {
    await using tree = await served('9P2000.L');
    await tree.root.writeFile('f', 'x');
    const [file] = await tree.file.walkAll(['f'], request);
    tree.tap.reset();
    await Promise.all([file.attr(request), file.open(READ, request)]);
    expect(tree.tap.types).toEqual(['Tgetattr', 'Twalk', 'Tlopen']);
    await tree.file.open(READ, request);
    expect(tree.tap.types.slice(3)).toEqual(['Twalk', 'Tlopen']);
  });

  test('an open that fails leaves the file its fid', async () => {
    await using tree = await served('9P2000.L', ram(), { readOnly: true });
    tree.tap.reset();
    expect(await failureOf(tree.file.open(READ_WRITE, request))).toMatchObject({ code: 'EISDIR' });
    await settled();
    expect(tree.tap.types).toEqual(['Twalk', 'Tlopen', 'Tclunk']);
  });

  test('numbers of fids are used again, and none is left over', async () => {
    await using tree = await served('9P2000.L');
    const { fids } = tree.file.tree.connection;
    for (let i = 0; i < 20; i++) {
      await tree.root.writeFile(`f${i}`, 'x');
      await tree.root.readFile(`f${i}`);
      await failureOf(tree.root.stat('nothing'));
      await failureOf(tree.root.mkdir('f0'));
      await failureOf(tree.root.writeFile('f0/x', 'x'));
    }
    await settled();
    expect(fids.used).toBe(1);
    const numbers = tree.tap.messages.map((message) => ('newfid' in message ? message.newfid : 0));
    expect(Math.max(...numbers)).toBeLessThan(8);
  });

  test('the connection ends with the root', async () => {
    const tree = await served('9P2000.L');
    await using file = await tree.root.walk('.');
    await tree.root.close();
    expect(await file.stat()).toMatchObject({ type: 'dir' });
    await file.close();
    expect(await tree.file.tree.connection.closed()).toBeUndefined();
    await tree.server.close();
  });

  test('what is shared is released by the last', async () => {
    await using tree = await served('9P2000.L');
    await tree.root.writeFile('f', 'x');
    const [file] = await tree.file.walkAll(['f'], request);
    file.share();
    file.release();
    expect(await file.attr(request)).toMatchObject({ size: 1 });
    file.release();
    expect(await failureOf(file.attr(request))).toMatchObject({ code: 'EBADF' });
  });

  test('what was released is of no use', async () => {
    await using tree = await served('9P2000.L');
    await tree.root.writeFile('f', 'x');
    const [file] = await tree.file.walkAll(['f'], request);
    file.release();
    expect(await failureOf(file.attr(request))).toMatchObject({ code: 'EBADF' });
  });
});

describe('attach', () => {
  test('at a path: that is the root then', async () => {
    await using tree = await served('9P2000.L');
    await tree.root.mkdirAll('usr/glenda');
    await tree.root.writeFile('usr/glenda/f', 'x');
    await using home = await tree.another({ path: '/usr/glenda' });
    expect([home.path, await home.readText('f'), await home.readText('../../f')]).toEqual(['/', 'x', 'x']);
    const failure = await failureOf(tree.another({ path: 'usr/nobody' }));
    expect(failure).toMatchObject({ code: 'ENOENT', message: 'no such file or directory' });
  });

  test('to a tree that there is not', async () => {
    await using tree = await served('9P2000.L');
    const failure = await failureOf(tree.another({ aname: '/no/such' }));
    expect(failure.message).toBe('pipe: does not let nobody attach "/no/such": no such file or directory');
  });
});
