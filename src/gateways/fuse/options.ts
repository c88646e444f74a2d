/** How a tree is shown as a Linux file system, and what is done when it does not answer. */
import type { User } from '../../file/index.ts';

/**
 * What the kernel may keep. `none`: nothing, every call is asked of the tree. `auto`: close-to-open for plain files, with
 * attributes and names good for a second; nothing of synthetic ones. `loose`: everything for a long time, for a tree that
 * nobody else changes.
 */
export type CacheMode = 'none' | 'auto' | 'loose';

export interface FuseOptions {
  /** Whoever serves: as whom this user's calls are made, and the owner of what names none. */
  readonly user: User;
  /** Nothing can be changed; default: false. */
  readonly readOnly?: boolean;
  /** Shown as the owner, and the group, of all files. */
  readonly uid?: number;
  readonly gid?: number;
  /** Permission bits that are not shown of any file. */
  readonly umask?: number;
  /** Default: `auto`. */
  readonly cache?: CacheMode;
  /** Calls wait for a tree that does not answer for as long as it takes, but can be killed; default: false. */
  readonly hard?: boolean;
  /** Milliseconds that a tree has for an answer; default: 15,000. */
  readonly timeout?: number;
  /** Others than the mounting user may use it: the kernel checks the permission bits (`default_permissions`). */
  readonly allowOther?: boolean;
  /** Told of each request and its answer. */
  readonly debug?: (line: string) => void;
  /** Told of what is a fault of the tree, or of ours. */
  readonly log?: (line: string) => void;
}

/** With what was not said. */
export type Settings = Required<Pick<FuseOptions, 'user' | 'cache' | 'timeout' | 'log'>> & FuseOptions;

export const TIMEOUT = 15_000;

export function settingsOf(options: FuseOptions): Settings {
  const { cache = 'auto', timeout = TIMEOUT, log = () => undefined } = options;
  return { ...options, cache, timeout, log };
}
