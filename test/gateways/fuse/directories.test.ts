/** Listing directories, from wherever the kernel says. */
import { describe, expect, test } from '@jest/globals';
import { FileError, dir, lookup, text, type Entry, type File } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import type { Kernel } from './calls.ts';
import { ROOT, failure, settled } from './kernel.ts';
import { changed, far, gate, mounted } from './mounted.ts';

const REG = 0o100644;

async function filled(kernel: Kernel, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, i) => `file-${i}`);
  for (const name of names) await kernel.mknod(ROOT, name, REG);
  await kernel.getattr(ROOT);
  return names;
}

const places = [
  ['in memory', async () => ({ kernel: await mounted() })],
  ['behind a server', async () => far()],
] as const;

describe.each(places)('a directory %s', (_, place) => {
  test('lists whole, whatever the size of the pages', async () => {
    const { kernel } = await place();
    const names = await filled(kernel, 300);
    for (const size of [400, 4096, 1 << 17]) {
      for (const plus of [false, true]) {
        const open = await kernel.opendir(ROOT);
        expect(await kernel.list(open, size, plus)).toEqual(['.', '..', ...names]);
        await kernel.releasedir(open);
      }
    }
    await kernel[Symbol.asyncDispose]();
  });

  test('goes on from any place where it was', async () => {
    const { kernel } = await place();
    const names = await filled(kernel, 120);
    const open = await kernel.opendir(ROOT);
    const all = [];
    for (let at = 0n; ;) {
      const page = await kernel.readdir(open, at, 600);
      if (page.length === 0) break;
      all.push(...page);
      at = page.at(-1)!.cookie;
    }
    expect(all.map(({ name }) => name)).toEqual(['.', '..', ...names]);
    for (const i of [100, 0, 1, 2, 57, 121]) {
      const next = await kernel.readdir(open, all[i].cookie, 4096);
      expect(next[0]?.name).toBe(all[i + 1]?.name);
      // The same is said to READDIRPLUS.
      const plus = await kernel.readdirplus(open, all[i].cookie, 4096);
      expect(plus[0]?.name).toBe(all[i + 1]?.name);
    }
    expect((await kernel.readdir(open, 0n))[0].name).toBe('.');
    await kernel[Symbol.asyncDispose]();
  });

  test('a removal while it is read leaves nobody out', async () => {
    const { kernel } = await place();
    const names = await filled(kernel, 200);
    const open = await kernel.opendir(ROOT);
    const seen: string[] = [];
    for (let at = 0n; ;) {
      const page = await kernel.readdir(open, at, 500);
      if (page.length === 0) break;
      for (const { name } of page) {
        if (name.startsWith('.')) continue;
        seen.push(name);
        await kernel.unlink(ROOT, name);
      }
      at = page.at(-1)!.cookie;
    }
    expect(seen).toEqual(names);
    expect(await kernel.list(await kernel.opendir(ROOT))).toEqual(['.', '..']);
    await kernel[Symbol.asyncDispose]();
  });

  test('10,000 entries', async () => {
    const { kernel } = await place();
    const names = await filled(kernel, 10_000);
    const open = await kernel.opendir(ROOT);
    const listed = await kernel.list(open, 32_768);
    expect(listed.length).toBe(10_002);
    expect(new Set(listed)).toEqual(new Set(['.', '..', ...names]));
    await kernel[Symbol.asyncDispose]();
  });
});

