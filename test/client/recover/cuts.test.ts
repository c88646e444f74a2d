/** A thousand cuts of the link at random bytes, under a mixed load, against a model. */
import { describe, expect, test } from '@jest/globals';
import { ram } from '../../../src/resources/index.ts';
import { DIALECTS } from '../served.ts';
import { lined } from './line.ts';
import { Appender, Mover, Reader, Writer, dice, unknown, type Worker } from './workers.ts';

const CUTS = 350;
const SEED = 20_260_711;

describe.each(DIALECTS)('in %s', (dialect) => {
  test(`${CUTS} cuts: nothing is done twice, nothing that was acknowledged is lost`, async () => {
    const roll = dice(SEED + DIALECTS.indexOf(dialect));
    const tree = ram();
    await using served = await lined(dialect, tree, { msize: 1024, deadline: 10_000 });
    const { root, line, file } = served;
    const kinds = [Writer, Appender, Mover, Reader];
    const workers: Worker[] = kinds.map((Kind, i) => new Kind(root, dice(roll(1 << 30) + i)));
    for (const worker of workers) await worker.prepare();

    unknown.count = 0;
    line.fate = () => {
      if (roll(50) === 0) return undefined;
      // Seldom within the handshake.
      const far = (): number => (roll(40) === 0 ? roll(60) : 60 + roll(6000));
      return roll(2) === 0 ? { out: far(), in: Infinity } : { out: Infinity, in: far() };
    };
    const over = new AbortController();
    let steps = 0;
    const running = workers.map(async (worker) => {
      for (; !over.signal.aborted && line.cuts < CUTS; steps++) {
        line.loud = roll(2) === 0;
        await worker.step();
      }
    });
    line.cut();
    await Promise.all(running).finally(() => over.abort());

    line.fate = undefined;
    line.budget = { out: Infinity, in: Infinity };
    for (const worker of workers) await worker.check();
    for (const worker of workers) await worker.end();
    expect(line.cuts).toBeGreaterThanOrEqual(CUTS);
    expect(steps).toBeGreaterThan(CUTS);
    // Both happen: what is repeated, and what is not.
    expect(unknown.count).toBeGreaterThan(5);
    expect(file.tree.recoveries).toBeGreaterThan(CUTS / 2);
  }, 30_000);
});
