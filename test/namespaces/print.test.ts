/** print(): run again in an empty namespace, it gives the same namespace. And status(). */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Fid } from '../../src/client/index.ts';
import { splitWords, type File } from '../../src/file/index.ts';
import { MAFTER, MBEFORE, MCACHE, MCREATE, MREPL, type Namespace } from '../../src/namespaces/index.ts';
import { parseCommand } from '../../src/namespaces/script/command.ts';
import { runCommand } from '../../src/namespaces/script/run.ts';
import { list, named, treeOf, world } from './trees.ts';

/** The same trees for each namespace: what a server would have. */
async function servers(): Promise<ReadonlyMap<string, File>> {
  const trees = new Map<string, File>();
  for (const name of ['a', 'b', 'c']) {
    const paths = {
      who: name,
      [`in-${name}`]: name,
      'x/who': `${name}/x`,
      'x/y/who': `${name}/x/y`,
      'y/z/': '',
    };
    trees.set(`tree:${name}`, await treeOf(paths));
  }
  return trees;
}

async function empty(trees: ReadonlyMap<string, File>): Promise<Namespace> {
  const root = await treeOf({ 'n/': '', 'mnt/f': 'f', 'mnt/x/': '', 'tmp/g': 'g' });
  // Each dial is another connection, and its tree another one to a mount table.
  const dial = async (url: string): Promise<File> => another(trees.get(url)!);
  return world({ root, dial });
}

/** The same files as those of another tree. */
function another(file: File, tree: object = {}): File {
  return new Proxy(file, {
    get(target, key) {
      if (key === 'tree') return tree;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key !== 'walk') return value.bind(target);
      return (...args: Parameters<NonNullable<File['walk']>>) => {
        const found = target.walk!(...args) as File | undefined;
        return found && another(found, tree);
      };
    },
  });
}

async function rerun(script: string, ns: Namespace): Promise<void> {
  for (const line of script.trimEnd().split('\n')) {
    if (line !== '') await runCommand(parseCommand(splitWords(line)), { namespace: ns });
  }
}

/** All that is below a path, down to some depth, with what the files say. */
async function below(ns: Namespace, path = '', depth = 4): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, type } of ns.list(path || '/')) {
    const at = `${path}/${name}`;
    if (type !== 'dir') found.push(`${at} ${await ns.readText(at)}`);
    else if (depth === 0) found.push(at);
    else found.push(at, ...(await below(ns, at, depth - 1)));
  }
  return found;
}

const path = fc.constantFrom(
  '/n/1',
  '/n/2',
  '/n/1/x',
  '/n/1/x/y',
  '/n/2/y/z',
  '/mnt',
  '/mnt/x',
  '/mnt/x/y',
  '/n/deep/er',
);
const flags = fc
  .tuple(fc.constantFrom(MREPL, MBEFORE, MAFTER), fc.constantFrom(0, MCREATE), fc.constantFrom(0, MCACHE))
  .map(([order, create, cache]) => order | create | cache);

type Step = (ns: Namespace) => Promise<void>;

const step: fc.Arbitrary<readonly [string, Step]> = fc.oneof(
  fc
    .tuple(fc.constantFrom('a', 'b', 'c'), path, flags)
    .map(
      ([tree, old, flag]) =>
        [`mount ${tree} ${old} ${flag}`, (ns: Namespace) => ns.mount(`tree:${tree}`, old, flag)] as const,
    ),
  fc
    .tuple(path, path, flags)
    .map(
      ([from, old, flag]) =>
        [`bind ${from} ${old} ${flag}`, (ns: Namespace) => ns.bind(from, old, flag)] as const,
    ),
  path.map((old) => [`unmount ${old}`, (ns: Namespace) => ns.unmount(old)] as const),
  fc
    .tuple(path, path)
    .map(([from, old]) => [`unmount ${from} ${old}`, (ns: Namespace) => ns.unmount(from, old)] as const),
  fc
    .tuple(fc.constantFrom('a', 'b', 'c'), path)
    .map(
      ([tree, old]) =>
        [`unmount ${tree} ${old}`, (ns: Namespace) => ns.unmount(`tree:${tree}`, old)] as const,
    ),
);

