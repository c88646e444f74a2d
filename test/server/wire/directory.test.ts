/** Section 5 of the corners, directory read (9P2000, 9P2000.u), and section 8, Treaddir (9P2000.L). */
import { describe, expect, test } from '@jest/globals';
import { dir, lookup, text, type File } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { CLASSIC, DIALECTS, T, u32, u64, unpackStats } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf, settle } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { slow } from './slow.ts';
import { GLENDA, TRUSTING, everywhere, ramSession, session } from './worlds.ts';

const COUNT = 120;
const name = (i: number): string => `file-${String(i).padStart(4, '0')}${'x'.repeat(i % 40)}`;
const NAMES = Array.from({ length: COUNT }, (_, i) => name(i));

async function ramDirectory(): Promise<File> {
  const root = ram({ owner: GLENDA });
  const nine = await session(serverOf(root, TRUSTING), '9P2000.L', GLENDA);
  for (const one of NAMES) await nine.make([one]);
  return root;
}

const entries = (): readonly (readonly [string, File])[] => NAMES.map((one) => [one, text(one)]);

const TREES = {
  ram: ramDirectory,
  'slow ram': async () => slow(await ramDirectory()),
  dir: () => dir(new Map(entries())),
  lookup: () => {
    const files = new Map(entries());
    return lookup(
      (one) => files.get(one),
      () => files,
    );
  },
  'lookup, asynchronous': () => {
    const files = new Map(entries());
    return lookup(
      async (one) => files.get(one),
      async function* () {
        yield* files;
      },
    );
  },
};

describe.each(everywhere(TREES))('a directory of 120, %s, %s', (dialect, _, tree) => {
  async function begin(): Promise<{ nine: Nine; fid: number }> {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    return { nine, fid: await nine.opened([]) };
  }

  test.each([200, 1000, 0xffff_ffff])('in pieces of %i bytes: each name once', async (count) => {
    const { nine, fid } = await begin();
    expect((await nine.names(fid, count)).toSorted()).toEqual(NAMES.toSorted());
  });

  test('again from the start', async () => {
    const { nine, fid } = await begin();
    const first = await nine.names(fid, 700);
    expect(await nine.names(fid, 5000)).toEqual(first);
    // From the middle back to the start.
    if (nine.isLinux) await nine.readdir(fid, 0, 1000);
    else await nine.read(fid, 0, 1000);
    expect(await nine.names(fid, 1000)).toEqual(first);
  });

  test('by two fids at once', async () => {
    const { nine, fid } = await begin();
    const other = await nine.opened([]);
    const [one, two] = await Promise.all([nine.names(fid, 600), nine.names(other, 900)]);
    expect(one).toEqual(two);
    expect(one).toHaveLength(COUNT);
  });

  test('what it says of the files is what they say of themselves', async () => {
    const { nine, fid } = await begin();
    if (nine.isLinux) {
      for (const entry of (await nine.readdir(fid, 0)).slice(2, 20)) {
        expect((await nine.getattr(await nine.at(entry.name))).qid).toEqual(entry.qid);
        expect(entry.type).toBe(8);
      }
    } else {
      for (const stat of (await nine.stats(fid, 0)).slice(0, 20)) {
        expect(await nine.stat(await nine.at(stat.name))).toEqual(stat);
      }
    }
  });
});

