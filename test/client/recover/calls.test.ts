/** Each call, with the line cut before its message has arrived, and after it was answered. */
import { describe, expect, test } from '@jest/globals';
import { Fid, OutcomeUnknownError } from '../../../src/client/index.ts';
import { Chan, openMode, type File, type Request, type Xattrs } from '../../../src/file/index.ts';
import type { TMessage } from '../../../src/protocol/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { failureOf } from '../fake-server.ts';
import { DIALECTS, OWNER } from '../served.ts';
import { lined } from './line.ts';

const CUTS = ['question', 'answer'] as const;
const request: Request = { user: OWNER, aname: '', signal: new AbortController().signal };

type Call = (root: Fid) => Promise<unknown>;

async function names(root: Fid, path = ''): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name } of root.list({ path })) found.push(name);
  return found.toSorted();
}

async function withFile<T>(root: Fid, mode: 'r' | 'r+' | 'a', use: (file: Fid) => Promise<T>): Promise<T> {
  await using file = await root.walk('d/f');
  return await use(await file.open(mode));
}

describe.each(DIALECTS)('in %s', (dialect) => {
  const linux = dialect === '9P2000.L';
  const type = (name: string, other: string) => (linux ? name : other) as TMessage['type'];

  const repeated: [string, TMessage['type'], Call, unknown][] = [
    ['a walk', 'Twalk', async (root) => (await root.stat('d/f')).size, 5],
    ['a stat', type('Tgetattr', 'Tstat'), async (root) => (await root.stat('d/f')).size, 5],
    ['an open', type('Tlopen', 'Topen'), (root) => root.readText('d/f'), 'hello'],
    ['a read', 'Tread', (root) => root.readText('d/f'), 'hello'],
    ['a listing', type('Treaddir', 'Tread'), (root) => names(root), ['d']],
    [
      'a write in its place',
      'Twrite',
      async (root) => {
        await withFile(root, 'r+', (file) => file.write('J'));
        return root.readText('d/f');
      },
      'Jello',
    ],
  ];

  test.each(repeated.flatMap(([name, ...rest]) => CUTS.map((what) => [name, what, ...rest] as const)))(
    '%s whose %s is lost is made again',
    async (_, what, message, call, result) => {
      await using tree = await lined(dialect, ram());
      const { root, line } = tree;
      await root.mkdir('d');
      await root.writeFile('d/f', 'hello');
      line.ambush = { type: message, what };
      expect(await call(root)).toEqual(result);
      expect(line.dials).toBe(1);
      expect(tree.file.tree).toMatchObject({ state: 'up', recoveries: 1 });
    },
  );

  const single: [string, TMessage['type'], Call, string, (root: Fid) => Promise<boolean>][] = [
    [
      'a mkdir',
      type('Tmkdir', 'Tcreate'),
      (root) => root.mkdir('d/new'),
      'mkdir',
      async (root) => (await names(root, 'd')).includes('new'),
    ],
    [
      'a create',
      type('Tlcreate', 'Tcreate'),
      (root) => root.create('d/new'),
      'create',
      async (root) => (await names(root, 'd')).includes('new'),
    ],
    [
      'a remove',
      type('Tunlinkat', 'Tremove'),
      (root) => root.remove('d/f'),
      'remove',
      async (root) => !(await names(root, 'd')).includes('f'),
    ],
    [
      'a rename',
      type('Trenameat', 'Twstat'),
      (root) => root.rename('d/f', 'd/g'),
      'rename',
      async (root) => (await names(root, 'd')).includes('g'),
    ],
    [
      'a change',
      type('Tsetattr', 'Twstat'),
      (root) => root.change('d/f', { size: 1 }),
      'change',
      async (root) => (await root.stat('d/f')).size === 1,
    ],
    [
      'an append',
      'Twrite',
      (root) => withFile(root, 'a', (file) => file.write('x')),
      'write',
      async (root) => (await root.stat('d/f')).size === 6,
    ],
    [
      'an open that truncates',
      type('Tlopen', 'Topen'),
      (root) => root.writeFile('d/f', 'x'),
      'write',
      async (root) => (await root.stat('d/f')).size === 0,
    ],
  ];

  test.each(single.flatMap(([name, ...rest]) => CUTS.map((what) => [name, what, ...rest] as const)))(
    '%s whose %s is lost is not made again',
    async (_, what, message, call, op, done) => {
      await using tree = await lined(dialect, ram());
      const { root, line } = tree;
      await root.mkdir('d');
      await root.writeFile('d/f', 'hello');
      line.messages.length = 0;
      line.ambush = { type: message, what };
      const error = await failureOf(call(root));
      expect(error).toMatchObject({ code: 'ECONNRESET', outcome: 'unknown', op });
      expect(error.cause).toBeInstanceOf(OutcomeUnknownError);
      expect(error.message).toContain(
        `the link to tcp://far:564 was lost before the answer to ${message} came: whether it was done is not known`,
      );
      expect(line.count(message)).toBe(1);
      expect(await done(root)).toBe(what === 'answer');
    },
  );

  test.each(CUTS)(
    'a write to an empty file whose %s is lost: it is plain if the server says so, or if it has a size now',
    async (what) => {
      await using tree = await lined(dialect, ram());
      const { root, line } = tree;
      await root.writeFile('f', '');
      const file = await (await root.walk('f')).open('r+');
      line.ambush = { type: 'Twrite', what };
      const repeated = what === 'answer' || dialect === '9P2000.L';
      if (repeated) expect(await file.write('x')).toBe(1);
      else expect(await failureOf(file.write('x'))).toMatchObject({ outcome: 'unknown' });
      await file.close();
      expect(await root.readText('f')).toBe(repeated ? 'x' : '');
    },
  );

  test('what is asked while the link is lost was never sent, and is done', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    line.cut();
    await root.mkdir('d');
    line.cut();
    await root.writeFile('d/f', 'hello');
    line.cut();
    await root.rename('d/f', 'd/g');
    line.cut();
    expect(await names(root, 'd')).toEqual(['g']);
    line.cut();
    await root.remove('d/g');
    expect(await names(root, 'd')).toEqual([]);
    expect(line.dials).toBe(5);
  });

  test('an end without an error is a loss, too', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    line.loud = false;
    await root.writeFile('f', 'hello');
    line.ambush = { type: 'Tread', what: 'answer' };
    expect(await root.readText('f')).toBe('hello');
    line.cut();
    expect(await root.readText('f')).toBe('hello');
  });

  test('many at once share one recovery', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    const all = Array.from({ length: 50 }, (_, i) => `f${i}`);
    for (const name of all) await root.writeFile(name, name);
    line.cut();
    expect(await Promise.all(all.map((name) => root.readText(name)))).toEqual(all);
    expect(line.dials).toBe(1);
  });

  test('at any byte', async () => {
    for (const direction of ['out', 'in'] as const) {
      for (let budget = 0; budget < 120; budget += 7) {
        await using tree = await lined(dialect, ram());
        const { root, line } = tree;
        await root.writeFile('f', 'hello');
        await using file = await (await root.walk('f')).open('r+');
        await file.stat();
        line.budget[direction] = budget;
        const read = file.read({ offset: 1 });
        const stat = root.stat('f');
        const write = file.write('J', { offset: 0 });
        // What the next link may carry is not bounded: that of the handshake is not what is tried.
        setTimeout(() => (line.budget[direction] = Infinity), 1);
        expect(new TextDecoder().decode(await read)).toBe('ello');
        expect(await stat).toMatchObject({ size: 5 });
        expect(await write).toBe(1);
        expect(await root.readText('f')).toBe('Jello');
      }
    }
  });

  if (linux) {
    test('extended attributes: read again, and set once', async () => {
      await using tree = await lined(dialect, ram());
      const { root, file, line } = tree;
      await root.writeFile('f', 'hello');
      const [one] = await file.walkAll(['f'], request);
      const { xattrs } = one as unknown as { readonly xattrs: Xattrs };
      const bytes = new TextEncoder().encode('value');
      await xattrs.set('user.a', bytes, 'any', request);
      for (const type of ['Txattrwalk', 'Tread'] as const) {
        for (const what of CUTS) {
          line.ambush = { type, what };
          expect(await xattrs.get('user.a', request)).toEqual(bytes);
        }
      }
      for (const type of ['Txattrcreate', 'Twrite', 'Tclunk'] as const) {
        for (const what of CUTS) {
          line.ambush = { type, what };
          const set = async () => xattrs.set('user.b', bytes, 'any', request);
          const error = await failureOf(set());
          expect(error).toMatchObject({ outcome: 'unknown' });
        }
      }
      one.release();
    });

    test('links, special files and what they say', async () => {
      await using tree = await lined(dialect, ram());
      const { root, line } = tree;
      const file: File = tree.file;
      await root.writeFile('f', 'hello');
      await root.symlink('s', 'f');
      line.ambush = { type: 'Treadlink', what: 'answer' };
      expect(await root.readlink('s')).toBe('f');
      line.ambush = { type: 'Tlink', what: 'answer' };
      expect(await failureOf(root.link('l', 'f'))).toMatchObject({ outcome: 'unknown' });
      line.ambush = { type: 'Tstatfs', what: 'answer' };
      expect(await file.statfs!(request)).toMatchObject({ namelen: 255 });
      expect(await names(root)).toEqual(['f', 'l', 's']);
    });
  }

  test('two fids of one call are of one link', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    await root.mkdirAll('a/b');
    await root.writeFile('a/f', 'x');
    await using a = await root.walk('a');
    await using b = await root.walk('a/b');
    line.cut();
    if (linux) {
      const from = Chan.attach(tree.file, { borrowed: true });
      const { chan: one } = await from.walk(['a'], request);
      const { chan: two } = await from.walk(['a', 'b'], request);
      line.cut();
      await one!.rename('f', two!, 'g', true, request);
      expect(await root.readText('a/b/g')).toBe('x');
      await one!.close('clunk', request);
      await two!.close('clunk', request);
    }
    await a.writeFile('h', 'y');
    expect(await names(b, '..')).toContain('h');
  });

  test('a file that is opened to execute is opened so again', async () => {
    await using tree = await lined(dialect, ram());
    const { root, line } = tree;
    await root.writeFile('f', 'x', { perm: 0o755 });
    await using file = await (await root.walk('f')).open(openMode({ execute: true }));
    line.cut();
    expect(await file.read()).toHaveLength(1);
  });
});
