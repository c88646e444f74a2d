/** What a connection may take, and what happens beyond it: fids, requests, connections, time. */
import { describe, expect, test } from '@jest/globals';
import { dir, stream, text, type File, type OpenFile, type Request } from '../../../src/file/index.ts';
import { DIALECTS, T, frame, u16, u32 } from './codec.ts';
import { Nine, READ } from './nine.ts';
import { inTime, serverOf, settle, sleep } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { Gate, slow } from './slow.ts';
import { SYNTHETIC_TREE, agree, ramSession, session } from './worlds.ts';
import { waiting } from './waiting.ts';

describe.each(DIALECTS)('fids, %s', (dialect) => {
  test('as many as the limit says; then an error, until one is free', async () => {
    const server = serverOf(SYNTHETIC_TREE(), { limits: { fids: 10 } });
    const nine = await session(server, dialect);
    for (let fid = 1; fid < 10; fid++) await nine.walk(0, fid);
    await fails(nine.walk(0, 10), 'EMFILE');
    await fails(nine.attach(10), 'EMFILE');
    await nine.walk(9, 9, 'd');
    await nine.clunk(5);
    await nine.walk(0, 10, 'd');
    await fails(nine.walk(0, 11), 'EMFILE');
    // Another connection has its own.
    await (await session(server, dialect)).walk(0, 1);
    await agree(nine, dialect);
    await nine.attach(0);
    for (let fid = 1; fid < 10; fid++) await nine.walk(0, fid);
  });

  test('thousands of them', async () => {
    const nine = await session(serverOf(SYNTHETIC_TREE()), dialect);
    const fids = Array.from({ length: 3000 }, (_, i) => 1000 + i);
    await Promise.all(
      nine.postAll(fids.map((fid) => [T.walk, ...Nine.walkFields(0, fid, ['d', 'f'])])).map((p) => p.body),
    );
    await Promise.all(nine.postAll(fids.map((fid) => [T.clunk, u32(fid)])).map(({ body }) => body));
    await fails(nine.clunk(1000), 'EBADF');
  });
});

describe.each(DIALECTS)('requests that wait, %s', (dialect) => {
  test('a thousand blocked reads: others are served, and a flush is prompt', async () => {
    const { file, state } = waiting();
    const tree = dir({ file, other: text('other\n') });
    const nine = await session(serverOf(tree), dialect);
    const fid = await nine.opened(['file']);
    const reads = nine.postAll(Array.from({ length: 1000 }, () => READ(fid)));
    await settle();
    expect(state.now).toBe(1000);
    const started = Date.now();
    expect(await nine.content('other')).toBe('other\n');
    nine.forget(reads[500].tag);
    await nine.flush(reads[500].tag);
    expect(Date.now() - started).toBeLessThan(3000);
    expect(state.now).toBe(999);
    for (const { tag } of reads) nine.forget(tag);
    await agree(nine, dialect);
    await settle();
    expect(state.now).toBe(0);
  });

  test('that never look at the signal do not keep others out either', async () => {
    const gate = new Gate('read');
    const tree = slow(dir({ f: text('f'), other: text('other\n') }), gate.pause);
    const nine = await session(serverOf(tree, { limits: { running: 8 } }), dialect);
    const fid = await nine.opened(['f']);
    const other = await nine.opened(['other']);
    gate.close();
    const reads = nine.postAll(Array.from({ length: 30 }, () => READ(fid)));
    await nine.info(other);
    expect(gate.arrived).toBe(30);
    gate.open();
    await Promise.all(reads.map(({ body }) => body));
    expect(await nine.text(other)).toBe('other\n');
  });

  test('more than the limit are refused; clunk, flush and version are not', async () => {
    const { file, state } = waiting();
    const server = serverOf(dir({ file }), { limits: { waiting: 5 } });
    const nine = await session(server, dialect);
    const fid = await nine.opened(['file']);
    const spare = await nine.at();
    const reads = nine.postAll(Array.from({ length: 5 }, () => READ(fid)));
    await settle();
    await fails(nine.read(fid, 0, 10), 'ENOBUFS');
    expect(state.now).toBe(5);
    await nine.clunk(spare);
    await fails(nine.walk(0, spare), 'ENOBUFS');
    nine.forget(reads[0].tag);
    await nine.flush(reads[0].tag);
    await nine.walk(0, spare);
    const again = nine.post(...READ(fid));
    await settle();
    expect(state.now).toBe(5);
    for (const { tag } of [...reads.slice(1), again]) nine.forget(tag);
    await agree(nine, dialect);
    await nine.attach(0);
  });

  test('counts are right whatever a handler does with its signal afterwards', async () => {
    const kept: Request[] = [];
    const file: File = {
      ...text(''),
      async open(_mode, r): Promise<OpenFile> {
        kept.push(r);
        await settle(1);
        return { read: () => 0 };
      },
    };
    const nine = await session(serverOf(dir({ file }), { limits: { waiting: 3, running: 3 } }), dialect);
    for (let i = 0; i < 10; i++) {
      const fid = await nine.opened(['file']);
      // Late: the open has been answered.
      expect(kept[i].signal.aborted).toBe(false);
      await nine.clunk(fid);
    }
    await nine.walk(0, nine.fid());
  });
});

