/** The comfortable object, over a tree of this process and over the same tree behind a connection. */
import { describe, expect, test } from '@jest/globals';
import { Fid, FidError, RemoteError } from '../../src/client/index.ts';
import {
  FileError,
  ctl,
  dir,
  lookup,
  stream,
  text,
  type Attr,
  type File,
  type OpenFile,
} from '../../src/file/index.ts';
import { ram } from '../../src/resources/index.ts';
import { failureOf, settled } from './fake-server.ts';
import { DIALECTS, OWNER, served } from './served.ts';

interface Place extends AsyncDisposable {
  readonly root: Fid;
}

const PLACES = ['this process', ...DIALECTS] as const;
type Where = (typeof PLACES)[number];

async function tree(where: Where, file: File = ram()): Promise<Place> {
  if (where !== 'this process') return served(where, file, { msize: 65_536 });
  const root = new Fid(file, { user: OWNER });
  return { root, [Symbol.asyncDispose]: () => root.close() };
}

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const letters = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe.each(PLACES)('in %s', (where) => {
  test('walks: relative, absolute, up, and no further up than the root', async () => {
    await using place = await tree(where);
    const { root } = place;
    await root.mkdirAll('a/b/c');
    await root.writeFile('/a/f', 'f');
    await using c = await root.walk('a/./b//c/');
    expect([c.path, c.name, c.isDir]).toEqual(['/a/b/c', 'c', true]);
    expect(await c.readText('../../f')).toBe('f');
    expect(await c.readText('/a/f')).toBe('f');
    await using top = await c.walk('../../../../..');
    expect([top.path, top.name]).toEqual(['/', '/']);
    await using self = await c.walk('');
    expect(self.path).toBe('/a/b/c');
    const failure = await failureOf(c.walk('x/y'));
    expect(failure.message).toBe('cannot walk to /a/b/c/x/y: no such file or directory');
  });

  test('reads and writes where it stands, or where it is told', async () => {
    await using place = await tree(where);
    await using file = await place.root.create('f', { mode: 'w+', perm: 0o600 });
    expect(await file.write('hello, ')).toBe(7);
    expect(await file.write(new TextEncoder().encode('wörld'))).toBe(6);
    expect(await file.read()).toHaveLength(0);
    expect(new TextDecoder().decode(await file.read({ offset: 7, length: 3 }))).toBe('wö');
    await file.write('J', { offset: 0 });
    await file.close();
    expect(await place.root.readText('f')).toBe('Jello, wörld');
    await using again = await place.root.walk('f');
    await again.open();
    expect(new TextDecoder().decode(await again.read({ length: 4 }))).toBe('Jell');
    expect(new TextDecoder().decode(await again.read({ length: 4 }))).toBe('o, w');
    expect(await failureOf(again.write('x'))).toMatchObject({ code: 'EBADF', op: 'write', path: '/f' });
    expect(await failureOf(again.open())).toMatchObject({ code: 'EBADF' });
  });

  test('modes', async () => {
    await using place = await tree(where);
    const { root } = place;
    await root.writeFile('f', 'one');
    const write = async (mode: 'r+' | 'w' | 'a' | 'a+', data: string) => {
      await using file = await (await root.walk('f')).open(mode);
      await file.write(data);
    };
    await write('a', ' two');
    expect(await root.readText('f')).toBe('one two');
    await write('r+', 'ONE');
    expect(await root.readText('f')).toBe('ONE two');
    await write('w', 'x');
    expect(await root.readText('f')).toBe('x');
    await root.writeFile('f', 'y', { append: true });
    await root.writeFile('g', 'z', { append: true, perm: 0o600 });
    expect([await root.readText('f'), await root.readText('g')]).toEqual(['xy', 'z']);
    expect(await root.stat('g')).toMatchObject({ mode: 0o600, size: 1, name: 'g', type: 'file' });
  });

  test('creates once', async () => {
    await using place = await tree(where);
    await (await place.root.create('f')).close();
    const failure = await failureOf(place.root.create('f'));
    expect(failure).toMatchObject({ code: 'EEXIST', message: expect.stringMatching(/^cannot create \/f: /) });
    expect(await failureOf(place.root.create('no/f'))).toMatchObject({ code: 'ENOENT', path: '/no/f' });
    expect(await failureOf(place.root.create('..'))).toMatchObject({ code: 'EINVAL' });
  });

  test('large files, and the last bytes of them', async () => {
    await using place = await tree(where);
    const { root } = place;
    for (const size of [0, 1, 65_512, 262_144, 262_145, 524_288, 1_000_003]) {
      const data = letters(size);
      await root.writeFile('f', data);
      expect(same(await root.readFile('f'), data)).toBe(true);
    }
    await using file = await root.walk('f');
    const tail = await gather(file.stream({ from: 900_000, readAhead: 3 }));
    expect(same(Buffer.concat(tail), letters(1_000_003).subarray(900_000))).toBe(true);
    await using open = await (await root.walk('f')).open();
    await open.read({ length: 10 });
    const rest = await gather(open.stream());
    expect(same(Buffer.concat(rest), letters(1_000_003).subarray(10))).toBe(true);
  });

  test('a stream that is left early', async () => {
    await using place = await tree(where);
    const { root } = place;
    await root.writeFile('f', letters(3_000_000));
    for await (const piece of root.stream({ path: 'f' })) {
      expect(piece[1]).toBe(31);
      break;
    }
    let pieces = 0;
    for await (const _ of root.stream({ path: 'f' })) if (++pieces === 3) break;
    expect((await root.stat('f')).size).toBe(3_000_000);
  });

  test('lines', async () => {
    await using place = await tree(where);
    const { root } = place;
    await root.writeFile('f', 'one\n\nthree: wörld\nno end');
    expect(await gather(root.lines('f'))).toEqual(['one', '', 'three: wörld', 'no end']);
    await root.writeFile('g', 'x\n'.repeat(300_000));
    expect(await gather(root.lines('g'))).toHaveLength(300_000);
  });

  test('lists, with attributes when they are asked for', async () => {
    await using place = await tree(where);
    const { root } = place;
    await root.mkdirAll('d/sub');
    for (let i = 0; i < 40; i++) await root.writeFile(`d/f${i}`, 'x'.repeat(i));
    const entries = await gather(root.list({ path: 'd' }));
    expect(entries).toHaveLength(41);
    expect(entries.find(({ name }) => name === 'sub')).toMatchObject({ type: 'dir' });
    const entry = entries.find(({ name }) => name === 'f7')!;
    expect(await entry.stat()).toMatchObject({ name: 'f7', size: 7 });
    for (const { name, attr, type } of await gather(root.list({ path: 'd', stat: true }))) {
      if (type === 'file') expect(attr).toMatchObject({ size: Number(name.slice(1)) });
    }
    expect(await failureOf(gather(root.list({ path: 'd/f1' })))).toMatchObject({
      code: 'ENOTDIR',
      op: 'list',
    });
  });

  test('copies', async () => {
    await using place = await tree(where);
    const { root } = place;
    const data = letters(2_000_001);
    await root.writeFile('from', data);
    await using from = await root.walk('from');
    await using to = await root.create('to');
    const progress: number[] = [];
    expect(await from.copy(to, { progress: (bytes) => progress.push(bytes) })).toBe(data.length);
    expect(progress.at(-1)).toBe(data.length);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    await to.close();
    expect(same(await root.readFile('to'), data)).toBe(true);
    await root.writeFile('from', 'short');
    await using over = await root.walk('to');
    expect(await from.copy(over)).toBe(5);
    expect(await root.readText('to')).toBe('short');
    await using nowhere = await root.walk('to');
    await root.remove('to');
    expect(await failureOf(from.copy(nowhere))).toMatchObject({ op: 'copy' });
  });

  test('makes and removes', async () => {
    await using place = await tree(where);
    const { root } = place;
    await root.mkdir('d', { perm: 0o700 });
    expect(await root.stat('d')).toMatchObject({ mode: 0o700 });
    await root.mkdirAll('d/e/f');
    await root.mkdirAll('d/e/f');
    await root.writeFile('d/e/x', '');
    expect(await failureOf(root.mkdirAll('d/e/x'))).toMatchObject({ code: 'ENOTDIR' });
    expect(await failureOf(root.mkdir('d'))).toMatchObject({ code: 'EEXIST' });
    expect(await failureOf(root.remove('d/e'))).toMatchObject({
      code: 'ENOTEMPTY',
      path: '/d/e',
      op: 'remove',
    });
    await using f = await root.walk('d/e/f');
    await f.remove();
    expect(await failureOf(f.stat())).toMatchObject({ code: 'EBADF' });
    for (let i = 0; i < 50; i++) await root.writeFile(`d/e/${i}`, '');
    await root.removeAll('d');
    await root.removeAll('d');
    expect(await gather(root.list())).toEqual([]);
    expect(await failureOf(root.remove())).toMatchObject({ code: 'EPERM' });
  });

  test('what cannot be reached is not taken for what is not there', async () => {
    const dead = lookup(() => {
      throw new FileError('EIO');
    });
    await using place = await tree(where, dir({ d: dir({ dead }) }));
    const { root } = place;
    expect(await failureOf(root.removeAll('d/dead/x/y'))).toMatchObject({ code: 'EIO' });
    expect(await root.whyMissing('/d/dead/x')).toMatchObject({ code: 'EIO' });
    expect(await root.whyMissing('d/none/x')).toBeUndefined();
    await root.removeAll('d/none/x');
  });

  test('changes and renames', async () => {
    await using place = await tree(where);
    const { root } = place;
    await root.writeFile('f', 'hello');
    await root.writeFile('g', 'g');
    await root.change('f', { size: 4, mode: 0o600 });
    expect(await root.stat('f')).toMatchObject({ size: 4, mode: 0o600 });
    await root.rename('f', 'h');
    expect(await root.readText('h')).toBe('hell');
    expect(await failureOf(root.rename('h', 'g', { replace: false }))).toMatchObject({ code: 'EEXIST' });
    expect(await failureOf(root.rename('f', 'x'))).toMatchObject({ code: 'ENOENT', path: '/f' });
  });

  test('a ctl file says what was wrong', async () => {
    const done: string[] = [];
    const level = ctl({ level: { usage: 'N', run: ([n]) => void done.push(n) } }, 'level 1\n');
    await using place = await tree(where, dir({ ctl: level }));
    const { root } = place;
    await root.writeFile('ctl', 'level 7\n');
    expect(done).toEqual(['7']);
    expect(await root.readText('ctl')).toBe('level 1\n');
    const failure = await failureOf(root.writeFile('ctl', 'level\n'));
    // 9P2000 has texts only, 9P2000.L only numbers.
    expect(failure).toMatchObject({ code: where === '9P2000' ? 'EIO' : 'EINVAL', op: 'write', path: '/ctl' });
    if (where !== '9P2000.L') expect(failure.message).toBe('cannot write /ctl: usage: level N');
  });

  test('a stream gives what there is, and is waited for', async () => {
    let more: (text: string) => void = () => undefined;
    const log = stream(async function* () {
      yield 'one\n';
      yield await new Promise<string>((resolve) => (more = resolve));
      yield 'three\n';
    });
    await using place = await tree(where, dir({ log }));
    const lines = place.root.lines('log');
    expect(await lines.next()).toEqual({ done: false, value: 'one' });
    const next = lines.next();
    await settled();
    more('two\n');
    expect(await next).toEqual({ done: false, value: 'two' });
    expect(await gather(lines)).toEqual(['three']);
  });

  test('a synthetic file, of which the size says nothing', async () => {
    await using place = await tree(where, dir({ whoami: text((r) => `${r.user.name}\n`) }));
    expect(await place.root.readText('whoami')).toBe('glenda\n');
  });

  test('waits no longer than it is told', async () => {
    await using place = await tree(where, dir({ silence: stream(silence) }));
    await using file = await (await place.root.walk('silence')).open();
    const late = await failureOf(file.read({ timeout: 20 }));
    expect(late).toMatchObject({ code: 'ETIMEDOUT', message: 'cannot read /silence: no answer in time' });
    const controller = new AbortController();
    const reading = failureOf(file.read({ signal: controller.signal, timeout: 60_000 }));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await reading).toBe(reason);
    expect(await failureOf(file.read({ signal: controller.signal }))).toBe(reason);
    const streaming = failureOf(gather(place.root.stream({ path: 'silence', timeout: 20 })));
    expect(await streaming).toMatchObject({ code: 'ETIMEDOUT', op: 'read' });
  });
});

