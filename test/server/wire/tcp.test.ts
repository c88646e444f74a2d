/** What needs a socket: a connection that is reset, closed by half, or slow. */
import { createConnection, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { dir, type File, text } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import type { Server } from '../../../src/server/index.ts';
import { connect, listen } from '../../../src/transport/index.ts';
import { DIALECTS, NOTAG, ORCLOSE, ORDWR, T, frame, s, u32, u64 } from './codec.ts';
import { Nine } from './nine.ts';
import { atEnd, inTime, serverOf, sleep } from './peer.ts';
import { GLENDA, SYNTHETIC_TREE, TRUSTING, agree } from './worlds.ts';

const MIB = 1 << 20;

async function listening(server: Server): Promise<string> {
  const listener = await listen('tcp://127.0.0.1:0', (stream) => server.accept(stream));
  atEnd(() => listener.close());
  return listener.address;
}

async function dial(address: string, dialect: (typeof DIALECTS)[number], msize = 65536): Promise<Nine> {
  const nine = Nine.over(await connect(address));
  await agree(nine, dialect, msize);
  await nine.attach(0);
  return nine;
}

async function socketTo(address: string): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port: Number(new URL(address).port) });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.on('error', () => {});
  atEnd(async () => void socket.destroy());
  return socket;
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (await condition()) return;
    await sleep(5);
  }
  throw new Error(`not in time: ${what}`);
}

describe.each(DIALECTS)('over TCP, %s', (dialect) => {
  test('a session', async () => {
    const address = await listening(serverOf(ram({ owner: GLENDA }), TRUSTING));
    const nine = Nine.over(await connect(address));
    await agree(nine, dialect, MIB);
    await nine.attach(0, { uname: 'glenda', n_uname: 1000 });
    const content = Uint8Array.from({ length: 3 * MIB }, (_, i) => (i * 31) >>> 3);
    const fid = await nine.at();
    await nine.create(fid, 'f');
    const step = MIB - 24;
    const writes = nine.postAll(
      [0, 1, 2, 3].map((i) => {
        const data = content.slice(i * step, Math.min((i + 1) * step, content.length));
        return [T.write, u32(fid), u64(i * step), u32(data.length), data];
      }),
    );
    await Promise.all(writes.map(({ body }) => body));
    const reads = nine.postAll([0, 1, 2, 3].map((i) => [T.read, u32(fid), u64(i * step), u32(step)]));
    const parts = await Promise.all(reads.map(async ({ body }) => (await body).counted()));
    expect(Buffer.concat(parts).equals(content)).toBe(true);
  });

  test('byte by byte', async () => {
    const address = await listening(serverOf(SYNTHETIC_TREE()));
    const socket = await socketTo(address);
    socket.setNoDelay(true);
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    for (const byte of frame(T.version, NOTAG, u32(8192), s(dialect))) {
      socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const expected = Buffer.from(frame(T.version + 1, NOTAG, u32(8192), s(dialect)));
    await until(() => Buffer.concat(received).length >= expected.length, 'the Rversion');
    expect(Buffer.concat(received).equals(expected)).toBe(true);
  });
});

test('a reset: fids are clunked, ORCLOSE included', async () => {
  const server = serverOf(ram({ owner: GLENDA, mode: 0o777 }), TRUSTING);
  const address = await listening(server);
  const watcher = await dial(address, '9P2000');
  const nine = await dial(address, '9P2000');
  const fid = await nine.at();
  await nine.create(fid, 'temporary', 0o600, ORDWR | ORCLOSE);
  expect(await watcher.list()).toEqual(['temporary']);
  nine.cut();
  await until(() => server.connections === 1, 'the end of the connection');
  expect(await watcher.list()).toEqual([]);
});

test('a peer that closes its half gets the answers to what it has asked, or a clean end', async () => {
  const server = serverOf(SYNTHETIC_TREE());
  const address = await listening(server);
  const socket = await socketTo(address);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  socket.write(frame(T.version, NOTAG, u32(8192), s('9P2000')));
  socket.end();
  await inTime(closed, 'the end of the socket');
  await until(() => server.connections === 0, 'the end of the connection');
});

test('garbage ends the socket, and no other', async () => {
  const server = serverOf(SYNTHETIC_TREE());
  const address = await listening(server);
  const good = await dial(address, '9P2000.L');
  const socket = await socketTo(address);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  socket.write('GET / HTTP/1.0\r\n\r\n');
  await inTime(closed, 'the end of the socket');
  expect(await good.content('top')).toBe('top\n');
  expect(server.connections).toBe(1);
});

test('a peer that asks for much and takes nothing: memory is bounded, others are served', async () => {
  const block = new Uint8Array(MIB);
  const big: File = {
    ...text(''),
    open: () => ({
      prompt: true,
      read: (_o, into) => (into.set(block.subarray(0, into.length)), into.length),
    }),
  };
  const server = serverOf(dir({ big, small: text('small') }));
  const address = await listening(server);
  const good = await dial(address, '9P2000.L');
  const greedy = await dial(address, '9P2000.L', MIB);
  const fid = await greedy.opened(['big']);
  greedy.pause();
  const before = process.memoryUsage();
  const reads = greedy.postAll(Array.from({ length: 500 }, () => [T.read, u32(fid), u64(0), u32(MIB)]));
  for (const { tag } of reads) greedy.forget(tag);
  for (let i = 0; i < 10; i++) {
    await sleep(5);
    expect(await good.content('small')).toBe('small');
  }
  const now = process.memoryUsage();
  expect(now.arrayBuffers - before.arrayBuffers).toBeLessThan(64 * MIB);
  greedy.cut();
  greedy.violations.length = 0;
  await until(() => server.connections === 1, 'the end of the connection');
});
