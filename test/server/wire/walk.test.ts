/** Section 3 of the corners: walk, and when a fid becomes free. */
import { describe, expect, test } from '@jest/globals';
import { FileError, dir, text, type File } from '../../../src/file/index.ts';
import { DIALECTS, DMDIR, NOFID, T, u32, type WireQid } from './codec.ts';
import { Nine } from './nine.ts';
import { serverOf, settle } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { slow } from './slow.ts';
import { GLENDA, KEN, SYNTHETIC_TREE, TRUSTING, everywhere, ramSession, ramTree, session } from './worlds.ts';

const TREES = {
  ram: ramTree,
  synthetic: SYNTHETIC_TREE,
  'slow ram': async () => slow(await ramTree()),
};

describe.each(everywhere(TREES))('Twalk, %s, %s tree', (dialect, _, tree) => {
  async function begin(): Promise<Nine> {
    return session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
  }

  const isFree = (nine: Nine, fid: number): Promise<unknown> => fails(nine.clunk(fid), 'EBADF');

  async function qidOf(nine: Nine, ...names: readonly string[]): Promise<WireQid> {
    const fid = await nine.at(...names);
    const { qid } = await nine.info(fid);
    await nine.clunk(fid);
    return qid;
  }

  test('nwname=0 clones, also a file; the clones are independent', async () => {
    const nine = await begin();
    for (const [i, names] of [[], ['d'], ['d', 'f']].entries()) {
      const [fid, clone] = [10 + i, 20 + i];
      await nine.walk(0, fid, ...names);
      expect(await nine.walk(fid, clone)).toEqual([]);
      expect((await nine.info(clone)).qid).toEqual((await nine.info(fid)).qid);
      await nine.clunk(fid);
      expect((await nine.info(clone)).isDir).toBe(names.length < 2);
      await nine.clunk(clone);
    }
  });

  test('the qids are those of the files', async () => {
    const nine = await begin();
    const qids = await nine.walk(0, 1, 'd', 'e', 'g');
    expect(qids).toEqual([
      await qidOf(nine, 'd'),
      await qidOf(nine, 'd', 'e'),
      await qidOf(nine, 'd', 'e', 'g'),
    ]);
    expect(qids.map((qid) => qid.type & 0x80)).toEqual([0x80, 0x80, 0]);
    expect(new Set(qids.map((qid) => qid.path)).size).toBe(3);
  });

  test('newfid==fid: changes on success only', async () => {
    const nine = await begin();
    await nine.walk(0, 1, 'd');
    const d = (await nine.info(1)).qid;
    expect(await nine.walk(1, 1, 'e')).toHaveLength(1);
    expect(await nine.walk(1, 1, '..')).toEqual([d]);
    await fails(nine.walk(1, 1, 'nowhere'), 'ENOENT');
    expect((await nine.info(1)).qid).toEqual(d);
    expect(await nine.walk(1, 1, 'e', 'nowhere')).toHaveLength(1);
    expect((await nine.info(1)).qid).toEqual(d);
    expect(await nine.walk(1, 1)).toEqual([]);
    expect((await nine.info(1)).qid).toEqual(d);
  });

  test('newfid in use is an error, and both stay', async () => {
    const nine = await begin();
    await nine.walk(0, 1, 'd');
    await nine.walk(0, 2, 'top');
    await refused(nine.walk(1, 2, 'f'));
    await refused(nine.walk(1, 2));
    await refused(nine.walk(1, 0));
    expect((await nine.info(1)).isDir).toBe(true);
    expect((await nine.info(2)).isDir).toBe(false);
  });

  test('the first name is missing: an error, newfid is not bound, fid is untouched', async () => {
    const nine = await begin();
    await fails(nine.walk(0, 1, 'nowhere'), 'ENOENT');
    await fails(nine.walk(0, 1, 'nowhere', 'd'), 'ENOENT');
    await isFree(nine, 1);
    expect(await nine.walk(0, 1, 'd')).toHaveLength(1);
  });

  test('a later name is missing: as many qids as there are, newfid is not bound', async () => {
    const nine = await begin();
    expect(await nine.walk(0, 1, 'd', 'nowhere')).toEqual([await qidOf(nine, 'd')]);
    expect(await nine.walk(0, 1, 'd', 'e', 'nowhere', 'g')).toHaveLength(2);
    expect((await nine.info(0)).qid).toEqual(await qidOf(nine));
    // Linux clunks it all the same: harmless.
    await isFree(nine, 1);
    await nine.walk(0, 1, 'top');
  });

  test('through a file', async () => {
    const nine = await begin();
    await nine.walk(0, 1, 'top');
    await fails(nine.walk(1, 2, 'x'), 'ENOTDIR');
    await fails(nine.walk(1, 2, '..'), 'ENOTDIR');
    await fails(nine.walk(1, 1, 'x'), 'ENOTDIR');
    await fails(nine.walk(1, 1, '.'), 'ENOTDIR');
    expect(await nine.walk(0, 2, 'd', 'f', 'x')).toHaveLength(2);
    expect(await nine.walk(0, 2, 'd', 'f', '..', 'e')).toHaveLength(2);
    await isFree(nine, 2);
  });

  test('an open fid: to another fid, which is not open; not onto itself', async () => {
    const nine = await begin();
    const open = await nine.opened(['d', 'f']);
    const clone = nine.fid();
    expect(await nine.walk(open, clone)).toEqual([]);
    await fails(nine.read(clone, 0, 10), 'EBADF');
    await nine.open(clone);
    expect(await nine.text(clone)).toBe('f\n');
    await refused(nine.walk(open, open));
    const openDir = await nine.opened(['d']);
    const below = nine.fid();
    expect(await nine.walk(openDir, below, 'e', 'g')).toHaveLength(2);
    await nine.open(below);
    await refused(nine.walk(openDir, openDir, 'e'));
    expect(await nine.names(openDir)).toContain('e');
  });

  test('16 names are right, 17 are refused', async () => {
    const nine = await begin();
    const round = ['d', '..'];
    const sixteen = Array.from({ length: 16 }, (_, i) => round[i % 2]);
    expect(await nine.walk(0, 1, ...sixteen)).toHaveLength(16);
    const answer = await nine.walk(0, 2, ...sixteen, 'd').catch((error: unknown) => error);
    expect(answer).toBeInstanceOf(Error);
    if (!nine.isOver) await isFree(nine, 2);
  });

  test('`.` is refused or a no-op, but no name', async () => {
    const nine = await begin();
    const root = await qidOf(nine);
    const qids = await nine.walk(0, 1, '.').catch(() => undefined);
    if (qids) expect(qids).toEqual([root]);
    expect(await nine.list()).toEqual(['d', 'top']);
  });

  test.each(['', '/', 'd/f', '/d', 'd/', '../d', '...', 'D', 'd\0', '__proto__', 'constructor', 'toString'])(
    '%j is not there',
    async (name) => {
      const nine = await begin();
      await refused(nine.walk(0, 1, name));
      await isFree(nine, 1);
    },
  );

  test('`..` goes where it was come from', async () => {
    const nine = await begin();
    const qids = await nine.walk(0, 1, 'd', '..', 'd', 'e', '..', '..', '..', 'top');
    const [root, d, e, top] = [
      await qidOf(nine),
      await qidOf(nine, 'd'),
      await qidOf(nine, 'd', 'e'),
      await qidOf(nine, 'top'),
    ];
    expect(qids).toEqual([d, root, d, e, d, root, root, top]);
  });

  test('unknown fids', async () => {
    const nine = await begin();
    for (const fid of [1, 77, NOFID]) {
      await fails(nine.walk(fid, 5), 'EBADF');
      await fails(nine.walk(fid, fid, 'd'), 'EBADF');
    }
    await isFree(nine, 5);
  });
});