describe.each(DIALECTS)('running requests, %s', (dialect) => {
  test('no more at a time than the limit says, and all are answered', async () => {
    let now = 0;
    let most = 0;
    const file: File = {
      ...text(''),
      open: () => ({
        async read(): Promise<number> {
          most = Math.max(most, ++now);
          await settle(1);
          now--;
          return 0;
        },
      }),
    };
    const nine = await session(serverOf(dir({ file }), { limits: { running: 7 } }), dialect);
    const fid = await nine.opened(['file']);
    const reads = nine.postAll(Array.from({ length: 200 }, () => READ(fid)));
    await Promise.all(reads.map(({ body }) => body));
    // Those that take long no longer count: on a busy machine some may.
    expect(most).toBeLessThanOrEqual(21);
  });
});

describe('the handshake', () => {
  test('a connection that says nothing is ended', async () => {
    const server = serverOf(SYNTHETIC_TREE(), { limits: { handshake: 200 } });
    const nine = Nine.to(server);
    await inTime(nine.ended, 'the end');
    expect(server.connections).toBe(0);
  });

  test('so is one that says half a Tversion, or only ever gets "unknown"', async () => {
    const server = serverOf(SYNTHETIC_TREE(), { limits: { handshake: 200 } });
    const half = Nine.to(server);
    half.raw(frame(T.version, 0xffff, u32(8192)).slice(0, 9));
    const stubborn = Nine.to(server);
    await stubborn.version(8192, 'nonsense');
    await inTime(Promise.all([half.ended, stubborn.ended]), 'both ends');
    expect(server.connections).toBe(0);
  });

  test('one that has said it may be silent', async () => {
    const server = serverOf(SYNTHETIC_TREE(), { limits: { handshake: 200 } });
    const nine = await session(server, '9P2000');
    await sleep(300);
    await nine.info(0);
  });
});

describe('connections', () => {
  test('512 of them, each at work', async () => {
    const server = serverOf(dir({ f: text('content') }));
    const all = await Promise.all(Array.from({ length: 512 }, (_, i) => session(server, DIALECTS[i % 3])));
    expect(server.connections).toBe(512);
    const contents = await Promise.all(all.map((nine) => nine.content('f')));
    expect(contents.every((content) => content === 'content')).toBe(true);
    for (const nine of all.slice(1)) nine.cut();
    await settle();
    expect(server.connections).toBe(1);
    expect(await all[0].content('f')).toBe('content');
  });

  test('one that is blocked holds up no other', async () => {
    const { file } = waiting();
    const server = serverOf(dir({ file, f: text('f') }), { limits: { running: 2 } });
    const one = await session(server, '9P2000');
    const fid = await one.opened(['file']);
    for (const { tag } of one.postAll(Array.from({ length: 50 }, () => READ(fid)))) one.forget(tag);
    const two = await session(server, '9P2000');
    expect(await two.content('f')).toBe('f');
  });
});

describe('the end of the server', () => {
  test('drain: what runs is answered, nothing more is read, then the connections end', async () => {
    const gate = new Gate('open');
    const server = serverOf(slow(SYNTHETIC_TREE(), gate.pause));
    const nine = await session(server, '9P2000');
    await nine.walk(0, 1, 'top');
    gate.close();
    const opening = nine.post(...nine.openFields(1, 0));
    await settle();
    const drained = server.drain();
    await settle();
    const late = nine.post(T.stat, u32(0));
    await settle();
    nine.forget(late.tag);
    gate.open();
    await opening.body;
    await drained;
    await nine.ended;
    expect(server.connections).toBe(0);
    const after = Nine.to(server);
    await inTime(after.ended, 'a refusal');
  });

  test('close: every file is closed', async () => {
    const { nine, server } = await ramSession('9P2000.L');
    const { file, state } = waiting();
    const other = serverOf(dir({ file }));
    const blocked = await session(other, '9P2000.L');
    const read = blocked.post(...READ(await blocked.opened(['file'])));
    await settle();
    blocked.forget(read.tag);
    expect(state.now).toBe(1);
    await inTime(other.close(), 'the end');
    expect(state.now).toBe(0);
    await inTime(server.close(), 'the end');
    await nine.ended;
  });
});

test('9P2000: a stream whose source is never silent holds up nobody', async () => {
  const source = async function* (): AsyncGenerator<string> {
    for (;;) yield 'noise ';
  };
  const nine = await session(serverOf(dir({ s: stream(source), f: text('f') })), '9P2000');
  const fid = await nine.opened(['s']);
  const reads = nine.postAll(Array.from({ length: 500 }, () => READ(fid)));
  expect(await nine.content('f')).toBe('f');
  await Promise.all(reads.map(({ body }) => body));
  await nine.clunk(fid);
});

test('9P2000.L: a Tflush of something that waits in line', async () => {
  const gate = new Gate('read');
  const tree = slow(dir({ f: text('f') }), gate.pause);
  const nine = await session(serverOf(tree, { limits: { running: 1 } }), '9P2000.L');
  const fid = await nine.opened(['f']);
  gate.close();
  const reads = nine.postAll(Array.from({ length: 5 }, () => READ(fid)));
  for (const { tag } of reads) nine.forget(tag);
  const flushes = nine.postAll(reads.map(({ tag }) => [T.flush, u16(tag)]));
  await Promise.all(flushes.map(({ body }) => body));
  gate.open();
  await settle();
  expect(await nine.text(fid)).toBe('f');
  await refused(nine.walk(fid, nine.fid(), 'x'));
});
