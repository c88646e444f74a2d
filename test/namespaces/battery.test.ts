/** One battery of tests for every way to a tree. */
import { describe, test } from '@jest/globals';
import type { User } from '../../src/file/index.ts';
import { ram } from '../../src/resources/index.ts';
import { BATTERY } from './battery/battery.ts';
import type { Check } from './battery/check.ts';
import { DOORS, type Door, type Sight } from './doors.ts';
import { GLENDA } from './users.ts';

async function run(check: Check, door: Door): Promise<void> {
  const tree = ram({ owner: GLENDA });
  const sights: Sight[] = [];
  const see = async (user: User): Promise<Sight> => {
    const sight = await door(tree, user);
    sights.push(sight);
    return sight;
  };
  try {
    const { root, file } = await see(GLENDA);
    await check({ root, file, as: async (user) => (await see(user)).root });
  } finally {
    for (const sight of sights) await sight[Symbol.asyncDispose]();
  }
}

describe.each(Object.entries(DOORS))('a tree %s', (_, door) => {
  for (const [subject, checks] of Object.entries(BATTERY)) {
    test.each(Object.entries(checks))(`${subject} %s`, (_title, check) => run(check, door));
  }
});