async function* silence(signal: AbortSignal): AsyncGenerator<string> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  yield '';
}

describe('errors', () => {
  test('have what a program asks for, and the error as it arose', async () => {
    await using place = await tree('9P2000.u');
    const failure = (await failureOf(place.root.readFile('a/b'))) as FidError;
    expect(failure).toBeInstanceOf(FidError);
    expect(failure).toMatchObject({
      code: 'ENOENT',
      errno: 2,
      op: 'read',
      path: '/a/b',
      text: 'file does not exist',
    });
    expect(failure.cause).toBeInstanceOf(RemoteError);
    expect(failure.cause).toMatchObject({ op: 'Twalk' });
  });

  test('a Fid that was closed', async () => {
    const root = new Fid(ram(), { user: OWNER });
    await root.close();
    await root.close();
    expect(await failureOf(root.stat())).toMatchObject({
      code: 'EBADF',
      message: 'cannot stat /: it was closed',
    });
    expect(await failureOf(gather(root.list()))).toMatchObject({ code: 'EBADF' });
  });

  test('a life that ends', async () => {
    const life = new AbortController();
    const root = new Fid(dir({ silence: stream(silence) }), { signal: life.signal });
    const reading = failureOf(root.readFile('silence'));
    await settled();
    life.abort(new Error('over'));
    expect((await reading).message).toBe('over');
    expect((await failureOf(root.walk('silence'))).message).toBe('over');
    await root.close();
  });
});

