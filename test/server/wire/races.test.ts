/** Section 3 of the corners, its last rows: requests on one fid that do not wait for each other. */
import { describe, expect, test } from '@jest/globals';
import { FileError, dir, text, type File, type OpenFile } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { DIALECTS, T, counted, s, u16, u32, u64, type Dialect } from './codec.ts';
import { Nine, READ } from './nine.ts';
import { serverOf, settle, sleep } from './peer.ts';
import { Refusal, fails, refused } from './refusal.ts';
import { Gate, oneTurn, slow, type Pause } from './slow.ts';
import { GLENDA, SYNTHETIC_TREE, TRUSTING, everywhere, ramTree, session } from './worlds.ts';

/** Some methods take longer than others, so that what is not kept in order comes out of it. */
const uneven: Pause = async (method) => {
  const turns = { walk: 5, open: 3, create: 4, read: 2, write: 3, close: 1 }[method] ?? 1;
  for (let i = 0; i < turns; i++) await oneTurn(method, undefined as never);
};

/** Heeds the signal, and takes a while. */
const heedful: Pause = (_, r) =>
  new Promise((resolve, reject) => {
    r.signal.addEventListener('abort', () => reject(new FileError('EINTR')));
    setTimeout(resolve, 2);
  });

const TREES = {
  ram: ramTree,
  synthetic: SYNTHETIC_TREE,
  'slow ram': async () => slow(await ramTree()),
  'uneven ram': async () => slow(await ramTree(), uneven),
  'heedful ram': async () => slow(await ramTree(), heedful),
};

const WALK = (fid: number, newfid: number, ...names: string[]): [number, ...Uint8Array[]] => [
  T.walk,
  ...Nine.walkFields(fid, newfid, names),
];
const CLUNK = (fid: number): [number, ...Uint8Array[]] => [T.clunk, u32(fid)];

const outcomes = (posted: readonly { body: Promise<unknown> }[]): Promise<boolean[]> =>
  Promise.all(
    posted.map(({ body }) =>
      body.then(
        () => true,
        (error: unknown) => {
          if (error instanceof Refusal) return false;
          throw error;
        },
      ),
    ),
  );

describe.each(everywhere(TREES))('not waiting for replies, %s, %s tree', (dialect, _, tree) => {
  test('walk, open, read, clunk in one write', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    const posted = nine.postAll([WALK(0, 1, 'd', 'f'), nine.openFields(1, 0), READ(1), CLUNK(1)]);
    const bodies = await Promise.all(posted.map((one) => one.body));
    expect(new TextDecoder().decode(bodies[2].counted())).toBe('f\n');
    await fails(nine.clunk(1), 'EBADF');
  });

  test('the same on thirty fids at once', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    const fids = Array.from({ length: 30 }, (_, i) => 200 + i);
    const all = [
      ...fids.map((fid) => WALK(0, fid, 'd', 'e', 'g')),
      ...fids.map((fid) => nine.openFields(fid, 0)),
      ...fids.map((fid) => READ(fid)),
      ...fids.map(CLUNK),
    ];
    const bodies = await Promise.all(nine.postAll(all).map((one) => one.body));
    for (const body of bodies.slice(60, 90)) {
      expect(new TextDecoder().decode(body.counted())).toBe('g\n');
    }
  });

  test('a walk that fails: whatever was built on it fails', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    const posted = nine.postAll([WALK(0, 1, 'nowhere'), nine.openFields(1, 0), READ(1), CLUNK(1)]);
    for (const { body } of posted) await refused(body);
    await nine.walk(0, 1, 'top');
  });

  test('two opens of one fid: one succeeds', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1, 'top');
    const posted = nine.postAll([nine.openFields(1, 0), nine.openFields(1, 0), nine.openFields(1, 0)]);
    expect(await outcomes(posted)).toEqual([true, false, false]);
    expect(await nine.text(1)).toBe('top\n');
  });

  test('two walks of one fid onto itself: one after the other', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1);
    const posted = nine.postAll([WALK(1, 1, 'd'), WALK(1, 1, 'e'), WALK(1, 1, 'g')]);
    expect(await outcomes(posted)).toEqual([true, true, true]);
    await nine.open(1);
    expect(await nine.text(1)).toBe('g\n');
  });

  test('two walks to one new fid: one of them has it', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    const results = await outcomes(nine.postAll([WALK(0, 1, 'd'), WALK(0, 1, 'top')]));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect((await nine.info(1)).isDir).toBe(results[0]);
  });

  test('two clunks of one fid: one succeeds', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1, 'd');
    expect(await outcomes(nine.postAll([CLUNK(1), CLUNK(1)]))).toEqual([true, false]);
    await nine.walk(0, 1, 'top');
  });

  test('open and clunk: the open is not left behind', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1, 'top');
    const [, clunked] = nine.postAll([nine.openFields(1, 0), CLUNK(1)]);
    await clunked.body;
    await fails(nine.read(1, 0, 10), 'EBADF');
    await nine.walk(0, 1, 'top');
    await nine.open(1);
  });

  test('a walk from a fid that is being clunked', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1, 'd');
    const [first, , late] = await outcomes(
      nine.postAll([WALK(1, 2, 'f'), CLUNK(1), WALK(1, 3, 'f'), CLUNK(3)]),
    );
    expect([first, late]).toEqual([true, false]);
    expect((await nine.info(2)).isDir).toBe(false);
  });
});

