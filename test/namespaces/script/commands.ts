/** Commands of every kind, with any words that they can bear. */
import * as fc from 'fast-check';
import { MAFTER, MBEFORE, MCACHE, MCREATE, MREPL } from '../../../src/namespaces/flags.ts';
import type { Operation } from '../../../src/namespaces/script/command.ts';
import { parseAddress } from '../../../src/transport/address.ts';

/** Of what could be mistaken for something else, and of anything at all. */
const word = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '/', "'", '#', '$', ' ', '\n', '\r', '\\', '-', '{', '}') }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('--', '-', '-a', '.', '..', '$HOME', '#c', ''),
);

const flags = fc
  .tuple(fc.constantFrom(MREPL, MBEFORE, MAFTER), fc.constantFrom(0, MCREATE), fc.constantFrom(0, MCACHE))
  .map(([order, create, cache]) => order | create | cache);

const url = fc
  .string({ unit: fc.constantFrom('a', '/', '#', '?', '=', "'", '$', ' ', '%20', '\n', '\\') })
  .map((text) => `any:${text}`)
  .filter(isAddress);

function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch {
    return false;
  }
}

const path = word.map((text) => `/${text}`).filter((text) => !text.split('/').includes('..'));

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ verb: fc.constant('mount'), url, old: word, flags }),
  fc.record({ verb: fc.constant('mount'), url, old: word, aname: word, flags }),
  fc.record({ verb: fc.constant('bind'), from: word, old: word, flags }),
  fc.record({ verb: fc.constant('unmount'), old: word }),
  fc.record({ verb: fc.constant('unmount'), from: word, old: word }),
  fc.record({ verb: fc.constant('cd'), dir: word }),
  fc.record({ verb: fc.constant('clear') }),
  fc.record({ verb: fc.constant('listen'), url }),
  fc.record({ verb: fc.constant('export'), kind: word, path: word, address: word }),
  fc.record({ verb: fc.constant('allow'), user: word, access: fc.constantFrom('ro', 'rw'), path }),
) as fc.Arbitrary<Operation>;