describe.each(DIALECTS)('%s', (dialect) => {
  test('names of 255 bytes are names, longer ones are not', async () => {
    const { nine } = await ramSession(dialect);
    for (const name of ['n'.repeat(255), 'é'.repeat(127), '😀'.repeat(63)]) {
      await nine.make([name], name);
      expect(await nine.content(name)).toBe(name);
    }
    for (const name of ['n'.repeat(256), 'é'.repeat(128), '😀'.repeat(64)]) {
      await fails(nine.create(await nine.at(), name), 'ENAMETOOLONG');
      await fails(nine.walk(0, nine.fid(), name), 'ENOENT', 'ENAMETOOLONG');
    }
  });

  test('needs the right to search each directory', async () => {
    const { nine, server } = await ramSession(dialect);
    await nine.mkdir(0, 'shut', 0o700);
    await nine.mkdir(await nine.at('shut'), 'in', 0o777);
    await nine.mkdir(0, 'listed', 0o744);
    await nine.make(['listed', 'f']);
    const ken = await session(server, dialect, KEN);
    expect(await ken.walk(0, 1, 'shut')).toHaveLength(1);
    await fails(ken.walk(1, 2, 'in'), 'EACCES');
    expect(await ken.walk(0, 2, 'shut', 'in')).toHaveLength(1);
    await fails(ken.clunk(2), 'EBADF');
    await fails(ken.walk(await ken.at('listed'), 2, 'f'), 'EACCES');
    expect(await ken.list('listed')).toEqual(['f']);
  });

  test('a directory of another process is found as it is at that moment', async () => {
    const { nine, server } = await ramSession(dialect);
    const other = await session(server, dialect, GLENDA);
    await fails(nine.walk(0, 1, 'new'), 'ENOENT');
    await other.make(['new'], '1');
    const fid = await nine.at('new');
    await other.remove(await other.at('new'));
    await fails(nine.walk(0, 1, 'new'), 'ENOENT');
    await other.make(['new'], '2');
    expect((await nine.info(fid)).qid.path).not.toBe((await nine.info(await nine.at('new'))).qid.path);
  });
});