const WRITABLE = {
  ram: () => ram({ owner: GLENDA }),
  'slow ram': () => slow(ram({ owner: GLENDA })),
  'uneven ram': () => slow(ram({ owner: GLENDA }), uneven),
  'heedful ram': () => slow(ram({ owner: GLENDA }), heedful),
};

describe.each(everywhere(WRITABLE))('writing without waiting, %s, %s tree', (dialect, _, tree) => {
  const WRITE = (fid: number, offset: number, data: string): [number, ...Uint8Array[]] => [
    T.write,
    u32(fid),
    u64(offset),
    counted(data),
  ];

  test('walk, create, write, write, clunk in one write: nothing is lost', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    const posted = nine.postAll([
      WALK(0, 1),
      nine.createFields(1, 'f'),
      WRITE(1, 0, 'one '),
      WRITE(1, 4, 'two '),
      WRITE(1, 8, 'three'),
      CLUNK(1),
    ]);
    expect(await outcomes(posted)).toEqual([true, true, true, true, true, true]);
    expect(await nine.content('f')).toBe('one two three');
  });

  test('two creates on one fid: one file', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1);
    const posted = nine.postAll([nine.createFields(1, 'a'), nine.createFields(1, 'b')]);
    expect(await outcomes(posted)).toEqual([true, false]);
    expect(await nine.list()).toEqual(['a']);
    await nine.write(1, 0, 'x');
  });

  test('two creates of one name: one succeeds', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1);
    await nine.walk(0, 2);
    const results = await outcomes(nine.postAll([nine.createFields(1, 'a'), nine.createFields(2, 'a')]));
    expect(results.filter(Boolean)).toHaveLength(1);
    await nine.clunk(1);
    await nine.clunk(2);
  });

  test('create and clunk, then the name is removed by another fid', async () => {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1);
    expect(await outcomes(nine.postAll([nine.createFields(1, 'a'), CLUNK(1)]))).toEqual([true, true]);
    await nine.walk(0, 1, 'a');
    const [removed, again] = await outcomes(nine.postAll([[T.remove, u32(1)], CLUNK(1)]));
    expect([removed, again]).toEqual([true, false]);
    expect(await nine.list()).toEqual([]);
  });
});

/** Reads wait until the test lets them go; the signal ends them unless they are deaf. */
function blocking(isDeaf: boolean) {
  const counts = { opened: 0, closed: 0, reads: 0 };
  let open: (() => void)[] = [];
  const file: File = {
    ...text(''),
    open: (): OpenFile => {
      counts.opened++;
      return {
        read: (_offset, into, r) => {
          counts.reads++;
          return new Promise<number>((resolve, reject) => {
            open.push(() => {
              into.set([0x21]);
              resolve(1);
            });
            if (!isDeaf) r.signal.addEventListener('abort', () => reject(new FileError('EINTR')));
          });
        },
        close: () => void counts.closed++,
      };
    },
  };
  const release = (): void => {
    for (const one of open) one();
    open = [];
  };
  return { file, counts, release };
}

describe.each(DIALECTS)('a blocked read, %s', (dialect) => {
  test('holds up nobody', async () => {
    const { file } = blocking(false);
    const nine = await session(serverOf(dir({ file, other: text('other\n') })), dialect);
    const fid = await nine.opened(['file']);
    const { tag } = nine.post(...READ(fid));
    expect(await nine.content('other')).toBe('other\n');
    await nine.info(fid);
    await nine.clunk(await nine.opened(['file']));
    expect(nine.isAnswered(tag)).toBe(false);
    await nine.flush(tag);
    nine.forget(tag);
  });

  test('that is deaf, and a clunk: answered when the read is', async () => {
    const { file, counts, release } = blocking(true);
    const nine = await session(serverOf(dir({ file })), dialect);
    const fid = await nine.opened(['file']);
    const read = nine.post(...READ(fid));
    const clunk = nine.post(...CLUNK(fid));
    await settle();
    // The file is in use: it is not closed under the handler's feet.
    expect(counts.closed).toBe(0);
    release();
    await read.body;
    await clunk.body;
    expect(counts.closed).toBe(1);
  });

  test('and a lost connection: the file is closed', async () => {
    const { file, counts } = blocking(false);
    const server = serverOf(dir({ file }));
    const nine = await session(server, dialect);
    const fid = await nine.opened(['file']);
    const { tag } = nine.post(...READ(fid));
    await settle();
    nine.forget(tag);
    nine.cut();
    await settle();
    expect(counts).toEqual({ opened: 1, closed: 1, reads: 1 });
    expect(server.connections).toBe(0);
  });
});

