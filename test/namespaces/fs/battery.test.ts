/** The battery, on Node's own `fs` and on a namespace's over trees of all kinds. */
import { afterAll, beforeAll } from '@jest/globals';
import { battery } from './battery.ts';
import { TREES, WAYS, nodeWorld } from './worlds.ts';

let umask: number;
beforeAll(() => {
  umask = process.umask(0o022);
});
afterAll(() => {
  process.umask(umask);
});

battery('node:fs/promises', nodeWorld);

for (const [tree, make] of Object.entries(TREES))
  for (const [way, reach] of Object.entries(WAYS)) battery(`${tree} ${way}`, () => reach(make()));
