/** Section 8 of the corners, 9P2000.L: Tlock and Tgetlock. */
import { describe, expect, test } from '@jest/globals';
import { dir, text } from '../../../src/file/index.ts';
import { T, s, u32, u64, u8 } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf, settle } from './peer.ts';
import { fails } from './refusal.ts';
import { GLENDA, KEN, TRUSTING, agree, ramSession, session } from './worlds.ts';

const RD = 0;
const WR = 1;
const UN = 2;
const SUCCESS = 0;
const BLOCKED = 1;

interface Range {
  readonly start?: number | bigint;
  readonly length?: number | bigint;
  readonly pid?: number;
  readonly client?: string;
  readonly flags?: number;
}

async function lock(nine: Nine, fid: number, type: number, range: Range = {}): Promise<number> {
  const { start = 0, length = 0, pid = 1, client = 'host', flags = 0 } = range;
  const fields = [u32(fid), u8(type), u32(flags), u64(start), u64(length), u32(pid), s(client)];
  const body = await nine.rpc(T.lock, ...fields);
  const status = body.u8();
  body.end();
  return status;
}

async function getlock(nine: Nine, fid: number, type: number, range: Range = {}) {
  const { start = 0, length = 0, pid = 1, client = 'host' } = range;
  const fields = [u32(fid), u8(type), u64(start), u64(length), u32(pid), s(client)];
  const body = await nine.rpc(T.getlock, ...fields);
  const found = { type: body.u8(), start: body.u64(), length: body.u64(), pid: body.u32(), client: body.s() };
  body.end();
  return found;
}

/** Two sessions, each with the file open. */
async function two() {
  const { nine, server } = await ramSession('9P2000.L');
  await nine.make(['f'], 'content');
  await nine.setattr(await nine.at('f'), { mode: 0o666 });
  const other = await session(server, '9P2000.L', KEN);
  return {
    server,
    nine,
    mine: await nine.opened(['f'], 2),
    other,
    theirs: await other.opened(['f'], 2),
  };
}

