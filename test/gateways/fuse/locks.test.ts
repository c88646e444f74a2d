/** Locks of fcntl(2) and flock(2). */
import { describe, expect, test } from '@jest/globals';
import { FileError, dir } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { END, F, O, type Kernel, type Opened } from './calls.ts';
import { ROOT, failure, settled } from './kernel.ts';
import { far, mounted, textWith } from './mounted.ts';

const A = 0xaaaa_bbbb_cccc_ddddn;
const B = 0xbn;

async function twice(kernel: Kernel, name = 'f'): Promise<readonly [Opened, Opened]> {
  const one = await kernel.create(ROOT, name);
  return [one, await kernel.open(one.node, O.RDWR)];
}

describe.each([
  ['in memory', false],
  ['behind a server', true],
])('%s', (_, isFar) => {
  const place = async (): Promise<Kernel> => (isFar ? (await far()).kernel : mounted(ram()));

  test('ranges are locked, and somebody’s lock is shown', async () => {
    await using kernel = await place();
    const [one, two] = await twice(kernel);
    await kernel.setlk(one, A, { start: 10n, end: 19n });
    expect(await failure(kernel.setlk(two, B, { start: 15n, end: 15n }))).toBe('EAGAIN');
    await kernel.setlk(two, B, { start: 20n, end: END });
    expect(await kernel.getlk(two, B, { start: 0n, end: END })).toEqual({
      start: 10n,
      end: 19n,
      type: F.WRITE,
      pid: 4242,
    });
    expect(await kernel.getlk(one, A, { start: 30n })).toMatchObject({ start: 20n, end: END, type: F.WRITE });
    expect(await kernel.getlk(one, A, { start: 0n, end: 5n, type: F.READ })).toMatchObject({
      type: F.UNLOCK,
    });
    await kernel.setlk(one, A, { type: F.UNLOCK });
    await kernel.setlk(two, B, { start: 15n, end: 15n });
  });

  test('a close of any descriptor gives back all locks of the process', async () => {
    await using kernel = await place();
    const [one, two] = await twice(kernel);
    await kernel.setlk(one, A, {});
    await kernel.flush(two, B);
    expect(await failure(kernel.setlk(two, B, {}))).toBe('EAGAIN');
    await kernel.flush(two, A);
    await kernel.setlk(two, B, {});
  });

  test('a process that has closed one file still gives back what it has of another', async () => {
    await using kernel = await place();
    const [one, two] = await twice(kernel);
    const [other] = await twice(kernel, 'other');
    await kernel.setlk(one, A, {});
    await kernel.setlk(other, A, {});
    await kernel.flush(other, A);
    await kernel.setlk(one, A, { type: F.UNLOCK });
    await kernel.setlk(two, B, {});
    await kernel.flush(two, B);
    await kernel.setlk(one, A, {});
    await kernel.flush(one, A);
    await kernel.setlk(two, B, {});
  });

  test('flock(2) ends with the open, and knows nothing of fcntl(2)', async () => {
    await using kernel = await place();
    const [one, two] = await twice(kernel);
    await kernel.setlk(one, A, {}, true);
    await kernel.setlk(two, B, {});
    expect(await failure(kernel.setlk(two, B, {}, true))).toBe('EAGAIN');
    await kernel.flush(one, A);
    expect(await failure(kernel.setlk(two, B, {}, true))).toBe('EAGAIN');
    await kernel.release(one, A);
    await kernel.setlk(two, B, {}, true);
  });

  test('locks of an open file description end with it', async () => {
    await using kernel = await place();
    const [one, two] = await twice(kernel);
    await kernel.setlk(one, A, {});
    const waits = kernel.setlkw(two, B, {});
    await settled();
    await kernel.release(one);
    await waits;
  });

  test('who waits has it as soon as it is given back', async () => {
    await using kernel = await place();
    const [one, two] = await twice(kernel);
    await kernel.setlk(one, A, {});
    const waits = kernel.setlkw(two, B, {});
    // Until the pauses between attempts are long ones.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(kernel.waiting).toBe(1);
    const began = performance.now();
    await kernel.setlk(one, A, { type: F.UNLOCK });
    await waits;
    expect(performance.now() - began).toBeLessThan(200);
  });

  test('who waits is let go', async () => {
    await using kernel = await place();
    const [one, two] = await twice(kernel);
    await kernel.setlk(one, A, {});
    const waits = kernel.setlkw(two, B, {});
    await settled();
    const began = performance.now();
    kernel.interrupt(waits.unique);
    expect(await failure(waits)).toBe('EINTR');
    expect(performance.now() - began).toBeLessThan(150);
    await kernel.flush(one, A);
    await kernel.setlk(one, A, {});
  });

  test('a hundred that wait have it one after the other', async () => {
    await using kernel = await place();
    const one = await kernel.create(ROOT, 'f');
    let holders = 0;
    let most = 0;
    const work = async (owner: bigint): Promise<void> => {
      const open = await kernel.open(one.node, O.RDWR);
      await kernel.setlkw(open, owner, {});
      most = Math.max(most, ++holders);
      await settled();
      holders--;
      await kernel.flush(open, owner);
      await kernel.release(open);
    };
    await Promise.all(Array.from({ length: 100 }, (_, i) => work(BigInt(i + 1))));
    expect(most).toBe(1);
  });
});

test('what was written under a lock is committed before that is given back, and it is given back if that fails', async () => {
  const events: string[] = [];
  const a = textWith({
    lock: (request) => {
      events.push(request.type);
      return true;
    },
    flush: async () => {
      await settled();
      events.push('flush');
      throw new FileError('ENOSPC');
    },
  });
  await using kernel = await mounted(dir({ a }));
  const file = await kernel.open((await kernel.lookup(ROOT, 'a')).node, O.RDWR);
  await kernel.setlk(file, A, {});
  await kernel.write(file, 0, 'x');
  expect(await failure(kernel.flush(file, A))).toBe('ENOSPC');
  expect(events).toEqual(['write', 'flush', 'unlock']);
});
