/**
 * Real work on mounts of ours. `NINES_FUSE_ON=plain,bindfs` does it elsewhere, to judge a failure by;
 * `NINES_FUSE_SECONDS=60` lets the loads last longer.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jobs } from './fuse/jobs.ts';
import { directoryIn, lackForMounts, type Mount } from './fuse/mounts.ts';
import { ok } from './fuse/shell.ts';
import { chosenTrees, ram, remote } from './fuse/trees.ts';
import { missingPrograms, temporaryDirectory } from './programs.ts';

const lacking = lackForMounts();
if (lacking !== undefined) process.stderr.write(`work on mounts: skipped, ${lacking}\n`);

(lacking === undefined ? describe : describe.skip)('work on mounts', () => {
  describe.each(chosenTrees(ram, remote))('$name', ({ mount }) => {
    let mounted: Mount;

    beforeAll(async () => {
      mounted = await mount();
    });
    afterAll(async () => mounted?.[Symbol.asyncDispose]());

    for (const { name, needs, seconds, script } of jobs) {
      const missing = missingPrograms(...needs);
      if (missing !== undefined) process.stderr.write(`work on mounts, ${name}: skipped, ${missing}\n`);
      (missing === undefined ? test : test.skip)(
        name,
        async () => {
          await using scratch = await temporaryDirectory();
          const cwd = await directoryIn(mounted.path, name.replaceAll(/\W+/g, '-'));
          await ok(script, { cwd, seconds, env: { SCRATCH: scratch.path } });
          await ok(`rm -rf '${cwd}'`);
          expect(mounted.process?.exitCode ?? null).toBe(null);
        },
        (seconds + 60) * 1000,
      );
    }

    test('nothing was complained of', () => {
      expect(mounted.printed().replace(/^mounted .*\n/m, '')).toBe('');
    });
  });
});
