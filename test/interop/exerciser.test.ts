/**
 * Long random sequences of calls on mounts of ours, each result compared with a model, or with a plain directory.
 * `NINES_EXERCISER_SCALE=100` makes them longer, `NINES_EXERCISER_SEED=7` others; `NINES_FUSE_ON=plain` does them elsewhere.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileExerciser, exercise, KINDS, type Kind } from './exerciser/run.ts';
import { Held, lackForMounts, mountTmpfs, type Mount } from './fuse/mounts.ts';
import { cached, chosenTrees, file, plain, ram, remote, throughNamespace } from './fuse/trees.ts';
import { missingPrograms, temporaryDirectory } from './programs.ts';

const SCALE = Number(process.env['NINES_EXERCISER_SCALE'] ?? 1);
const SEED = Number(process.env['NINES_EXERCISER_SEED'] ?? 1);
const SECONDS = 30 * SCALE;

/** Operations, for about a tenth of a second in memory. */
const OPERATIONS: Readonly<Record<Kind, number>> = {
  one: 300,
  two: 300,
  ranges: 400,
  mixed: 400,
  appends: 400,
  names: 1200,
  user: 1200,
  crowd: 1600,
};

const trees = [ram, file, remote, throughNamespace].flatMap((tree) => [
  tree,
  cached(tree, 'none'),
  cached(tree, 'loose'),
]);

const lacking = lackForMounts() ?? missingPrograms('gcc');
if (lacking !== undefined) process.stderr.write(`exerciser: skipped, ${lacking}\n`);

(lacking === undefined ? describe : describe.skip)('exerciser', () => {
  const held = new Held();
  let program: string;
  let beside: Mount;

  beforeAll(async () => {
    program = await compileExerciser(held.add(await temporaryDirectory()).path);
    beside = held.add(await mountTmpfs());
  }, 60_000);
  afterAll(async () => held[Symbol.asyncDispose]());

  describe.each([plain, ...chosenTrees(...trees)])('$name', ({ mount }) => {
    let mounted: Mount;

    beforeAll(async () => {
      mounted = await mount();
    }, 60_000);
    afterAll(async () => mounted?.[Symbol.asyncDispose]());

    test.each(KINDS)(
      '%s',
      async (kind) => {
        const one = { kind, seed: SEED, operations: OPERATIONS[kind] * SCALE };
        await exercise(program, mounted, beside, one, SECONDS);
      },
      (SECONDS + 30) * 1000,
    );

    test('nothing was complained of', () => {
      expect(mounted.printed().replace(/^mounted .*\n/m, '')).toBe('');
    });
  });
});