const attr = (size: number): Attr => ({
  type: 'file',
  nature: 'plain',
  mode: 0o666,
  size,
  atime: { sec: 0, nsec: 0 },
  mtime: { sec: 0, nsec: 0 },
});

/** A file made of an OpenFile, with a size that it claims to have. */
function made(open: OpenFile, size: number | (() => number)): File {
  return {
    qid: { type: 0, version: 0, path: 77n },
    tree: {},
    attr: () => attr(typeof size === 'number' ? size : size()),
    open: () => open,
  };
}

describe('reading ahead', () => {
  const SIZE = 1_000_000;
  const data = letters(SIZE);

  test.each([
    ['as much as is asked', (count: number) => count],
    ['at most 10,000 bytes', (count: number) => Math.min(count, 10_000)],
    ['a different amount each time', (count: number) => Math.min(count, 5_000 + ((count * 7 + 13) % 40_000))],
    ['some bytes less than it could', (count: number) => Math.max(1, count - 17)],
    ['one byte now and then', (count: number, n: number) => (n % 5 === 4 ? 1 : Math.min(count, 30_000))],
  ])('of a file that gives %s: all of it, in order', async (_, give) => {
    let reads = 0;
    const open: OpenFile = {
      async take(offset, count) {
        const length = give(count, reads++);
        await new Promise((resolve) =>
          reads % 3 ? queueMicrotask(resolve as () => void) : setImmediate(resolve),
        );
        return data.subarray(offset, Math.min(offset + length, SIZE));
      },
    };
    expect(same(await new Fid(made(open, SIZE)).readFile(), data)).toBe(true);
  });

  test.each([
    ['true: eight at a time', SIZE, 8],
    ['0: one at a time', 0, 1],
  ])('of a file whose size is %s', async (_, size, most) => {
    let running = 0;
    let peak = 0;
    const open: OpenFile = {
      async take(offset, count) {
        peak = Math.max(peak, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return data.subarray(offset, Math.min(offset + Math.min(count, 10_000), SIZE));
      },
    };
    const pieces = await gather(new Fid(made(open, size)).stream());
    expect(same(Buffer.concat(pieces), data)).toBe(true);
    expect(peak).toBe(most);
  });

  test.each([
    ['shrinks', 600_000],
    ['grows', 1_400_000],
  ])('of a file that %s meanwhile: what is there then', async (_, later) => {
    const all = letters(1_400_000);
    let size = SIZE;
    let reads = 0;
    const open: OpenFile = {
      async take(offset, count) {
        if (++reads === 3) size = later;
        await new Promise((resolve) => setImmediate(resolve));
        return all.subarray(Math.min(offset, size), Math.min(offset + Math.min(count, 50_000), size));
      },
    };
    const read = await new Fid(made(open, () => size)).readFile();
    expect(same(read, all.subarray(0, later))).toBe(true);
  });

  test('an error ends it, and what is under way is cancelled', async () => {
    let cancelled = 0;
    const open: OpenFile = {
      take(offset, count, r) {
        if (offset < 20_000) return data.subarray(offset, offset + Math.min(count, 10_000));
        if (offset < 30_000) throw Object.assign(new Error('broken'), { code: 'EIO' });
        return new Promise((_, reject) => {
          r.signal.addEventListener('abort', () => {
            cancelled++;
            reject(new Error('cancelled'));
          });
        });
      },
    };
    const failure = failureOf(gather(new Fid(made(open, SIZE)).stream()));
    expect(await failure).toMatchObject({ code: 'EIO', message: 'cannot read /: broken' });
    expect(cancelled).toBeGreaterThan(3);
  });
});

describe('writing', () => {
  const data = letters(3_000_000);

  /** Notes what is written, and how much of that at a time. */
  function sink(grows: boolean) {
    const content = new Uint8Array(data.length);
    const state = { peak: 0, size: 0, order: [] as number[], content };
    let running = 0;
    const open: OpenFile = {
      async write(offset, bytes) {
        state.peak = Math.max(state.peak, ++running);
        state.order.push(offset);
        await new Promise((resolve) => setImmediate(resolve));
        content.set(bytes, offset);
        if (grows) state.size = Math.max(state.size, offset + bytes.length);
        running--;
        return bytes.length;
      },
    };
    return { state, file: { ...made(open, () => state.size), change: () => undefined } };
  }

  test('to what proves to be storage: several at a time', async () => {
    const { state, file } = sink(true);
    await new Fid(file).writeFile('', data);
    expect(same(state.content, data)).toBe(true);
    expect(state.peak).toBe(8);
  });

  test('to anything else: one after the other', async () => {
    const { state, file } = sink(false);
    await new Fid(file).writeFile('', data);
    expect(same(state.content, data)).toBe(true);
    expect(state.peak).toBe(1);
    expect(state.order).toEqual(state.order.toSorted((a, b) => a - b));
  });

  test('little by little', async () => {
    const taken: number[] = [];
    const open: OpenFile = {
      write: (_, bytes) => taken.push(Math.min(bytes.length, 4)) && Math.min(bytes.length, 4),
    };
    await using file = await new Fid(made(open, 0)).open('r+');
    expect(await file.write('0123456789')).toBe(10);
    expect(taken).toEqual([4, 4, 2]);
  });

  test('that fails when it is closed', async () => {
    const close = (): never => {
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    };
    const file = { ...made({ write: (_, bytes) => bytes.length, close }, 0), change: () => undefined };
    const failure = await failureOf(new Fid(file).writeFile('', 'x'));
    expect(failure).toMatchObject({ code: 'ENOSPC', message: 'cannot write /: no space left' });
    const fid = await new Fid(file).open('r+');
    await fid.write('x');
    expect(await failureOf(fid.close())).toMatchObject({ code: 'ENOSPC', op: 'close' });
    await fid.close();
  });
});

test('a file that does not care for signals is not waited for', async () => {
  let late: (() => void) | undefined;
  let closed = 0;
  const open: OpenFile = {
    take: () => new Promise(() => undefined),
    close: () => void closed++,
  };
  const slow: File = {
    ...made(open, 0),
    open: () => new Promise<OpenFile>((resolve) => (late = () => resolve(open))),
  };
  const fid = new Fid(slow);
  expect(await failureOf(fid.open('r', { timeout: 10 }))).toMatchObject({ code: 'ETIMEDOUT' });
  expect(fid.mode).toBeUndefined();
  late?.();
  await settled();
  expect(closed).toBe(1);
  const opening = fid.open();
  await settled();
  late?.();
  await opening;
  expect(await failureOf(fid.read({ signal: AbortSignal.timeout(10) }))).toMatchObject({
    name: 'TimeoutError',
  });
});