describe.each(CLASSIC)('Tread of a directory, %s', (dialect) => {
  async function begin(names: readonly string[] = NAMES.slice(0, 40)): Promise<{ nine: Nine; fid: number }> {
    const { nine } = await ramSession(dialect);
    for (const one of names) await nine.make([one]);
    return { nine, fid: await nine.opened([]) };
  }

  test('goes on where the last one ended, and nowhere else', async () => {
    const { nine, fid } = await begin();
    const first = await nine.read(fid, 0, 1000);
    for (const offset of [1, first.length - 1, first.length + 1, 2 ** 40]) {
      await fails(nine.read(fid, offset, 1000), 'ESPIPE');
    }
    const second = await nine.read(fid, first.length, 1000);
    await fails(nine.read(fid, first.length, 1000), 'ESPIPE');
    await refused(nine.read(fid, 2n ** 63n, 1000));
    const third = await nine.read(fid, first.length + second.length, 1000);
    const names = [first, second, third].flatMap((data) => unpackStats(data, dialect).map((s) => s.name));
    expect(names).toEqual(NAMES.slice(0, names.length));
  });

  test('starts at 0: a first read elsewhere is an error', async () => {
    const { nine, fid } = await begin();
    await fails(nine.read(fid, 10, 1000), 'ESPIPE');
    expect(await nine.names(fid)).toHaveLength(40);
  });

  test('a count that no entry fits in is an error, not the end; a larger one goes on', async () => {
    const { nine, fid } = await begin();
    await refused(nine.read(fid, 0, 10));
    const first = await nine.read(fid, 0, 200);
    expect(unpackStats(first, dialect).length).toBeGreaterThan(0);
    const rest: string[] = [];
    for (let offset = first.length, count = 200 - first.length + 1; ;) {
      const data = await nine.read(fid, offset, count).catch(() => undefined);
      if (data?.length === 0) break;
      if (data) rest.push(...unpackStats(data, dialect).map((stat) => stat.name));
      offset += data?.length ?? 0;
      count = data ? 4000 : count + 1;
    }
    expect([...unpackStats(first, dialect).map((stat) => stat.name), ...rest]).toEqual(NAMES.slice(0, 40));
  });

  test("count 0 for what is left of Linux's buffer, which it asks for until it gets nothing; then it goes on", async () => {
    const { nine, fid } = await begin();
    const names: string[] = [];
    // p9_client_read, once for each buffer that is filled.
    for (let offset = 0, filled = -1; filled !== 0;) {
      filled = 0;
      for (let data: Uint8Array | undefined; data?.length !== 0; filled += data.length) {
        data = await nine.read(fid, offset + filled, 500 - filled);
        names.push(...unpackStats(data, dialect).map((stat) => stat.name));
      }
      offset += filled;
    }
    expect(names).toEqual(NAMES.slice(0, 40));
  });

  test('the end is count 0, again and again', async () => {
    const { nine, fid } = await begin([]);
    expect(await nine.read(fid, 0, 100)).toHaveLength(0);
    expect(await nine.read(fid, 0, 100)).toHaveLength(0);
  });

  test('removal while it is read: no entry is left out, none comes twice', async () => {
    const { nine, fid } = await begin();
    const seen: string[] = [];
    for (let offset = 0; ;) {
      const data = await nine.read(fid, offset, 500);
      if (data.length === 0) break;
      const names = unpackStats(data, dialect).map((stat) => stat.name);
      seen.push(...names);
      for (const one of names) await nine.remove(await nine.at(one));
      offset += data.length;
    }
    expect(seen).toEqual(NAMES.slice(0, 40));
    expect(await nine.list()).toEqual([]);
  });

  test('needs an open', async () => {
    const { nine } = await begin([]);
    await fails(nine.read(0, 0, 100), 'EBADF');
  });

  test('a directory that was removed is empty', async () => {
    const { nine } = await begin([]);
    await nine.mkdir(0, 'd');
    const fid = await nine.opened(['d']);
    await nine.remove(await nine.at('d'));
    expect(await nine.names(fid)).toEqual([]);
  });
});

