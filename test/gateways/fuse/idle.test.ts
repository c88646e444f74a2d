/** Files that nobody used for a while are given up, and found again by the names that they have by then. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { O } from './calls.ts';
import { ROOT, failure, settled } from './kernel.ts';
import { far } from './mounted.ts';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

const REG = 0o100644;

async function idle(): Promise<void> {
  await jest.advanceTimersByTimeAsync(65_000);
  await settled();
}

test('those that nobody has open', async () => {
  await using place = await far();
  const { kernel, tap } = place;
  const { node: dir } = await kernel.mkdir(ROOT, 'dir');
  const { node: file } = await kernel.mknod(dir, 'file', REG);
  const { node: other } = await kernel.mknod(dir, 'other', REG);
  const open = await kernel.open(other, O.RDWR);
  await kernel.write(open, 0, 'text');
  await idle();
  // The root, and what is open.
  expect(place.fids).toBe(2);
  expect(kernel.server.size).toEqual({ known: 4, held: 0, opens: 1 });
  // A directory is renamed by its name alone, and nothing is asked of what is below.
  await kernel.rename(ROOT, 'dir', ROOT, 'moved');
  tap.reset();
  expect((await kernel.getattr(file)).attr.nlink).toBe(1);
  expect(tap.types).toEqual(['Twalk', 'Tgetattr']);
  expect((await kernel.read(open, 0, 10)).toString()).toBe('text');
  expect((await kernel.getattr(other)).attr.size).toBe(4);
  await kernel.unlink(dir, 'other');
  expect((await kernel.getattr(other)).attr.nlink).toBe(0);
  await kernel.setattr(other, { size: 1 });
  expect((await kernel.read(open, 0, 10)).toString()).toBe('t');
});

test('a hundred calls at once walk there together', async () => {
  await using place = await far();
  const { kernel, tap } = place;
  const { node } = await kernel.mknod(ROOT, 'file', REG);
  await idle();
  tap.reset();
  await Promise.all(Array.from({ length: 100 }, () => kernel.getattr(node)));
  expect(tap.types.filter((type) => type === 'Twalk')).toHaveLength(1);
});

test('one whose name is another’s by then is stale', async () => {
  await using place = await far();
  const { kernel } = place;
  await using other = await far(place.tree);
  const { node } = await kernel.mknod(ROOT, 'file', REG);
  await idle();
  await other.kernel.unlink(ROOT, 'file');
  expect(await failure(kernel.getattr(node))).toBe('ESTALE');
  await other.kernel.mknod(ROOT, 'file', REG);
  expect(await failure(kernel.getattr(node))).toBe('ESTALE');
  const again = await kernel.lookup(ROOT, 'file');
  expect(again.node).not.toBe(node);
  expect((await kernel.getattr(again.node)).attr.nlink).toBe(1);
  kernel.forgetAll();
  await settled();
  expect(place.fids).toBe(1);
});
