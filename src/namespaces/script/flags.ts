/** The letters of bind(1), for the numbers of bind(2). */
import { FileError } from '../../file/index.ts';
import { MAFTER, MBEFORE, MCACHE, MCREATE, MREPL } from '../flags.ts';

const LETTERS: ReadonlyMap<string, number> = new Map([
  ['a', MAFTER],
  ['b', MBEFORE],
  ['c', MCREATE],
  ['C', MCACHE],
]);

/**
 * The flags that letters say: `ac` is MAFTER and MCREATE, none is MREPL.
 *
 * @throws a FileError of code EINVAL for a letter that says nothing, and for `a` and `b` together.
 */
export function flagsOf(letters: string): number {
  let flags = MREPL;
  for (const letter of letters) {
    const flag = LETTERS.get(letter);
    if (flag === undefined) throw new FileError('EINVAL', `there is no flag -${letter}`);
    flags |= flag;
  }
  if ((flags & MAFTER) !== 0 && (flags & MBEFORE) !== 0) {
    throw new FileError('EINVAL', '-a and -b are two places, and one is needed');
  }
  return flags;
}

/** The letters that say the flags, without the dash; '' for MREPL. */
export function flagLetters(flags: number): string {
  return [...LETTERS].map(([letter, flag]) => ((flags & flag) === 0 ? '' : letter)).join('');
}
