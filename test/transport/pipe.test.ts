import { expect, test } from '@jest/globals';
import { pipe } from '../../src/transport/pipe.ts';
import { pattern, Sink } from './tools.ts';

test('delivers after write has returned, and sent comes when it is delivered', async () => {
  const [near, far] = pipe();
  const sink = new Sink();
  far.start(sink);
  let sent = false;
  near.write([pattern(10), pattern(20)], () => (sent = true));
  expect([sink.total, near.queued, sent]).toEqual([0, 30, false]);
  await sink.has(30);
  expect([near.queued, sent]).toEqual([0, true]);
});

test('a receiver that pauses gets nothing more, and what waits is counted', async () => {
  const [near, far] = pipe();
  const sink = new Sink(10);
  sink.onPiece = () => far.pause();
  far.start(sink);
  near.write([pattern(100)], () => {});
  await sink.has(10);
  await new Promise(setImmediate);
  expect([sink.total, near.queued]).toEqual([10, 90]);
  far.resume();
  await sink.has(20);
  expect(near.queued).toBe(80);
});

test('two ends that never stop talking leave others their turn', async () => {
  const [near, far] = pipe();
  let bounces = 0;
  let goOn: (() => void) | undefined;
  const thousand = new Promise<void>((resolve) => (goOn = resolve));
  for (const end of [near, far]) {
    const sink = new Sink(16);
    sink.onPiece = () => {
      if (++bounces > 1000) goOn?.();
      end.write(sink.chunks.splice(0), () => {});
    };
    end.start(sink);
  }
  near.write([pattern(8)], () => {});
  // A timer has its turn again and again, and so have they.
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setTimeout(resolve, 1));
  await thousand;
  near.abort(new Error('enough'));
});

test('close waits until the other end has taken all', async () => {
  const [near, far] = pipe();
  near.write([pattern(10)], () => {});
  let closed = false;
  void near.close().then(() => (closed = true));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(closed).toBe(false);
  const sink = new Sink();
  far.start(sink);
  expect(await sink.end).toBeUndefined();
  expect(sink.total).toBe(10);
  await near.close();
});
