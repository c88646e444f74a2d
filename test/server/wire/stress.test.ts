/**
 * Requests at random, many at a time, on few fids of a tree whose methods take uneven time: whatever happens, every
 * request has one answer, or none if it was flushed, and what was opened and found is closed and released in the end.
 */
import { describe, expect, test } from '@jest/globals';
import { FileError, type Created, type File, type OpenFile, type Request } from '../../../src/file/index.ts';
import { DIALECTS, T, counted, s, u16, u32, u64, type Dialect } from './codec.ts';
import { Nine } from './nine.ts';
import { serverOf, settle, sleep } from './peer.ts';
import { GLENDA, TRUSTING, agree, ramTree, session } from './worlds.ts';

interface Counts {
  opened: number;
  closed: number;
  held: number;
}

type Random = (below: number) => number;

function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const real = new WeakMap<File, File>();

/** The tree, with methods that take time at random, some of which heed the signal; and a count of what is held. */
function counting(file: File, counts: Counts, random: Random): File {
  const take = async (r: Request): Promise<void> => {
    const isHeedful = random(3) === 0;
    for (let turns = random(6); turns > 0; turns--) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isHeedful && r.signal.aborted) throw new FileError('EINTR');
    }
  };
  const found = (inner: File): File => {
    counts.held++;
    const made = counting(inner, counts, random);
    return Object.assign(made, { release: () => void counts.held-- });
  };
  const opened = (open: OpenFile): OpenFile => {
    counts.opened++;
    return {
      read: async (offset, into, r) => {
        await take(r);
        return open.read!(offset, into, r);
      },
      write: async (offset, data, r) => {
        await take(r);
        return open.write!(offset, data, r);
      },
      ...(open.list && { list: open.list.bind(open) }),
      change: (change, r) => open.change?.(change, r),
      close: async (reason, r) => {
        counts.closed++;
        await new Promise((resolve) => setImmediate(resolve));
        await open.close?.(reason, r);
      },
    };
  };
  const outer: File = {
    get qid() {
      return file.qid;
    },
    tree: file.tree,
    attr: (r) => file.attr(r),
    walk: async (name, r) => {
      await take(r);
      const inner = await file.walk?.(name, r);
      return inner && found(inner);
    },
    open: async (mode, r) => {
      await take(r);
      return opened(await file.open!(mode, r));
    },
    create: async (name, spec, mode, r): Promise<Created> => {
      await take(r);
      if (!file.create) throw new FileError('ENOTDIR');
      const created = await file.create(name, spec, mode, r);
      return { file: found(created.file), open: opened(created.open) };
    },
    unlink: async (name, what, r) => {
      await take(r);
      await file.unlink!(name, what, r);
    },
    rename: async (name, to, toName, replace, r) => {
      await take(r);
      await file.rename!(name, real.get(to)!, toName, replace, r);
    },
    change: (change, r) => file.change!(change, r),
  };
  real.set(outer, file);
  return outer;
}

const NAMES = ['f', 'new', 'top', 'other', 'e'];
const PATHS = [
  [],
  ['d'],
  ['top'],
  ['d', 'f'],
  ['d', 'e'],
  ['d', 'e', 'g'],
  ['d', 'nowhere'],
  ['d', '..', 'new'],
];

type Fields = [number, ...Uint8Array[]];

function request(nine: Nine, random: Random, tags: readonly number[]): Fields {
  const from = random(3) === 0 ? random(6) : 0;
  const fid = 1 + random(5);
  const name = NAMES[random(NAMES.length)];
  switch (random(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return [
        T.walk,
        ...Nine.walkFields(from, random(8) === 0 ? from || 1 : fid, PATHS[random(PATHS.length)]),
      ];
    case 5:
    case 6:
      return nine.openFields(fid, random(3));
    case 7:
      return nine.createFields(fid, name);
    case 8:
    case 9:
      return [T.read, u32(fid), u64(0), u32(random(2000))];
    case 10:
      return [T.write, u32(fid), u64(random(100)), counted('x'.repeat(random(50)))];
    case 11:
    case 12:
      return [random(5) === 0 ? T.remove : T.clunk, u32(fid)];
    case 13:
      return nine.isLinux
        ? [T.renameat, u32(from), s(name), u32(0), s(NAMES[random(NAMES.length)])]
        : nine.wstatFields(fid, { name: NAMES[random(NAMES.length)] });
    default:
      return [T.flush, u16(tags.length > 0 ? tags[random(tags.length)] : 4711)];
  }
}

async function play(dialect: Dialect, seed: number): Promise<void> {
  const random = seeded(seed);
  const counts: Counts = { opened: 0, closed: 0, held: 0 };
  const root = counting(await ramTree(), counts, seeded(seed + 1));
  const server = serverOf(root, TRUSTING);
  const nine = await session(server, dialect, GLENDA);
  for (let round = 0; round < 20; round++) {
    const posted: { tag: number; code: number; answered: boolean; flushed: boolean }[] = [];
    for (let i = 0; i < 15; i++) {
      const live = posted.filter((one) => !one.answered).map((one) => one.tag);
      const fields = request(nine, random, live);
      const { tag, code, reply } = nine.post(...fields);
      const one = { tag, code, answered: false, flushed: false };
      posted.push(one);
      void reply.then(
        () => (one.answered = true),
        () => undefined,
      );
      if (code === T.flush) {
        const oldtag = fields[1][0] | (fields[1][1] << 8);
        const target = posted.find((each) => each.tag === oldtag && each !== one);
        if (target) target.flushed = true;
      }
      if (random(4) === 0) await settle(1);
    }
    for (let i = 0; i < 400; i++) {
      if (posted.every((one) => one.answered || one.flushed)) break;
      await (i < 300 ? settle(1) : sleep(5));
    }
    const hanging = posted.filter((one) => !one.answered && !one.flushed);
    expect(hanging).toEqual([]);
    await settle(20);
    for (const one of posted) if (!one.answered) nine.forget(one.tag);
    if (random(5) === 0) {
      await agree(nine, dialect);
      await nine.attach(0);
    }
  }
  nine.cut();
  for (let i = 0; i < 50 && server.connections > 0; i++) await settle(1);
  expect(server.connections).toBe(0);
  expect(counts.closed).toBe(counts.opened);
  expect(counts.held).toBe(0);
}

describe.each(DIALECTS)('at random, %s', (dialect) => {
  test.each([1, 2, 3, 4, 5])('seed %i', (seed) => play(dialect, seed));
});
