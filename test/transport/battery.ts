/** What every kind of stream must hold. */
import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Stream } from '../../src/transport/stream.ts';
import { echo, pattern, segments, send, Sink } from './tools.ts';

const PIECE = 64 * 1024;

/** Both ends of one connection. */
export interface Pair {
  readonly near: Stream;
  readonly far: Stream;
}

/** The tests of one kind of stream, of which `open` makes a pair. A browser's receiver cannot hold up a sender. */
export function battery(kind: string, open: () => Promise<Pair>, holdsUp = true): void {
  describe(kind, () => {
    test('carries random sizes both ways, in order', async () => {
      const { near, far } = await open();
      const there = pattern(5_000_000, 3);
      const back = pattern(4_000_000, 4);
      const farSink = new Sink(1 + 7919);
      const nearSink = new Sink(200_000);
      far.start(farSink);
      near.start(nearSink);
      const sending = [
        ...segments(there, 5).map((s) => send(near, ...s)),
        ...segments(back, 6).map((s) => send(far, ...s)),
      ];
      await Promise.all([farSink.has(there.length), nearSink.has(back.length), ...sending]);
      expect(farSink.bytes.equals(there)).toBe(true);
      expect(nearSink.bytes.equals(back)).toBe(true);
      await Promise.all([near.close(), far.close()]);
      expect(nearSink.ends).toEqual([undefined]);
      expect(farSink.ends).toEqual([undefined]);
    });

    test('delivers one byte at a time', async () => {
      const { near, far } = await open();
      echo(far);
      const sink = new Sink(1);
      near.start(sink);
      await send(near, Buffer.from([1]), Buffer.from([2, 3]));
      await sink.has(3);
      expect([...sink.bytes]).toEqual([1, 2, 3]);
      await near.close();
    });

    test('loses nothing that came before the start', async () => {
      const { near, far } = await open();
      near.write([Buffer.from('early')], () => {});
      const closed = near.close();
      await delay(20);
      const sink = new Sink();
      far.start(sink);
      expect(await sink.end).toBeUndefined();
      expect(sink.bytes.toString()).toBe('early');
      await Promise.all([closed, far.close()]);
    });

    test('calls sent once for each write, in order, empty ones included', async () => {
      const { near, far } = await open();
      far.start(new Sink());
      const order: number[] = [];
      const writes = [[pattern(10)], [], [pattern(0)], [pattern(300_000), pattern(5)], [pattern(1)]];
      await Promise.all(
        writes.map((w, i) => new Promise<void>((sent) => near.write(w, () => sent(void order.push(i))))),
      );
      await delay(10);
      expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
      expect(order.filter((i) => i === 0 || i > 2)).toEqual([0, 3, 4]);
      await Promise.all([near.close(), far.close()]);
      expect(order.length).toBe(5);
    });

    if (holdsUp) {
      test('a receiver that pauses holds up a sender that waits for sent', async () => {
        await holdsUpSender(await open());
      });
    }

    test('close sends what is queued', async () => {
      const { near, far } = await open();
      const sink = new Sink();
      far.start(sink);
      near.start(new Sink());
      const bytes = pattern(5_000_000, 9);
      let sent = 0;
      for (const write of segments(bytes)) near.write(write, () => sent++);
      const closed = near.close();
      expect(await sink.end).toBeUndefined();
      expect(sink.bytes.equals(bytes)).toBe(true);
      await far.close();
      await closed;
      expect(sent).toBe(segments(bytes).length);
      near.write([pattern(5)], () => sent++);
      expect(sent).toBe(segments(bytes).length + 1);
      await near.close();
    });

    test('closing one end ends the other, which closes in its own time', async () => {
      const { near, far } = await open();
      const [nearSink, farSink] = [new Sink(), new Sink()];
      near.start(nearSink);
      far.start(farSink);
      near.write([pattern(1)], () => {});
      const closed = near.close();
      expect(await farSink.end).toBeUndefined();
      await send(far, pattern(100));
      await Promise.all([far.close(), closed]);
      expect(nearSink.ends).toEqual([undefined]);
      expect(farSink.ends).toEqual([undefined]);
      expect(nearSink.total).toBe(0);
    });

    test('abort ends both ends at once, and its reason is told', async () => {
      const { near, far } = await open();
      const [nearSink, farSink] = [new Sink(), new Sink()];
      farSink.onPiece = () => far.pause();
      near.start(nearSink);
      far.start(farSink);
      const reason = new Error('enough');
      let sent = 0;
      for (let i = 0; i < 200; i++) near.write([pattern(PIECE)], () => sent++);
      near.abort(reason);
      expect(await nearSink.end).toBe(reason);
      far.resume();
      farSink.onPiece = () => {};
      await farSink.end;
      await Promise.all([near.close(), far.close()]);
      await delay(10);
      expect(sent).toBe(200);
      expect(nearSink.ends).toEqual([reason]);
      expect(farSink.ends.length).toBe(1);
    });

    test('an exception of the receiver ends this stream with it, and nothing else', async () => {
      const { near, far } = await open();
      const [nearSink, farSink] = [new Sink(), new Sink()];
      const bug = new Error('a bug');
      farSink.onPiece = () => {
        throw bug;
      };
      near.start(nearSink);
      far.start(farSink);
      near.write([pattern(200_000)], () => {});
      expect(await farSink.end).toBe(bug);
      await nearSink.end;
      await Promise.all([near.close(), far.close()]);
      expect(farSink.ends).toEqual([bug]);
      expect(nearSink.ends.length).toBe(1);
    });

    test('pause before the start, and resume', async () => {
      const { near, far } = await open();
      const sink = new Sink();
      far.pause();
      far.start(sink);
      near.write([pattern(1000)], () => {});
      await delay(20);
      expect(sink.total).toBe(0);
      far.resume();
      await sink.has(1000);
      await Promise.all([near.close(), far.close()]);
    });
  });
}

/** A sender that waits for `sent` is held up by a receiver that pauses, and loses nothing. */
async function holdsUpSender({ near, far }: Pair): Promise<void> {
  const sink = new Sink();
  sink.onPiece = () => far.pause();
  far.start(sink);
  let sent = 0;
  const stop = new AbortController();
  const sending = (async () => {
    for (; !stop.signal.aborted; sent++) await send(near, pattern(PIECE, sent + 1));
  })();
  let before = -1;
  for (let i = 0; i < 50 && sent !== before; i++) {
    before = sent;
    await delay(30);
  }
  expect(sent).toBe(before);
  expect(sent * PIECE).toBeLessThan(32 * 1024 * 1024);
  expect(sink.total).toBeLessThan(32 * 1024 * 1024);
  stop.abort();
  sink.onPiece = () => {};
  far.resume();
  await sending;
  await sink.has(sent * PIECE);
  const whole = Buffer.concat(Array.from({ length: sent }, (_, i) => pattern(PIECE, i + 1)));
  expect(sink.bytes.equals(whole)).toBe(true);
  await Promise.all([near.close(), far.close()]);
}