describe('Tlock', () => {
  test('a write lock keeps all others out; a read lock the writers', async () => {
    const { nine, mine, other, theirs } = await two();
    expect(await lock(nine, mine, WR)).toBe(SUCCESS);
    expect(await lock(other, theirs, RD)).toBe(BLOCKED);
    expect(await lock(other, theirs, WR)).toBe(BLOCKED);
    expect(await lock(nine, mine, RD)).toBe(SUCCESS);
    expect(await lock(other, theirs, RD)).toBe(SUCCESS);
    expect(await lock(other, theirs, WR)).toBe(BLOCKED);
    expect(await lock(nine, mine, WR)).toBe(BLOCKED);
    expect(await lock(nine, mine, UN)).toBe(SUCCESS);
    expect(await lock(other, theirs, WR)).toBe(SUCCESS);
  });

  test('never waits, also with FLAGS_BLOCK', async () => {
    const { nine, mine, other, theirs } = await two();
    await lock(nine, mine, WR);
    expect(await lock(other, theirs, WR, { flags: 1 })).toBe(BLOCKED);
    expect(await lock(other, theirs, WR, { flags: 3 })).toBe(BLOCKED);
    await other.info(theirs);
    await lock(nine, mine, UN);
    expect(await lock(other, theirs, WR, { flags: 1 })).toBe(SUCCESS);
  });

  test('ranges: what does not overlap does not conflict; length 0 is to the end', async () => {
    const { nine, mine, other, theirs } = await two();
    expect(await lock(nine, mine, WR, { start: 10, length: 10 })).toBe(SUCCESS);
    expect(await lock(other, theirs, WR, { start: 0, length: 10 })).toBe(SUCCESS);
    expect(await lock(other, theirs, WR, { start: 20, length: 5 })).toBe(SUCCESS);
    expect(await lock(other, theirs, WR, { start: 19, length: 1 })).toBe(BLOCKED);
    expect(await lock(other, theirs, WR, { start: 5, length: 6 })).toBe(BLOCKED);
    expect(await lock(other, theirs, WR, { start: 15 })).toBe(BLOCKED);
    expect(await lock(other, theirs, WR, { start: 30 })).toBe(SUCCESS);
    expect(await lock(nine, mine, RD, { start: 2 ** 40, length: 1 })).toBe(BLOCKED);
  });

  test("an owner's new lock replaces its old one, part by part", async () => {
    const { nine, mine, other, theirs } = await two();
    await lock(nine, mine, WR, { start: 0, length: 100 });
    await lock(nine, mine, UN, { start: 40, length: 20 });
    expect(await lock(other, theirs, WR, { start: 40, length: 20 })).toBe(SUCCESS);
    expect(await lock(other, theirs, RD, { start: 39, length: 1 })).toBe(BLOCKED);
    expect(await lock(other, theirs, RD, { start: 60, length: 1 })).toBe(BLOCKED);
    await lock(nine, mine, RD, { start: 0, length: 40 });
    expect(await lock(other, theirs, RD, { start: 0, length: 40 })).toBe(SUCCESS);
    expect(await lock(other, theirs, WR, { start: 0, length: 1 })).toBe(BLOCKED);
  });

  test("an unlock of what is not locked succeeds, and takes nobody else's", async () => {
    const { nine, mine, other, theirs } = await two();
    expect(await lock(other, theirs, UN)).toBe(SUCCESS);
    await lock(nine, mine, WR);
    expect(await lock(other, theirs, UN)).toBe(SUCCESS);
    expect(await lock(other, theirs, RD)).toBe(BLOCKED);
  });

  test('the owner is the session, the client and the process', async () => {
    const { nine, mine, other, theirs } = await two();
    await lock(nine, mine, WR, { pid: 7, client: 'a' });
    expect(await lock(nine, mine, WR, { pid: 7, client: 'a' })).toBe(SUCCESS);
    expect(await lock(nine, mine, WR, { pid: 8, client: 'a' })).toBe(BLOCKED);
    expect(await lock(nine, mine, WR, { pid: 7, client: 'b' })).toBe(BLOCKED);
    expect(await lock(other, theirs, WR, { pid: 7, client: 'a' })).toBe(BLOCKED);
    // Another process of the session, through the same fid, has no share in the unlock.
    expect(await lock(nine, mine, UN, { pid: 8, client: 'a' })).toBe(SUCCESS);
    expect(await lock(other, theirs, RD)).toBe(BLOCKED);
  });

  test('end with the clunk of the fid that took them', async () => {
    const { nine, mine, other, theirs } = await two();
    await lock(nine, mine, WR);
    const second = await nine.opened(['f'], 2);
    await nine.clunk(second);
    expect(await lock(other, theirs, RD)).toBe(BLOCKED);
    await nine.clunk(mine);
    expect(await lock(other, theirs, WR)).toBe(SUCCESS);
  });

  test.each(['close', 'cut'] as const)('end with the connection: %s', async (how) => {
    const { nine, mine, other, theirs } = await two();
    await lock(nine, mine, WR);
    await nine[how]();
    await settle();
    expect(await lock(other, theirs, WR)).toBe(SUCCESS);
  });

  test('end with a new version, and with a remove', async () => {
    const { nine, mine, other, theirs } = await two();
    await lock(nine, mine, WR);
    await agree(nine, '9P2000.L');
    expect(await lock(other, theirs, WR)).toBe(SUCCESS);
    await nine.attach(0);
    const again = await nine.opened(['f'], 2);
    expect(await lock(nine, again, WR)).toBe(BLOCKED);
    await other.chmod(theirs, 0o666).catch(() => undefined);
    await fails(other.remove(theirs), 'EACCES');
    expect(await lock(nine, again, WR)).toBe(SUCCESS);
  });

  test('of a file that was removed work on', async () => {
    const { nine, mine, other, theirs } = await two();
    await nine.remove(await nine.at('f'));
    expect(await lock(nine, mine, WR)).toBe(SUCCESS);
    expect(await lock(other, theirs, WR)).toBe(BLOCKED);
    await nine.make(['f']);
    expect(await lock(other, await other.opened(['f']), RD)).toBe(SUCCESS);
  });

  test('refusals', async () => {
    const { nine, mine } = await two();
    await fails(lock(nine, mine, 3), 'EINVAL');
    await fails(lock(nine, await nine.at('f'), WR), 'EBADF');
    await fails(lock(nine, 999, WR), 'EBADF');
    for (const start of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
      await fails(lock(nine, mine, WR, { start, length: 1 }), 'EOVERFLOW', 'EINVAL');
    }
    expect((await getlock(nine, mine, WR, { pid: 99 })).type).toBe(UN);
  });

  test('a file that has no locks says so', async () => {
    const nine = await session(serverOf(dir({ f: text('f') }), TRUSTING), '9P2000.L', GLENDA);
    await fails(lock(nine, await nine.opened(['f']), RD), 'EOPNOTSUPP');
  });

  test('a thousand owners', async () => {
    const { nine, mine, other, theirs } = await two();
    for (let pid = 0; pid < 1000; pid++) {
      expect(await lock(nine, mine, WR, { pid, start: pid * 2, length: 1 })).toBe(SUCCESS);
    }
    expect(await lock(other, theirs, WR, { start: 1500, length: 1 })).toBe(BLOCKED);
    expect(await lock(other, theirs, WR, { start: 1501, length: 1 })).toBe(SUCCESS);
    await nine.clunk(mine);
    expect(await lock(other, theirs, WR)).toBe(SUCCESS);
  });
});

describe('Tgetlock', () => {
  test('type 2 where the lock would be had, with what was asked for', async () => {
    const { nine, mine } = await two();
    expect(await getlock(nine, mine, WR, { start: 5, length: 6, pid: 7, client: 'me' })).toEqual({
      type: UN,
      start: 5n,
      length: 6n,
      pid: 7,
      client: 'me',
    });
    await lock(nine, mine, WR, { pid: 7, client: 'me' });
    expect((await getlock(nine, mine, WR, { pid: 7, client: 'me' })).type).toBe(UN);
  });

  test('the lock in the way, with its owner', async () => {
    const { nine, mine, other, theirs } = await two();
    await lock(nine, mine, RD, { start: 100, length: 50, pid: 42, client: 'there' });
    expect((await getlock(other, theirs, RD)).type).toBe(UN);
    expect((await getlock(other, theirs, WR, { start: 0, length: 100 })).type).toBe(UN);
    expect(await getlock(other, theirs, WR)).toEqual({
      type: RD,
      start: 100n,
      length: 50n,
      pid: 42,
      client: 'there',
    });
    await lock(nine, mine, UN, { pid: 42, client: 'there' });
    await lock(nine, mine, WR, { start: 7, length: 0, pid: 43 });
    expect(await getlock(other, theirs, RD, { start: 10, length: 1 })).toMatchObject({
      type: WR,
      start: 7n,
      length: 0n,
      pid: 43,
    });
  });

  test('of an unopened fid', async () => {
    const { nine } = await two();
    await fails(getlock(nine, await nine.at('f'), WR), 'EBADF');
  });
});