test('9P2000: a path may be longer than the stack is deep', async () => {
  const endless: File = { ...dir({}), walk: () => endless };
  const nine = await session(serverOf(endless), '9P2000');
  await nine.walk(0, 1);
  const names = Array.from({ length: 16 }, () => 'd');
  for (let i = 0; i < 100; i++) {
    const steps = Array.from({ length: 20 }, (): [number, ...Uint8Array[]] => [
      T.walk,
      ...Nine.walkFields(1, 1, names),
    ]);
    await Promise.all(nine.postAll(steps).map(({ body }) => body));
  }
  await nine.stat(1);
  await nine.clunk(1);
  await nine.stat(0);
});

describe.each(DIALECTS)('fids become free, %s', (dialect) => {
  test('after a clunk', async () => {
    const { nine } = await ramSession(dialect);
    for (let i = 0; i < 50; i++) {
      await nine.walk(0, 1);
      await nine.clunk(1);
    }
    await fails(nine.clunk(1), 'EBADF');
  });

  test('after a clunk that fails', async () => {
    const note = text('', {
      write: () => {
        throw new FileError('ENOSPC');
      },
    });
    const nine = await session(serverOf(dir({ note }), { owner: GLENDA }), dialect);
    const fid = await nine.opened(['note'], 1);
    await nine.write(fid, 0, 'x');
    await fails(nine.clunk(fid), 'ENOSPC');
    await fails(nine.clunk(fid), 'EBADF');
    await nine.walk(0, fid);
  });

  test('after a remove', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f']);
    const fid = await nine.at('f');
    await nine.remove(fid);
    await fails(nine.clunk(fid), 'EBADF');
    await fails(nine.walk(0, fid, 'f'), 'ENOENT');
    await nine.walk(0, fid);
  });

  test('after a remove that fails', async () => {
    const { nine, server } = await ramSession(dialect);
    await nine.mkdir(0, 'full');
    await nine.make(['full', 'f']);
    const fid = await nine.at('full');
    await fails(nine.remove(fid), 'ENOTEMPTY');
    await fails(nine.clunk(fid), 'EBADF');
    await refused(nine.remove(0));
    await fails(nine.clunk(0), 'EBADF');
    const ken = await session(server, dialect, KEN);
    const his = await ken.opened(['full', 'f']);
    await fails(ken.remove(his), 'EACCES');
    await fails(ken.clunk(his), 'EBADF');
    await fails(ken.remove(4711), 'EBADF');
    expect(await ken.list('full')).toEqual(['f']);
  });

  test('and gone: a file that another has removed already', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f']);
    const [one, two] = [await nine.at('f'), await nine.at('f')];
    await nine.remove(one);
    await refused(nine.remove(two));
    await fails(nine.clunk(two), 'EBADF');
  });

  test('a remove hits no other file that has taken the name', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f'], 'old');
    const [one, two] = [await nine.at('f'), await nine.at('f')];
    await nine.remove(one);
    await nine.make(['f'], 'new');
    await refused(nine.remove(two));
    expect(await nine.content('f')).toBe('new');
  });

  test('at the end of the connection: every open is closed, every File released', async () => {
    const counts = { open: 0, close: 0, release: 0 };
    const file = (): File => ({
      ...text('x'),
      open: () => {
        counts.open++;
        return { read: () => 0, close: () => void counts.close++ };
      },
      release: () => void counts.release++,
    });
    const root: File = { ...dir({}), walk: () => file() };
    const server = serverOf(root);
    const nine = await session(server, dialect);
    await nine.opened(['a']);
    await nine.opened(['b']);
    await nine.at('c');
    await nine.clunk(await nine.at('d'));
    await nine.clunk(await nine.opened(['e']));
    expect(counts).toEqual({ open: 3, close: 1, release: 2 });
    nine.cut();
    await settle();
    expect(counts).toEqual({ open: 3, close: 3, release: 5 });
    expect(server.connections).toBe(0);
  });

  test('also those of a walk that was refused half way', async () => {
    let held = 0;
    const below = (depth: number): File => {
      held++;
      return {
        ...dir({}),
        walk: (name) => (name === 'no' ? undefined : below(depth + 1)),
        release: () => void held--,
      };
    };
    const nine = await session(serverOf({ ...dir({}), walk: () => below(1) }), dialect);
    expect(await nine.walk(0, 1, 'a', 'b', 'c', 'no')).toHaveLength(3);
    expect(held).toBe(0);
    await nine.walk(0, 1, 'a', 'b', 'c');
    await nine.walk(1, 1, '..', 'x');
    await nine.walk(1, 2);
    await nine.clunk(1);
    await nine.clunk(2);
    expect(held).toBe(0);
  });
});

test('9P2000: create of a directory binds the fid to it', async () => {
  const { nine } = await ramSession('9P2000');
  const fid = await nine.at();
  const { qid } = await nine.create(fid, 'd', (DMDIR | 0o755) >>> 0, 0);
  expect(await nine.walk(fid, 1, '..', 'd')).toHaveLength(2);
  expect((await nine.stat(fid)).qid).toEqual(qid);
  expect(await nine.names(fid)).toEqual([]);
  await fails(nine.rpc(T.read, u32(1), u32(0), u32(0), u32(100)), 'EBADF');
});
