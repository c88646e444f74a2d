/**
 * What POSIX and Linux say about file systems, on mounts of ours, beside a plain directory and beside bindfs, which hands
 * every call on to that directory over FUSE: what bindfs passes, ours pass.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Outcome } from './c/battery.ts';
import { directoryIn, lackForMounts } from './fuse/mounts.ts';
import { bindfs, chosenTrees, file, plain, ram, remote, type Tree } from './fuse/trees.ts';
import { compilePosixBattery, failuresOf, runPosixBattery, type As } from './posix/battery.ts';
import { DEVIATIONS } from './posix/deviations.ts';
import { missingPrograms, temporaryDirectory, type TemporaryDirectory } from './programs.ts';

const TIME = 300_000;
const AS: readonly As[] = ['root', 'user'];

const lacking = lackForMounts() ?? missingPrograms('gcc', 'bindfs');
if (lacking !== undefined) process.stderr.write(`posix: skipped, ${lacking}\n`);

(lacking === undefined ? describe : describe.skip)('posix', () => {
  const results = new Map<string, readonly Outcome[]>();
  let directory: TemporaryDirectory;
  let battery: string;

  const run = async ({ name, mount }: Tree): Promise<void> => {
    await using mounted = await mount();
    const place = await directoryIn(mounted.path, 'battery');
    const outcomes = await Promise.all(AS.map((as) => runPosixBattery(battery, place, as)));
    for (const [i, as] of AS.entries()) results.set(`${name}, ${as}`, outcomes[i]);
  };
  const failures = ({ name }: Tree, as: As) => failuresOf(results.get(`${name}, ${as}`) ?? []);

  beforeAll(async () => {
    directory = await temporaryDirectory();
    battery = await compilePosixBattery(directory.path);
    await Promise.all([run(plain), run(bindfs)]);
  }, TIME);
  afterAll(async () => {
    process.stderr.write(`${figures(results)}\n`);
    await directory?.[Symbol.asyncDispose]();
  });

  test('the battery passes on a plain directory', () => {
    for (const as of AS) expect(failures(plain, as)).toEqual(new Map());
  });

  test.each(chosenTrees(ram, file, remote))(
    '$name passes what bindfs passes',
    async (tree) => {
      await run(tree);
      const wrong = AS.flatMap((as) => {
        const onBindfs = failures(bindfs, as);
        return [...failures(tree, as)].filter(([check]) => !onBindfs.has(check) && !(check in DEVIATIONS));
      });
      expect(wrong).toEqual([]);
    },
    TIME,
  );
});

/** How many passed, side by side, and what did not. */
function figures(results: ReadonlyMap<string, readonly Outcome[]>): string {
  return [...results]
    .map(([name, outcomes]) => {
      const passed = outcomes.filter(({ verdict }) => verdict === 'passed').length;
      const failed = [...failuresOf(outcomes)].map(([check, reason]) => `\n    ${check}: ${reason}`);
      return `  ${name}: ${passed} of ${passed + failed.length}${failed.join('')}`;
    })
    .join('\n');
}
