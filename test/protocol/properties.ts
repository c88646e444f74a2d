/** Properties that are held against the same values in every run. */
import * as fc from 'fast-check';
import { generateMessage, messageTypes, type Dialect, type Message } from '../../src/protocol/index.ts';
import { DIALECTS, seeded } from './seeded.ts';

/** Holds a property against `runs` made-up values, the same ones each time. */
export function holds<T>(value: fc.Arbitrary<T>, predicate: (value: T) => void, runs = 1000): void {
  fc.assert(fc.property(value, predicate), { seed: 9, numRuns: runs });
}

export interface Sample {
  readonly dialect: Dialect;
  readonly message: Message;
}

/** Any message of any dialect. */
export const samples: fc.Arbitrary<Sample> = fc
  .tuple(fc.constantFrom(...DIALECTS), fc.nat(), fc.nat())
  .map(([dialect, choice, seed]) => {
    const types = messageTypes(dialect);
    return { dialect, message: generateMessage(types[choice % types.length], seeded(seed), dialect) };
  });
