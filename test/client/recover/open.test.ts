/** Files that were open when the link was lost: they go on where they were, or say why not. */
import { describe, expect, test } from '@jest/globals';
import { Fid } from '../../../src/client/index.ts';
import {
  Chan,
  READ,
  READ_WRITE,
  clone,
  ctl,
  dir,
  text,
  type LockRequest,
  type Request,
} from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { failureOf, settled } from '../fake-server.ts';
import { DIALECTS, OWNER } from '../served.ts';
import { lined, type Lined } from './line.ts';

const request: Request = { user: OWNER, aname: '', signal: new AbortController().signal };
const string = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function chanAt(tree: Lined, path: string): Promise<Chan> {
  const { chan, error } = await Chan.attach(tree.file, { borrowed: true }).walk(path.split('/'), request);
  if (!chan) throw error;
  return chan;
}

async function opened(root: Fid, path: string, mode: 'r' | 'r+' | 'w' = 'r'): Promise<Fid> {
  return (await root.walk(path)).open(mode);
}

describe.each(DIALECTS)('in %s', (dialect) => {
  const linux = dialect === '9P2000.L';

  test('a file is read on where it was, by a walk and an open', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    await root.mkdirAll('a/b/c');
    await root.writeFile('a/b/c/f', 'hello, world');
    await using file = await opened(root, 'a/b/c/f');
    expect(string(await file.read({ length: 7 }))).toBe('hello, ');
    await settled();
    line.messages.length = 0;
    line.cut();
    expect(string(await file.read())).toBe('world');
    const open = linux ? 'Tlopen' : 'Topen';
    expect(line.types).toEqual(['Tversion', 'Tattach', 'Twalk', open, 'Tread']);
  });

  test('without what its open did to the file', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    await root.writeFile('f', 'old');
    await using file = await opened(root, 'f', 'w');
    await file.write('hello');
    line.cut();
    await file.write(', world');
    expect(await root.readText('f')).toBe('hello, world');
    await using made = await root.create('new', { mode: 'w+' });
    line.cut();
    expect(await made.write('x')).toBe(1);
    expect(string(await made.read({ offset: 0 }))).toBe('x');
  });

  test('another file in its place is ESTALE, and so is none', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    await root.mkdir('d');
    await root.writeFile('d/f', 'one');
    await root.writeFile('d/g', 'one');
    await using file = await root.walk('d/f');
    await using open = await opened(root, 'd/f');
    await using gone = await opened(root, 'd/g');
    await using name = await root.walk('d/g');
    await root.remove('d/f');
    await root.writeFile('d/f', 'two');
    await root.remove('d/g');
    line.cut();
    expect(await failureOf(file.stat())).toMatchObject({ code: 'ESTALE' });
    expect(await failureOf(open.read())).toMatchObject({ code: 'ESTALE' });
    expect(await failureOf(gone.read())).toMatchObject({
      code: 'ESTALE',
      message: 'cannot read /d/g: it is not there any more',
    });
    expect(await failureOf(name.stat())).toMatchObject({ code: 'ENOENT' });
    expect(await root.readText('d/f')).toBe('two');
  });

  test('a server that began anew: the root goes on, what was below is stale', async () => {
    await using tree = await lined(dialect, dir({ f: text('one'), a: dir({}) }));
    const { root, line } = tree;
    await using file = await root.walk('f');
    await using below = await root.walk('a');
    const before = tree.file.qid.path;
    line.restart(dir({ f: text('two'), a: dir({}) }));
    expect(await root.readText('f')).toBe('two');
    expect(tree.file.qid.path).not.toBe(before);
    expect(await failureOf(file.stat())).toMatchObject({ code: 'ESTALE' });
    expect(await failureOf(below.stat())).toMatchObject({ code: 'ESTALE' });
    const names = [];
    for await (const { name } of root.list()) names.push(name);
    expect(names.toSorted()).toEqual(['a', 'f']);
  });

  test('what a clone file made is stale, and no other is made', async () => {
    let made = 0;
    const tree = dir({
      net: clone((number) => {
        made++;
        return { files: { ctl: ctl({ go: () => undefined }, () => `${number}\n`) } };
      }),
    });
    await using remote = await lined(dialect, tree);
    await using fid = await opened(remote.root, 'net/clone', 'r+');
    expect(made).toBe(1);
    remote.line.cut();
    expect(await failureOf(fid.read())).toMatchObject({
      code: 'ESTALE',
      message: 'cannot read /net/clone: what its open made went with the link',
    });
    expect(made).toBe(1);
  });

  test('a write to a ctl file is made once', async () => {
    let count = 0;
    await using tree = await lined(dialect, dir({ ctl: ctl({ add: () => void count++ }, () => '') }));
    const { root, line } = tree;
    for (const what of ['question', 'answer'] as const) {
      line.ambush = { type: 'Twrite', what };
      const fid = await opened(root, 'ctl', 'r+');
      expect(await failureOf(fid.write('add\n'))).toMatchObject({ outcome: 'unknown' });
      await fid.close();
    }
    expect(count).toBe(1);
  });

  test('what waits for its clunk is not believed to be kept', async () => {
    const committed: string[] = [];
    const config = text(() => '', { write: (written) => void committed.push(written) });
    await using tree = await lined(dialect, dir({ config }));
    const { root, line } = tree;
    const first = await opened(root, 'config', 'w');
    await first.write('half ');
    line.cut();
    const doubt = { outcome: 'unknown', code: 'ECONNRESET' };
    expect(await failureOf(first.write('whole'))).toMatchObject(doubt);
    expect(await failureOf(first.close())).toMatchObject(doubt);
    const second = await opened(root, 'config', 'w');
    await second.write('lost');
    line.cut();
    expect(await failureOf(second.close())).toMatchObject(doubt);
    const third = await opened(root, 'config', 'w');
    await third.write('whole');
    line.ambush = { type: 'Tclunk', what: 'answer' };
    expect(await failureOf(third.close())).toMatchObject(doubt);
    expect(committed).toEqual(['whole']);
  });

  test('a close needs no link where nothing is in doubt', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    await root.writeFile('f', 'hello');
    const read = await opened(root, 'f');
    const clean = await opened(root, 'f', 'r+');
    const made = await root.create('g');
    await made.write('x');
    const asked = await opened(root, 'f', 'r+');
    await asked.write('J');
    await asked.stat();
    line.cut();
    line.closed = 'refused';
    for (const fid of [read, clean, made, asked]) await fid.close();
    expect(line.dials).toBe(0);
    line.closed = undefined;
    expect(await root.readText('f')).toBe('Jello');
  });

  test('after a sync nothing is in doubt', async () => {
    await using tree = await lined(dialect, ram());
    await tree.root.writeFile('f', 'hello');
    const chan = await chanAt(tree, 'f');
    await chan.open(READ_WRITE, request);
    await chan.write(0, new TextEncoder().encode('J'), request);
    tree.line.ambush = { type: linux ? 'Tfsync' : 'Twstat', what: 'answer' };
    await chan.sync(false, request);
    tree.line.cut();
    await chan.close('clunk', request);
  });

  test('a listing goes on: each name once, of those that were there all the time', async () => {
    const tree = ram();
    await using remote = await lined(dialect, tree, { msize: 512 });
    const { root, line } = remote;
    const all = Array.from({ length: 100 }, (_, i) => `file ${i}`);
    for (const name of all) await root.writeFile(name, '');
    await using other = await lined(dialect, tree);
    const found: string[] = [];
    let cuts = 0;
    for await (const { name } of root.list()) {
      found.push(name);
      if (found.length % 10 !== 0) continue;
      line.cut();
      cuts++;
      // Those that have been found already, and some that have not, which may be found or not.
      await other.root.remove(found[found.length - 5]);
      if (found.length === 30) await other.root.writeFile('late', '');
    }
    expect(cuts).toBeGreaterThan(5);
    expect(new Set(found).size).toBe(found.length);
    expect(found.filter((name) => name !== 'late').toSorted()).toEqual(all.toSorted());
  });

  test('a listing goes on from a cookie of the link before', async () => {
    await using tree = await lined(dialect, ram(), { msize: 512 });
    const { root, line } = tree;
    const all = Array.from({ length: 40 }, (_, i) => `file ${i}`);
    for (const name of all) await root.writeFile(name, '');
    const chan = Chan.attach(tree.file, { borrowed: true });
    await chan.open(READ, request);
    const found: string[] = [];
    let cookie = 0n;
    for (;;) {
      const before = found.length;
      for await (const entry of chan.list(cookie, request)) {
        found.push(entry.name);
        ({ cookie } = entry);
        if (found.length === before + 7) break;
      }
      if (found.length === before) break;
      line.cut();
    }
    expect(found.toSorted()).toEqual(all.toSorted());
    const again = [];
    for await (const { name } of chan.list(3n, request)) again.push(name);
    expect(again.toSorted()).toEqual(found.slice(3).toSorted());
  });

  test('many reads at once share one open', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    await root.writeFile('f', 'hello');
    await using file = await opened(root, 'f');
    line.messages.length = 0;
    line.cut();
    const reads = Array.from({ length: 20 }, (_, i) => file.read({ offset: i % 5, length: 1 }));
    expect((await Promise.all(reads)).map(string).join('')).toBe('hello'.repeat(4));
    expect(line.count(linux ? 'Tlopen' : 'Topen')).toBe(1);
  });

  test('one that gives up leaves the open to the others', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    await root.writeFile('f', 'hello');
    await using file = await opened(root, 'f');
    line.messages.length = 0;
    line.cut();
    const controller = new AbortController();
    const impatient = failureOf(file.read({ offset: 0, signal: controller.signal }));
    const patient = file.read({ offset: 0 });
    while (line.count('Tattach') === 0) await Promise.resolve();
    controller.abort();
    expect((await impatient).name).toBe('AbortError');
    expect(string(await patient)).toBe('hello');
  });
});

