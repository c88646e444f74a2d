/** How a file is opened: Node's words and Linux's numbers. */
import { invalidValue } from './arguments.ts';
import { constants } from './constants.ts';
import { openMode, type OpenMode } from '../../file/index.ts';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC, O_DIRECTORY, O_NOFOLLOW } =
  constants;

const WORDS: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  w: O_TRUNC | O_CREAT | O_WRONLY,
  wx: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  'w+': O_TRUNC | O_CREAT | O_RDWR,
  'wx+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  a: O_APPEND | O_CREAT | O_WRONLY,
  ax: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  as: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  'a+': O_APPEND | O_CREAT | O_RDWR,
  'ax+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'as+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
};

const TURNED: Readonly<Record<string, string>> = {
  sr: 'rs',
  'sr+': 'rs+',
  xw: 'wx',
  'xw+': 'wx+',
  xa: 'ax',
  'xa+': 'ax+',
  sa: 'as',
  'sa+': 'as+',
};

export interface OpenFlags {
  readonly mode: OpenMode;
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly directory: boolean;
  readonly follow: boolean;
  /** Every write is followed by a sync. */
  readonly sync: boolean;
}

export function flagsOf(given: unknown, otherwise = 'r'): OpenFlags {
  const flags = numberOf(given ?? otherwise);
  const has = (flag: number): boolean => (flags & flag) === flag;
  const access = flags & (O_WRONLY | O_RDWR);
  const exclusive = has(O_CREAT | O_EXCL);
  return {
    mode: openMode({
      read: access !== O_WRONLY,
      write: access !== O_RDONLY,
      truncate: has(O_TRUNC),
      append: has(O_APPEND),
    }),
    create: has(O_CREAT),
    exclusive,
    directory: has(O_DIRECTORY),
    follow: !exclusive && !has(O_NOFOLLOW),
    sync: (flags & O_SYNC) !== 0,
  };
}

function numberOf(given: unknown): number {
  if (typeof given === 'number' && Number.isInteger(given)) return given;
  if (typeof given === 'string') {
    const word = TURNED[given] ?? given;
    if (Object.hasOwn(WORDS, word)) return WORDS[word];
  }
  throw invalidValue('flags', given);
}
