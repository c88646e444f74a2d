/**
 * What an `fs` does, told once, and tried on Node's own in a directory of this machine as on a namespace's over trees of
 * all kinds: where they differ, a check fails.
 */
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { attributes } from './battery/attributes.ts';
import { content } from './battery/content.ts';
import { copies } from './battery/copies.ts';
import { directories } from './battery/directories.ts';
import { handles } from './battery/handles.ts';
import { links } from './battery/links.ts';
import { names } from './battery/names.ts';
import { Ground, type World } from './ground.ts';

export type Checks = Readonly<Record<string, (ground: Ground) => Promise<void>>>;

export const PARTS: Readonly<Record<string, Checks>> = {
  content,
  handles,
  directories,
  names,
  links,
  attributes,
  copies,
};

export function battery(name: string, begin: () => Promise<World>): void {
  describe(name, () => {
    let world: World;
    beforeAll(async () => {
      world = await begin();
    });
    afterAll(async () => world[Symbol.asyncDispose]());

    describe.each(Object.entries(PARTS))('%s', (_, checks) => {
      test.each(Object.entries(checks))('%s', async (_name, check) => check(await Ground.of(world)));
    });
  });
}