describe('locks', () => {
  const owner = (process: number) => ({ session: OWNER, client: 'me', process });
  const lock = (type: LockRequest['type'], start: number, length: number, process = 1): LockRequest => ({
    type,
    start,
    length,
    owner: owner(process),
  });

  async function locked(tree: Lined): Promise<Chan> {
    const chan = await chanAt(tree, 'f');
    await chan.open(READ_WRITE, request);
    expect(await chan.lock(lock('write', 0, 100), request)).toBe(true);
    expect(await chan.lock(lock('unlock', 40, 10), request)).toBe(true);
    expect(await chan.lock(lock('read', 200, 0, 2), request)).toBe(true);
    return chan;
  }

  async function until(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(condition()).toBe(true);
  }

  test('are taken again, at once, range by range', async () => {
    const tree = ram();
    await using mine = await lined('9P2000.L', tree);
    await using other = await lined('9P2000.L', tree);
    await mine.root.writeFile('f', 'hello');
    const chan = await locked(mine);
    mine.line.messages.length = 0;
    mine.line.cut();
    await until(() => mine.line.count('Tlock') === 3);
    await settled();
    const theirs = await chanAt(other, 'f');
    await theirs.open(READ_WRITE, request);
    const taken = (start: number, length: number) => theirs.lock(lock('write', start, length, 9), request);
    expect(await taken(0, 1)).toBe(false);
    expect(await taken(39, 1)).toBe(false);
    expect(await taken(40, 10)).toBe(true);
    expect(await taken(50, 1)).toBe(false);
    expect(await taken(100, 100)).toBe(true);
    expect(await taken(1000, 1)).toBe(false);
    expect(string(await chan.take(0, 5, request))).toBe('hello');
    await Promise.all([chan.close('clunk', request), theirs.close('clunk', request)]);
  });

  test('that somebody else has now: EIO, for this open', async () => {
    const tree = ram();
    await using mine = await lined('9P2000.L', tree);
    await using other = await lined('9P2000.L', tree);
    await mine.root.writeFile('f', 'hello');
    const chan = await locked(mine);
    mine.line.closed = 'refused';
    mine.line.cut();
    await settled();
    const theirs = await chanAt(other, 'f');
    await theirs.open(READ_WRITE, request);
    expect(await theirs.lock(lock('write', 0, 1, 9), request)).toBe(true);
    mine.line.closed = undefined;
    for (let i = 0; i < 2; i++) {
      const read = (async () => chan.take(0, 5, request))();
      expect(await failureOf(read)).toMatchObject({
        code: 'EIO',
        message: 'its locks were lost with the link',
      });
    }
    expect(await mine.root.readText('f')).toBe('hello');
    await Promise.all([chan.close('clunk', request), theirs.close('clunk', request)]);
    await settled();
    expect(mine.file.tree.connection.fids.used).toBe(1);
  });

  test('that were given back leave nothing to do', async () => {
    await using tree = await lined('9P2000.L', ram());
    await tree.root.writeFile('f', 'hello');
    const chan = await locked(tree);
    await chan.lock(lock('unlock', 0, 0), request);
    await chan.lock(lock('unlock', 0, 0, 2), request);
    tree.line.cut();
    await settled();
    expect(tree.line.dials).toBe(0);
    await chan.close('clunk', request);
  });
});