describe('Treaddir, 9P2000.L', () => {
  async function begin(count = 40): Promise<{ nine: Nine; fid: number }> {
    const { nine } = await ramSession('9P2000.L');
    for (const one of NAMES.slice(0, count)) await nine.make([one]);
    return { nine, fid: await nine.opened([]) };
  }

  test('`.` and `..` are there, with the right qids and types', async () => {
    const { nine } = await begin(0);
    await nine.mkdir(0, 'd');
    await nine.mkdir(await nine.at('d'), 'e');
    const fid = await nine.opened(['d', 'e']);
    const [dot, dotdot, ...rest] = await nine.readdir(fid, 0);
    expect([dot.name, dotdot.name, rest.length]).toEqual(['.', '..', 0]);
    expect(dot.qid).toEqual((await nine.getattr(fid)).qid);
    expect(dotdot.qid).toEqual((await nine.getattr(await nine.at('d'))).qid);
    expect([dot.type, dotdot.type]).toEqual([4, 4]);
    const root = await nine.opened([]);
    const [dotOfRoot, above] = await nine.readdir(root, 0);
    expect(above.qid).toEqual(dotOfRoot.qid);
  });

  test('the cookie of any entry goes on after it', async () => {
    const { nine, fid } = await begin();
    const all = await nine.readdir(fid, 0);
    expect(all).toHaveLength(42);
    expect(new Set(all.map((entry) => entry.offset)).size).toBe(42);
    for (const i of [0, 1, 2, 17, 40, 41, 5, 0]) {
      expect(await nine.readdir(fid, all[i].offset)).toEqual(all.slice(i + 1));
    }
    expect(await nine.readdir(fid, 0)).toEqual(all);
  });

  test('a cookie survives the removal of its entry, and of all before it', async () => {
    const { nine, fid } = await begin();
    const first = await nine.readdir(fid, 0, 600);
    const last = first[first.length - 1];
    for (const entry of first.slice(2)) await nine.remove(await nine.at(entry.name));
    // Another fid, and this one after something else was read: no place is remembered there.
    const other = await nine.opened([]);
    for (const reader of [fid, other]) {
      await nine.readdir(reader, 0, 100);
      const rest = await nine.readdir(reader, last.offset);
      expect(rest.map((entry) => entry.name)).toEqual(NAMES.slice(first.length - 2, 40));
    }
  });

  test('rm -r: removing what was read, until nothing comes', async () => {
    const { nine, fid } = await begin(100);
    let offset = 0n;
    let removed = 0;
    for (;;) {
      const entries = await nine.readdir(fid, offset, 500);
      if (entries.length === 0) break;
      for (const entry of entries) {
        if (entry.name.startsWith('.')) continue;
        await nine.remove(await nine.at(entry.name));
        removed++;
      }
      offset = entries[entries.length - 1].offset;
    }
    expect(removed).toBe(100);
    expect(await nine.list()).toEqual([]);
  });

  test('names that come while it is read do no harm', async () => {
    const { nine, fid } = await begin(30);
    const seen: string[] = [];
    for (let offset = 0n, i = 0; ; i++) {
      const entries = await nine.readdir(fid, offset, 400);
      if (entries.length === 0) break;
      seen.push(...entries.map((entry) => entry.name));
      offset = entries[entries.length - 1].offset;
      if (i < 5) await nine.make([`new-${i}`]);
    }
    expect(new Set(seen).size).toBe(seen.length);
    for (const one of NAMES.slice(0, 30)) expect(seen).toContain(one);
  });

  test('a rename while it is read does no harm', async () => {
    const { nine, fid } = await begin(30);
    const first = await nine.readdir(fid, 0, 400);
    await nine.rename(await nine.at(NAMES[29]), 'renamed');
    const rest = await nine.readdir(fid, first[first.length - 1].offset);
    const names = [...first, ...rest].map((entry) => entry.name);
    expect(names).toContain('renamed');
    expect(names).not.toContain(NAMES[29]);
    expect(new Set(names).size).toBe(32);
  });

  test('a count that no entry fits in is an error, not the end', async () => {
    const { nine, fid } = await begin();
    const all = await nine.readdir(fid, 0);
    for (const count of [1, 10, 24]) await fails(nine.readdir(fid, 0, count), 'EINVAL');
    for (const i of [1, 5, 30]) {
      await fails(nine.readdir(fid, all[i].offset, 30), 'EINVAL');
      expect(await nine.readdir(fid, all[i].offset)).toEqual(all.slice(i + 1));
    }
    // `.` alone.
    expect((await nine.readdir(fid, 0, 25)).map((entry) => entry.name)).toEqual(['.']);
    expect((await nine.readdir(fid, 1, 26)).map((entry) => entry.name)).toEqual(['..']);
  });

  test('an entry that no message has room for is an error too', async () => {
    const { nine } = await begin(0);
    await nine.make(['a'.repeat(255)]);
    await nine.version(256, '9P2000.L');
    await nine.attach(0);
    await nine.open(0);
    const [dot, dotdot] = await nine.readdir(0, 0);
    expect([dot.name, dotdot.name]).toEqual(['.', '..']);
    await fails(nine.readdir(0, dotdot.offset), 'EINVAL');
  });

  test('the end is count 0, for whatever cookie lies there', async () => {
    const { nine, fid } = await begin(3);
    const all = await nine.readdir(fid, 0);
    const end = all[all.length - 1].offset;
    for (const offset of [end, end + 1n, 2n ** 40n, 2n ** 63n - 1n, 2n ** 64n - 1n]) {
      expect(await nine.readdir(fid, offset)).toEqual([]);
    }
  });

  test('types: DT_*', async () => {
    const { nine, fid } = await begin(0);
    await nine.make(['file']);
    await nine.mkdir(0, 'dir');
    await nine.rpc(T.symlink, u32(0), ...symlinkFields('link', 'file'));
    await nine.rpc(T.mknod, u32(0), ...mknodFields('fifo', 0o010644));
    await nine.rpc(T.mknod, u32(0), ...mknodFields('socket', 0o140644));
    const types = (await nine.readdir(fid, 0)).map((entry) => [entry.name, entry.type]);
    expect(Object.fromEntries(types)).toEqual({
      '.': 4,
      '..': 4,
      file: 8,
      dir: 4,
      link: 10,
      fifo: 1,
      socket: 12,
    });
  });

  test('only of an open directory; Tread is not for directories', async () => {
    const { nine, fid } = await begin(1);
    await fails(nine.readdir(0, 0), 'EBADF');
    await fails(nine.readdir(await nine.opened([NAMES[0]]), 0), 'ENOTDIR');
    await fails(nine.read(fid, 0, 1000), 'EISDIR');
    await fails(nine.readdir(777, 0), 'EBADF');
  });

  test('the reply never exceeds the msize, whatever count', async () => {
    const { nine } = await begin(COUNT);
    await nine.version(4096, '9P2000.L');
    await nine.attach(0);
    await nine.open(0);
    expect(await nine.names(0, 0xffff_ffff)).toHaveLength(COUNT);
    expect(Math.max(...nine.replies.slice(-10).map((reply) => reply.size))).toBeLessThanOrEqual(4096 - 13);
  });
});

