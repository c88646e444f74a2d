/** Byte-range locks: among our own clients, and between them and other processes of the host. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  READ,
  READ_WRITE,
  WRITE,
  type Chan,
  type LockOwner,
  type LockRequest,
} from '../../../src/file/index.ts';
import { ofdlock } from '../../../src/host/index.ts';
import { descriptors, exported, folder, opened, r } from './support.ts';

const path = folder();
const root = exported(path);
writeFileSync(`${path}/file`, 'content');

const session = {};
const owner = (process: number): LockOwner => ({ session, client: 'client', process });
const [A, B] = [owner(1), owner(2)];

const lock = (type: LockRequest['type'], start: number, length: number, by: LockOwner): LockRequest => ({
  type,
  start,
  length,
  owner: by,
});

/** Another process, that locks the file on its own. */
class Other {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;

  constructor(file: string) {
    const program = fileURLToPath(new URL('./locker.js', import.meta.url));
    this.#child = spawn(process.execPath, [program, file]);
    this.#child.stderr.pipe(process.stderr);
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async set(type: LockRequest['type'], start = 0, length = 0): Promise<boolean> {
    this.#child.stdin.write(`${type} ${start} ${length}\n`);
    const { value } = await this.#answers.next();
    return value === 'true';
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await once(this.#child, 'exit');
  }
}

if (!ofdlock.available) process.stderr.write(`skipped: locks: ${ofdlock.lack!.reason}\n`);
const describeLocks = ofdlock.available ? describe : describe.skip;

describeLocks('among our own clients', () => {
  let one: Chan;
  let two: Chan;
  beforeAll(async () => {
    [one, two] = [await opened(root, 'file', READ_WRITE), await opened(root, 'file', READ_WRITE)];
  });
  afterAll(async () => {
    await one.close('clunk', r);
    await two.close('clunk', r);
  });

  test('two owners exclude each other, through one open file or two', async () => {
    expect(await one.lock(lock('write', 0, 10, A), r)).toBe(true);
    expect(await two.lock(lock('read', 5, 1, B), r)).toBe(false);
    expect(await one.lock(lock('read', 5, 1, B), r)).toBe(false);
    expect(await two.lock(lock('write', 10, 0, B), r)).toBe(true);
    expect(await two.lock(lock('write', 0, 5, A), r)).toBe(true);
    expect(await two.getLock(lock('read', 0, 0, B), r)).toMatchObject({ type: 'write', owner: A });
    expect(await two.getLock(lock('read', 0, 0, A), r)).toEqual({
      type: 'write',
      start: 10,
      length: 0,
      owner: B,
    });
    expect(await one.lock(lock('unlock', 0, 0, A), r)).toBe(true);
    expect(await two.lock(lock('write', 0, 0, B), r)).toBe(true);
    expect(await one.getLock(lock('unlock', 0, 0, A), r)).toBeUndefined();
    expect(await two.lock(lock('unlock', 0, 0, B), r)).toBe(true);
    expect(await one.getLock(lock('write', 0, 0, A), r)).toBeUndefined();
  });

  test('an unlock of what nobody has locked succeeds', async () => {
    expect(await one.lock(lock('unlock', 0, 0, A), r)).toBe(true);
  });

  test('locks end with the open that took them, in whatever way it ends', async () => {
    for (const reason of ['clunk', 'lost'] as const) {
      const three = await opened(root, 'file', READ_WRITE);
      expect(await three.lock(lock('write', 0, 0, A), r)).toBe(true);
      expect(await one.lock(lock('read', 0, 1, B), r)).toBe(false);
      await three.close(reason, r);
      expect(await one.lock(lock('read', 0, 1, B), r)).toBe(true);
      await one.lock(lock('unlock', 0, 0, B), r);
    }
  });
});

describeLocks('and other processes of the host', () => {
  let other: Other;
  let chan: Chan;
  beforeAll(async () => {
    other = new Other(`${path}/file`);
    chan = await opened(root, 'file', READ_WRITE);
  });
  afterAll(async () => {
    await chan.close('clunk', r);
    await other.end();
  });

  test('they see our locks', async () => {
    await chan.lock(lock('write', 0, 10, A), r);
    expect(await other.set('read', 0, 10)).toBe(false);
    expect(await other.set('write', 10, 10)).toBe(true);
    await chan.lock(lock('read', 0, 10, A), r);
    expect(await other.set('write', 0, 10)).toBe(false);
    expect(await other.set('read', 0, 10)).toBe(true);
    await other.set('unlock');
    await chan.lock(lock('unlock', 0, 0, A), r);
    expect(await other.set('write')).toBe(true);
    await other.set('unlock');
  });

  test('we see theirs, and a refused lock leaves nothing behind', async () => {
    await other.set('write', 100, 10);
    const before = descriptors(path);
    expect(await chan.lock(lock('read', 0, 0, A), r)).toBe(false);
    expect(descriptors(path)).toBe(before);
    expect(await chan.getLock(lock('read', 0, 0, A), r)).toMatchObject({
      type: 'write',
      start: 100,
      length: 10,
      owner: { client: 'host' },
    });
    expect(await chan.lock(lock('write', 0, 100, A), r)).toBe(true);
    expect(await chan.lock(lock('write', 50, 51, A), r)).toBe(false);
    // What was had before is had still, and no more.
    expect(await other.set('read', 99, 1)).toBe(false);
    expect(await other.set('read', 110, 1)).toBe(true);
    await other.set('unlock');
    expect(await chan.lock(lock('write', 50, 51, A), r)).toBe(true);
    await chan.lock(lock('unlock', 0, 0, A), r);
  });

  test('they see the strongest lock that any of ours has on each part', async () => {
    await chan.lock(lock('read', 0, 100, A), r);
    await chan.lock(lock('read', 50, 100, B), r);
    await chan.lock(lock('write', 120, 10, B), r);
    expect(await other.set('read', 0, 120)).toBe(true);
    await other.set('unlock');
    expect(await other.set('read', 125, 1)).toBe(false);
    // A lets go: B's part has to stay.
    await chan.lock(lock('unlock', 0, 0, A), r);
    expect(await other.set('write', 0, 50)).toBe(true);
    expect(await other.set('write', 50, 1)).toBe(false);
    expect(await other.set('write', 149, 1)).toBe(false);
    expect(await other.set('write', 150, 0)).toBe(true);
    await other.set('unlock');
    await chan.lock(lock('unlock', 0, 0, B), r);
    expect(await other.set('write')).toBe(true);
    await other.set('unlock');
  });

  test('a close ends what its open had locked, and nothing of the others', async () => {
    const second = await opened(root, 'file', READ_WRITE);
    await chan.lock(lock('read', 0, 10, A), r);
    await second.lock(lock('read', 5, 10, B), r);
    await second.close('clunk', r);
    expect(await other.set('write', 0, 10)).toBe(false);
    expect(await other.set('write', 10, 5)).toBe(true);
    await other.set('unlock');
    await chan.lock(lock('unlock', 0, 0, A), r);
  });
});

describeLocks('a file that is open one way only', () => {
  test('can be locked either way: flock(2) asks for no more', async () => {
    const [reader, writer] = [await opened(root, 'file', READ), await opened(root, 'file', WRITE)];
    expect(await reader.lock(lock('write', 0, 1, A), r)).toBe(true);
    expect(await writer.lock(lock('read', 0, 1, B), r)).toBe(false);
    expect(await reader.lock(lock('unlock', 0, 1, A), r)).toBe(true);
    expect(await writer.lock(lock('read', 0, 1, B), r)).toBe(true);
    await reader.close('clunk', r);
    await writer.close('clunk', r);
  });

  const readOnly = exported(path, { readOnly: true });

  test('where nothing may be written, the host sees the lock of a reader', async () => {
    const [chan, second] = [await opened(readOnly, 'file', READ), await opened(readOnly, 'file', READ)];
    const other = new Other(`${path}/file`);
    expect(await chan.lock(lock('write', 0, 0, A), r)).toBe(true);
    expect(await second.lock(lock('read', 0, 0, B), r)).toBe(false);
    expect(await other.set('write')).toBe(false);
    expect(await other.set('read')).toBe(true);
    await other.set('unlock');
    await chan.lock(lock('unlock', 5, 5, A), r);
    expect(await other.set('write', 5, 5)).toBe(true);
    expect(await second.lock(lock('write', 5, 5, B), r)).toBe(false);
    await other.end();
    await chan.close('clunk', r);
    await second.close('clunk', r);
  });
});
