/**
 * Where a named namespace lives: `ns/NAME/` in the user's runtime directory. The files outlast the process that serves
 * it, so that a process that was killed can be told from one that was asked to end.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeDirectory } from '../host/runtime.ts';

/** The paths of one namespace. */
export interface Home {
  readonly name: string;
  readonly directory: string;
  /** A socket: the namespace itself, for any 9P client. */
  readonly tree: string;
  /** A socket: the control tree, for the owner alone. */
  readonly ctl: string;
  /** Locked by the process for as long as it lives; never removed. */
  readonly lock: string;
  /** The process; removed when its end was wanted. */
  readonly pid: string;
  readonly log: string;
  /** The namespace as commands, rewritten after each change. */
  readonly script: string;
  /** What the process before this one left behind, until it is restored or replaced. */
  readonly last: string;
}

/** The name of the namespace where nothing else is said. */
export const DEFAULT_NAME = 'main';

/** A plain file name that needs no quotes. The sockets below it must fit into an address of unix(7). */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/;

export function isName(name: string): boolean {
  return NAME.test(name);
}

/** @throws an error of code EINVAL for a bad name; RuntimeDirectoryError. */
export function homeOf(name: string): Home {
  if (!isName(name)) {
    const text = `'${name}' is no name for a namespace: up to 32 letters, digits, '_', '.' and '-' were expected`;
    throw Object.assign(new Error(text), { code: 'EINVAL' });
  }
  const directory = join(runtimeDirectory(), 'ns', name);
  const at = (file: string): string => join(directory, file);
  return {
    name,
    directory,
    tree: at('tree'),
    ctl: at('ctl'),
    lock: at('lock'),
    pid: at('pid'),
    log: at('log'),
    script: at('script'),
    last: at('last'),
  };
}

export function makeHome({ directory }: Home): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/** All that ever were, in the order of their names. */
export function homes(): readonly Home[] {
  try {
    const entries = readdirSync(join(runtimeDirectory(), 'ns'));
    return entries.filter(isName).toSorted().map(homeOf);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return [];
    throw error;
  }
}