describe('print', () => {
  test('gives commands, the oldest first', async () => {
    await using ns = await empty(await servers());
    await ns.mount('tree:a', '/n/1', MCREATE);
    await ns.bind('/n/1/x', '/mnt', MBEFORE | MCREATE);
    await ns.mount('tree:b', '/n/1', MAFTER | MCACHE, { aname: 'main dump' });
    await ns.cd('/n/1');
    expect(ns.print()).toBe(
      [
        'mount -c tree:a /n/1',
        'bind -bc /n/1/x /mnt',
        "mount -aC tree:b /n/1 'main dump'",
        'cd /n/1',
        '',
      ].join('\n'),
    );
  });

  test('quotes what needs it', async () => {
    await using ns = await empty(await servers());
    await ns.mount('tree:a', "/n/a b's #1 $x");
    expect(ns.print()).toBe("mount tree:a '/n/a b''s #1 $x'\n");
    await using copy = await empty(await servers());
    await rerun(ns.print(), copy);
    expect(copy.print()).toBe(ns.print());
  });

  test('leaves out what was undone', async () => {
    await using ns = await empty(await servers());
    await ns.mount('tree:a', '/n/1');
    await ns.mount('tree:b', '/n/1', MBEFORE);
    await ns.mount('tree:c', '/n/1', MAFTER);
    await ns.unmount('tree:a', '/n/1');
    // The directory itself is not seen, so the first that is left replaces it.
    expect(ns.print()).toBe('mount tree:b /n/1\nmount -a tree:c /n/1\n');
    await ns.unmount('/n/1');
    expect(ns.print()).toBe('');
  });

  test('keeps what something else needs, and how it went away', async () => {
    await using ns = await empty(await servers());
    await ns.mount('tree:a', '/n/1');
    await ns.bind('/n/1/x', '/mnt');
    await ns.unmount('/n/1');
    expect(ns.print()).toBe('mount tree:a /n/1\nbind /n/1/x /mnt\nunmount /n/1\n');
    await ns.mount('tree:b', '/n/1');
    await ns.unmount('/mnt');
    expect(ns.print()).toBe('mount tree:b /n/1\n');
  });

  test('of a File of this process: a comment, and so is what was found in it', async () => {
    await using ns = await empty(await servers());
    await ns.mount(await named('a'), '/n/file');
    await ns.mount('tree:b', '/n/b');
    await ns.bind('/n/file', '/mnt');
    expect(ns.print()).toBe(
      "# mount 'a file of this process' /n/file\nmount tree:b /n/b\n# bind /n/file /mnt\n",
    );
  });

  test('run again, gives the same', async () => {
    const trees = await servers();
    const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      await using ns = await empty(trees);
      await using copy = await empty(trees);
      // What cannot be done changes nothing.
      for (const [, work] of steps) await work(ns).catch(() => undefined);
      const script = ns.print();
      await rerun(script, copy);
      expect(copy.print()).toBe(script);
      expect(await below(copy)).toEqual(await below(ns));
      expect(copy.mounts).toBe(ns.mounts);
    });
    await fc.assert(property, { numRuns: 500, seed: 9 });
  });
});

describe('status', () => {
  test('has a record for each mount, in the order of print', async () => {
    await using ns = await empty(await servers());
    await ns.mount('tree:a', '/n/1', MCREATE, { deadline: 500, policy: 'fail' });
    await ns.bind('/n/1', '/mnt', MAFTER);
    expect(ns.status()).toEqual([
      {
        verb: 'mount',
        from: 'tree:a',
        old: '/n/1',
        flags: MCREATE,
        deadline: 500,
        policy: 'fail',
        state: 'up',
        skipped: 0,
        failure: undefined,
      },
      {
        verb: 'bind',
        from: '/n/1',
        old: '/mnt',
        flags: MAFTER,
        deadline: 500,
        policy: 'fail',
        state: 'up',
        skipped: 0,
        failure: undefined,
      },
    ]);
  });

  test('changes nothing, and nor does print', async () => {
    await using ns = await empty(await servers());
    await ns.mount('tree:a', '/n/1');
    const before = await list(ns, '/n/1');
    ns.status();
    ns.print();
    expect(await list(ns, '/n/1')).toEqual(before);
    await using fid = new Fid(ns.file());
    expect(await fid.readText('n/1/who')).toBe('a');
  });
});