test('READDIRPLUS says what each file is, and what it cannot look at it lists all the same', async () => {
  const tree = ram();
  const refusing = changed(tree, {
    walk: (name, r) => {
      if (name === 'bad') throw new FileError('EACCES');
      return tree.walk!(name, r);
    },
  });
  await using kernel = await mounted(refusing);
  await using direct = await mounted(tree);
  await direct.mknod(ROOT, 'bad', REG);
  const good = await direct.create(ROOT, 'good');
  await direct.write(good, 0, 'four');
  await kernel.getattr(ROOT);
  const page = await kernel.readdirplus(await kernel.opendir(ROOT));
  expect(page.map(({ name }) => name)).toEqual(['.', '..', 'bad', 'good']);
  expect(page.map(({ entry }) => entry!.node > 0)).toEqual([false, false, false, true]);
  expect(page[3].entry).toMatchObject({ attr: { size: 4 }, validFor: 1, entryValidFor: 1 });
  expect(page[3].ino).toBe(page[3].entry!.attr.ino);
});

test('a synthetic directory says no more than names', async () => {
  await using kernel = await mounted(dir({ a: text('x'), d: dir({}) }));
  await kernel.getattr(ROOT);
  const page = await kernel.readdirplus(await kernel.opendir(ROOT));
  expect(page.map(({ name, type }) => `${name} ${type}`)).toEqual(['. 4', '.. 4', 'a 8', 'd 4']);
  expect(kernel.lookups.size).toBe(0);
});

test('an entry that does not fit is not the end', async () => {
  await using kernel = await mounted(dir({ ['x'.repeat(200)]: text('x') }));
  const open = await kernel.opendir(ROOT);
  expect(await failure(kernel.readdir(open, 0n, 16))).toBe('EINVAL');
  expect(await failure(kernel.readdir(open, 2n, 100))).toBe('EINVAL');
  expect((await kernel.readdir(open, 2n, 300)).length).toBe(1);
  expect((await kernel.readdir(open, 3n, 16)).length).toBe(0);
});

test('names that no file of this host can have are left out', async () => {
  const file = text('x');
  const names = ['good', 'a/b', '', '.', '..', 'nul\0', '\ud800', 'y'.repeat(256), 'better'];
  const entries = new Map(names.map((name) => [name, file]));
  const later = async function* () {
    yield* entries;
  };
  for (const list of [() => entries, later]) {
    await using kernel = await mounted(lookup((name) => entries.get(name), list));
    const open = await kernel.opendir(ROOT);
    for (const size of [60, 4096]) {
      expect(await kernel.list(open, size)).toEqual(['.', '..', 'good', 'better']);
    }
  }
});

test('a listing that fails, and one that does not answer, take nothing from the next', async () => {
  const wait = gate();
  let calls = 0;
  const file = text('x');
  const tree = dir({});
  async function* entries(cookie: bigint): AsyncGenerator<Entry> {
    const call = ++calls;
    for (let i = Number(cookie); i < 20; i++) {
      if (i === 5 && call === 1) await wait.promise;
      if (i === 5 && call === 2) throw new FileError('EACCES');
      yield { name: `${i}`, qid: file.qid, type: 'file', cookie: BigInt(i + 1) };
    }
  }
  const slow: File = changed(tree, { open: () => ({ list: entries }) });
  await using kernel = await mounted(slow, { timeout: 50 });
  const open = await kernel.opendir(ROOT);
  expect((await kernel.readdir(open, 0n, 24 * 2 + 8 * 2 + 32 * 3)).at(-1)!.name).toBe('2');
  expect(await failure(kernel.readdir(open, 5n))).toBe('EIO');
  await settled();
  expect(await failure(kernel.readdir(open, 5n))).toBe('EACCES');
  wait.open();
  await settled();
  expect((await kernel.list(open)).length).toBe(22);
});

test('what is being listed is told when nobody reads on', async () => {
  let ended = 0;
  const files = lookup(
    () => undefined,
    function* () {
      try {
        for (let i = 0; ; i++) yield [`${i}`, text('x')] as const;
      } finally {
        ended++;
      }
    },
  );
  await using kernel = await mounted(files);
  const open = await kernel.opendir(ROOT);
  await kernel.readdir(open, 0n, 400);
  await kernel.readdir(open, 5n, 400);
  await kernel.releasedir(open);
  await settled();
  expect(ended).toBe(2);
});
