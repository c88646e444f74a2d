/** What a connection may take of memory, and what happens beyond it. */
import { describe, expect, test } from '@jest/globals';
import { dir, text, type File, type OpenFile } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import type { Limits, Server } from '../../../src/server/index.ts';
import { pipe } from '../../../src/transport/pipe.ts';
import type { Stream } from '../../../src/transport/stream.ts';
import { DIALECTS, T, counted, u32, u64, type Dialect } from './codec.ts';
import { Nine, READ } from './nine.ts';
import { serverOf, settle, sleep } from './peer.ts';
import { slow } from './slow.ts';
import { GLENDA, TRUSTING, agree, session } from './worlds.ts';
import { waiting } from './waiting.ts';

const MIB = 1 << 20;

/** A stream that counts what the server has given it and the peer has not taken. */
function measured(server: Server): { near: Stream; most: () => number } {
  const [near, far] = pipe();
  let most = 0;
  const watched: Stream = Object.create(far, {
    queued: {
      get() {
        most = Math.max(most, far.queued);
        return far.queued;
      },
    },
    write: {
      value(segments: readonly Uint8Array[], sent: () => void) {
        far.write(segments, sent);
        most = Math.max(most, far.queued);
      },
    },
    start: { value: far.start.bind(far) },
    pause: { value: far.pause.bind(far) },
    resume: { value: far.resume.bind(far) },
    close: { value: far.close.bind(far) },
    abort: { value: far.abort.bind(far) },
    peer: { value: far.peer },
  }) as Stream;
  server.accept(watched);
  return { near, most: () => most };
}

/** Files that give as much as they are asked for, each in its own way. */
const chunk = new Uint8Array(MIB);
const generous: Readonly<Record<string, OpenFile>> = {
  'filled in place': { prompt: true, read: (_o, into) => into.length },
  'filled aside': { read: async (_o, into) => into.length },
  'sent uncopied': { take: (_o, count) => chunk.subarray(0, count) },
};
const giving = (open: OpenFile): File => ({ ...text(''), open: () => open });

/** Asks for 60 messages' worth and takes nothing for a while: how much the server has queued at most. */
async function greed(
  dialect: Dialect,
  open: OpenFile,
  msize: number,
  limits: Partial<Limits>,
): Promise<number> {
  const { near, most } = measured(serverOf(dir({ file: giving(open) }), { limits }));
  const nine = Nine.over(near);
  await agree(nine, dialect, msize);
  await nine.attach(0);
  const fid = await nine.opened(['file']);
  nine.pause();
  const before = process.memoryUsage().arrayBuffers;
  const reads = nine.postAll(Array.from({ length: 60 }, () => READ(fid, msize)));
  await settle(50);
  await sleep(30);
  await settle(50);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * msize);
  nine.resume();
  for (const { body } of reads) expect((await body).left).toBe(msize - 24 + 4);
  return most();
}

describe.each(DIALECTS)('a peer that asks for much and takes nothing, %s', (dialect) => {
  test.each(Object.entries(generous))(
    '%s: what is queued is bounded, and comes when it is taken',
    async (_, open) => {
      const msize = MIB / 8;
      const most = await greed(dialect, open, msize, { queued: MIB, held: MIB });
      expect(most).toBeLessThan(3 * MIB);
    },
  );

  test('and others are served meanwhile', async () => {
    const server = serverOf(dir({ file: giving(generous['filled in place']) }));
    const { near } = measured(server);
    const nine = Nine.over(near);
    await agree(nine, dialect, MIB);
    await nine.attach(0);
    const fid = await nine.opened(['file']);
    const other = await session(server, dialect);
    nine.pause();
    for (const { tag } of nine.postAll(Array.from({ length: 100 }, () => READ(fid, MIB)))) nine.forget(tag);
    await settle();
    await other.info(await other.at('file'));
    nine.cut();
    await settle();
    expect(server.connections).toBe(1);
  });
});

test('9P2000: the same with all limits as they are', async () => {
  expect(await greed('9P2000', generous['filled in place'], MIB, {})).toBeLessThan(24 * MIB);
});

test('9P2000.L: a peer that asks for long directories and takes nothing', async () => {
  const files = new Map(Array.from({ length: 2000 }, (_, i) => [`${i}-${'n'.repeat(200)}`, text('')]));
  const server = serverOf(dir(files));
  const { near, most } = measured(server);
  const nine = Nine.over(near);
  await agree(nine, '9P2000.L', MIB);
  await nine.attach(0);
  await nine.open(0);
  nine.pause();
  const request: [number, ...Uint8Array[]] = [T.readdir, u32(0), u64(0), u32(MIB)];
  const posted = nine.postAll(Array.from({ length: 40 }, () => request));
  await settle(100);
  expect(most()).toBeLessThan(24 * MIB);
  nine.resume();
  for (const { body } of posted) expect((await body).left).toBeGreaterThan(100_000);
});

describe.each(DIALECTS)('writes that wait, %s', (dialect) => {
  test('what they hold is bounded: beyond it an error, or no reading on', async () => {
    const { file, state } = waiting();
    const limits = { held: 4 * MIB };
    const nine = await session(serverOf(dir({ file }), { ...TRUSTING, limits }), dialect, GLENDA, MIB);
    const fid = await nine.opened(['file'], 1);
    const data = counted(new Uint8Array(MIB - 23));
    const before = process.memoryUsage().arrayBuffers;
    const outcomes: string[] = [];
    const posted = Array.from({ length: 40 }, () => {
      const one = nine.post(T.write, u32(fid), u64(0), data);
      one.body.then(
        () => outcomes.push('done'),
        () => outcomes.push('refused'),
      );
      return one;
    });
    await settle(50);
    await sleep(50);
    await settle(50);
    expect(state.now).toBeLessThanOrEqual(5);
    expect(outcomes.filter((one) => one === 'refused').length).toBe(40 - state.now);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * MIB);
    await nine.info(fid);
    for (const { tag } of posted) if (!nine.isAnswered(tag)) nine.forget(tag);
    await agree(nine, dialect);
  });

  test('to a slow file: all of them arrive', async () => {
    const root = ram({ owner: GLENDA });
    const limits = { held: 100_000, running: 4 };
    const nine = await session(serverOf(slow(root), { ...TRUSTING, limits }), dialect, GLENDA);
    const fid = await nine.at();
    await nine.create(fid, 'f');
    const posted = nine.postAll(
      Array.from({ length: 100 }, (_, i) => [
        T.write,
        u32(fid),
        u64(i * 10_000),
        counted(new Uint8Array(10_000).fill(i)),
      ]),
    );
    await Promise.all(posted.map(({ body }) => body));
    for (const i of [0, 50, 99]) expect((await nine.read(fid, i * 10_000, 1))[0]).toBe(i);
    expect((await nine.info(fid)).size).toBe(1_000_000);
  });
});
