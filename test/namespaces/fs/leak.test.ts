/** Whatever the battery does, and whatever fails in it, every fid is given back. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { attach } from '../../../src/client/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { hostServer } from '../../../src/serve.ts';
import { pipe } from '../../../src/transport/index.ts';
import { PARTS } from './battery.ts';
import { Ground } from './ground.ts';
import { user, worldOf } from './worlds.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('no fid is left to the collector of garbage', async () => {
  const server = hostServer(ram());
  const [theirs, ours] = pipe();
  server.accept(theirs);
  const said: string[] = [];
  const tree = await attach(ours, { user, debug: (message) => said.push(message) });
  const world = await worldOf(tree, () => server.close());
  for (const checks of Object.values(PARTS))
    for (const check of Object.values(checks)) await check(await Ground.of(world));
  for (let i = 0; i < 10; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await world[Symbol.asyncDispose]();
  expect(said).toEqual([]);
}, 60_000);