describe.each(DIALECTS)('a connection that is lost, %s', (dialect: Dialect) => {
  async function cutDuring(method: string, act: (nine: Nine) => { tag: number }): Promise<number> {
    const counts = { opened: 0, closed: 0 };
    const file: File = {
      ...text('x'),
      open: () => {
        counts.opened++;
        return { read: () => 0, close: () => void counts.closed++ };
      },
    };
    const gate = new Gate(method);
    const server = serverOf(slow(dir({ file }), gate.pause));
    const nine = await session(server, dialect);
    await nine.walk(0, 1, 'file');
    gate.close();
    const { tag } = act(nine);
    await settle();
    expect(gate.arrived).toBe(1);
    nine.forget(tag);
    nine.cut();
    await settle();
    gate.open();
    await settle();
    expect(counts.closed).toBe(counts.opened);
    expect(server.connections).toBe(0);
    return counts.opened;
  }

  test('during an open', async () => {
    expect(await cutDuring('open', (nine) => nine.post(...nine.openFields(1, 0)))).toBe(1);
  });

  test('during a walk', async () => {
    expect(await cutDuring('walk', (nine) => nine.post(...WALK(0, 2, 'file')))).toBe(0);
  });

  test('during an open that a read waits for', async () => {
    expect(
      await cutDuring('open', (nine) => {
        const [opening, reading] = nine.postAll([nine.openFields(1, 0), READ(1)]);
        nine.forget(reading.tag);
        return opening;
      }),
    ).toBe(1);
  });
});

test('9P2000: replies are as many as requests, whatever happens on one fid', async () => {
  const nine = await session(serverOf(slow(await ramTree(), uneven), TRUSTING), '9P2000', GLENDA);
  const requests: [number, ...Uint8Array[]][] = [];
  for (let i = 0; i < 60; i++) {
    requests.push(
      [WALK(0, 1, 'd'), nine.openFields(1, 0), READ(1), CLUNK(1), WALK(1, 1, 'e'), [T.stat, u32(1)]][
        (i * 7 + Math.floor(i / 5)) % 6
      ] as [number, ...Uint8Array[]],
    );
  }
  const posted = nine.postAll(requests);
  await outcomes(posted);
  await sleep(5);
  expect(nine.replies).toHaveLength(60 + 2);
});

test.each(DIALECTS)('%s: an attach to a fid that a walk is making', async (dialect) => {
  const gate = new Gate('walk');
  const nine = await session(serverOf(slow(await ramTree(), gate.pause), TRUSTING), dialect, GLENDA);
  gate.close();
  const walk = nine.post(...WALK(0, 1, 'top'));
  await refused(nine.attach(1));
  await refused(nine.walk(0, 1));
  const flushed = nine.post(T.flush, u16(999));
  await flushed.body;
  gate.open();
  await walk.body;
  expect((await nine.info(1)).isDir).toBe(false);
});

test('9P2000.L: a rename while the file is being opened', async () => {
  const gate = new Gate('open');
  const nine = await session(serverOf(slow(await ramTree(), gate.pause), TRUSTING), '9P2000.L', GLENDA);
  await nine.walk(0, 1, 'top');
  gate.close();
  const opening = nine.post(...nine.openFields(1, 2));
  await nine.rpc(T.renameat, u32(0), s('top'), u32(0), s('bottom'));
  gate.open();
  await opening.body;
  expect(await nine.text(1)).toBe('top\n');
  await nine.remove(1);
  expect(await nine.list()).toEqual(['d']);
});

test('9P2000.L: a blocked read and a clunk of its fid: both are answered, once each', async () => {
  const { file, counts } = blocking(false);
  const nine = await session(serverOf(dir({ file })), '9P2000.L');
  const fid = await nine.opened(['file']);
  const reads = [nine.post(...READ(fid)), nine.post(...READ(fid))];
  await settle();
  await nine.clunk(fid);
  for (const { body } of reads) await refused(body);
  expect(counts).toEqual({ opened: 1, closed: 1, reads: 2 });
  await nine.walk(0, fid, 'file');
});

test('9P2000: a blocked read and a remove of its fid', async () => {
  const { file, counts } = blocking(false);
  const nine = await session(serverOf(dir({ file })), '9P2000');
  const fid = await nine.opened(['file']);
  const read = nine.post(...READ(fid));
  await settle();
  await refused(nine.remove(fid));
  await refused(read.body);
  expect(counts.closed).toBe(1);
  await fails(nine.clunk(fid), 'EBADF');
});