function symlinkFields(name: string, target: string): readonly Uint8Array[] {
  const text = (value: string): Uint8Array[] => [
    Uint8Array.of(value.length, 0),
    new TextEncoder().encode(value),
  ];
  return [...text(name), ...text(target), u32(1000)];
}

function mknodFields(name: string, mode: number): readonly Uint8Array[] {
  return [
    Uint8Array.of(name.length, 0),
    new TextEncoder().encode(name),
    u32(mode),
    u32(0),
    u32(0),
    u32(1000),
  ];
}

describe.each(DIALECTS)('a listing that is given up, %s', (dialect) => {
  test.each(['clunk', 'cut', 'rewind'] as const)('%s: its generator ends', async (how) => {
    let open = 0;
    const names = async function* (): AsyncGenerator<readonly [string, File]> {
      open++;
      try {
        for (const one of NAMES) yield [one, text('')];
      } finally {
        open--;
      }
    };
    const nine = await session(serverOf(lookup(() => undefined, names)), dialect);
    const fid = await nine.opened([]);
    const first = nine.isLinux
      ? nine.rpc(T.readdir, u32(fid), u64(0), u32(500))
      : nine.rpc(T.read, u32(fid), u64(0), u32(500));
    await first;
    expect(open).toBe(1);
    if (how === 'clunk') await nine.clunk(fid);
    else if (how === 'cut') nine.cut();
    else {
      await nine.names(fid);
      await nine.clunk(fid);
    }
    await settle();
    expect(open).toBe(0);
  });
});
