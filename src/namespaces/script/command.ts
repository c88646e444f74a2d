/** The commands of a namespace file (namespace(6)), as words and as what they mean. */
import { FileError, quoteWord } from '../../file/index.ts';
import { parseAddress } from '../../transport/address.ts';
import type { Position } from './error.ts';
import { flagLetters, flagsOf } from './flags.ts';

/** What a user may do with what is allowed to them. */
export type Allowance = 'ro' | 'rw';

/** What a command does. */
export type Operation =
  | {
      readonly verb: 'mount';
      readonly url: string;
      readonly old: string;
      readonly aname?: string;
      /** A sum of the M… numbers of bind(2). */
      readonly flags: number;
    }
  | { readonly verb: 'bind'; readonly from: string; readonly old: string; readonly flags: number }
  | { readonly verb: 'unmount'; readonly from?: string; readonly old: string }
  | { readonly verb: 'cd'; readonly dir: string }
  | { readonly verb: 'clear' }
  | { readonly verb: 'listen'; readonly url: string }
  | { readonly verb: 'export'; readonly kind: string; readonly path: string; readonly address: string }
  | { readonly verb: 'allow'; readonly user: string; readonly access: Allowance; readonly path: string };

/** An operation, and where it stands. */
export type Command = Operation & Position;

interface Verb {
  readonly usage: string;
  /** The operation, of words in the number that the usage says. */
  make(words: readonly string[], flags: number): Operation;
}

const FLAGS = '[-abcC]';

const VERBS: Readonly<Record<Operation['verb'], Verb>> = {
  mount: {
    usage: `${FLAGS} URL OLD [ANAME]`,
    make: ([url, old, aname], flags) => ({
      verb: 'mount',
      url: checkAddress(url),
      old,
      ...(aname !== undefined && { aname }),
      flags,
    }),
  },
  bind: {
    usage: `${FLAGS} NEW OLD`,
    make: ([from, old], flags) => ({ verb: 'bind', from, old, flags }),
  },
  unmount: {
    usage: '[NEW] OLD',
    make: ([first, second]) =>
      second === undefined ? { verb: 'unmount', old: first } : { verb: 'unmount', from: first, old: second },
  },
  cd: { usage: 'DIR', make: ([dir]) => ({ verb: 'cd', dir }) },
  clear: { usage: '', make: () => ({ verb: 'clear' }) },
  listen: { usage: 'URL', make: ([url]) => ({ verb: 'listen', url: checkAddress(url) }) },
  export: {
    usage: 'KIND PATH ADDRESS',
    make: ([kind, path, address]) => ({ verb: 'export', kind, path, address }),
  },
  allow: {
    usage: 'USER ro|rw PATH',
    make: ([user, access, path]) => ({
      verb: 'allow',
      user,
      access: checkAllowance(access),
      path: checkPath(path),
    }),
  },
};

/** How a verb is used: `usage: bind [-abcC] NEW OLD`. */
export function usageOf(verb: Operation['verb']): string {
  return `usage: ${verb} ${VERBS[verb].usage}`.trimEnd();
}

/**
 * Reads a command in words: `['bind', '-a', '/x', '/y']`.
 *
 * @throws a FileError of code EINVAL, in one line: what is wrong, and how the verb is used.
 */
export function parseCommand(words: readonly string[]): Operation {
  const [name = '', ...rest] = words;
  if (!isVerb(name)) {
    const known = Object.keys(VERBS).join(', ');
    throw new FileError('EINVAL', `${name || "''"}: no such verb: one of ${known} was expected`);
  }
  const verb = VERBS[name];
  try {
    const { flags, operands } = splitFlags(rest, verb.usage.startsWith(FLAGS));
    checkCount(operands, verb.usage);
    return verb.make(operands, flags);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new FileError('EINVAL', `${name}: ${what}; ${usageOf(name)}`, { cause });
  }
}

/** The command as a line that {@link parseCommand}, and a namespace file, takes for the same. */
export function formatCommand(operation: Operation): string {
  const flags = 'flags' in operation ? flagLetters(operation.flags) : '';
  const operands = operandsOf(operation);
  return [
    operation.verb,
    ...(flags === '' ? [] : [`-${flags}`]),
    ...(operands[0]?.startsWith('-') ? ['--'] : []),
    ...operands,
  ]
    .map(quoteWord)
    .join(' ');
}

function operandsOf(operation: Operation): readonly string[] {
  switch (operation.verb) {
    case 'mount': {
      const { url, old, aname } = operation;
      return aname === undefined ? [url, old] : [url, old, aname];
    }
    case 'bind':
      return [operation.from, operation.old];
    case 'unmount':
      return operation.from === undefined ? [operation.old] : [operation.from, operation.old];
    case 'cd':
      return [operation.dir];
    case 'clear':
      return [];
    case 'listen':
      return [operation.url];
    case 'export':
      return [operation.kind, operation.path, operation.address];
    case 'allow':
      return [operation.user, operation.access, operation.path];
  }
}

const isVerb = (name: string): name is Operation['verb'] => Object.hasOwn(VERBS, name);

/** Flags stand before everything else, together or apart; `--` ends them, and `-` is a word like any other. */
function splitFlags(
  words: readonly string[],
  takes: boolean,
): { readonly flags: number; readonly operands: readonly string[] } {
  let letters = '';
  let at = 0;
  for (; /^-./.test(words[at] ?? ''); at++) {
    if (words[at] === '--') {
      at++;
      break;
    }
    if (!takes) throw new FileError('EINVAL', `it has no flags, and '${words[at]}' looks like one`);
    letters += words[at].slice(1);
  }
  return { flags: flagsOf(letters), operands: words.slice(at) };
}

function checkCount(operands: readonly string[], usage: string): void {
  const names = usage.split(' ').filter((name) => name !== '' && name !== FLAGS);
  const needed = names.filter((name) => !name.startsWith('['));
  if (operands.length < needed.length) throw new FileError('EINVAL', `${needed[operands.length]} is missing`);
  if (operands.length > names.length)
    throw new FileError('EINVAL', `'${operands[names.length]}' is one word too many`);
}

/** An address is only looked at here: that a wrong one is found before anything is done. */
function checkAddress(url: string): string {
  parseAddress(url);
  return url;
}

function checkAllowance(access: string): Allowance {
  if (access === 'ro' || access === 'rw') return access;
  throw new FileError('EINVAL', `'${access}' is neither ro nor rw`);
}

function checkPath(path: string): string {
  if (path.startsWith('/') && !path.split('/').includes('..')) return path;
  throw new FileError('EINVAL', `'${path}' is not a path from the root without '..'`);
}
