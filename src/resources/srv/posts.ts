/**
 * The services that a user has posted on this machine, as srv(3) of Plan 9 has them: in a directory that only this user
 * may enter, each is a Unix socket of its name; what its server has said of itself stands beside it, in a hidden file
 * that is named after the socket's inode. So a name is taken, moved and given up in one step, and what is said of a
 * service never becomes another's: the inode is the socket's for as long as somebody listens on it.
 */
import { linkSync, lstatSync, readFileSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { FileError, codeOf } from '../../file/index.ts';
import { userName } from '../../host/index.ts';
import { formatAddress } from '../../transport/address.ts';

/** Bytes that the name of a service may have: a socket's whole path has 107 at most (unix(7)). */
const MAX_NAME = 64;

/** A service that was posted: whether anybody is still there is for others to find out. */
export interface Post {
  readonly name: string;
  /** Of its socket. */
  readonly path: string;
  readonly stats: BigIntStats;
}

/** What a server says of itself. */
export interface Description {
  readonly pid: number;
  /** What it serves, in words for people. */
  readonly what: string;
}

/** @throws FileError `EINVAL` for what cannot be the name of a service. */
export function checkServiceName(name: string): void {
  if (isServiceName(name)) return;
  const rule = `1 to ${MAX_NAME} bytes, no '/' and no control characters, and no '.' at the beginning`;
  throw new FileError('EINVAL', `${JSON.stringify(name)} is no name of a service: it has ${rule}`);
}

function isServiceName(name: string): boolean {
  return /^[^./\p{Cc}\p{Cs}][^/\p{Cc}\p{Cs}]*$/u.test(name) && Buffer.byteLength(name) <= MAX_NAME;
}

export class Posts {
  readonly directory: string;

  /** `directory` is there, and nobody else may enter it. */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** Where the socket of a service stands. */
  pathOf(name: string): string {
    checkServiceName(name);
    return join(this.directory, name);
  }

  /** In the order of their names. */
  all(): readonly Post[] {
    const names = namesIn(this.directory).toSorted();
    return names.map((name) => this.find(name)).filter((post) => post !== undefined);
  }

  find(name: string): Post | undefined {
    if (!isServiceName(name)) return undefined;
    const path = join(this.directory, name);
    const stats = statOf(path);
    return stats?.isSocket() ? { name, path, stats } : undefined;
  }

  /** Keeps what a server says of itself, which has just posted itself. */
  describe({ stats }: Post, { pid, what }: Description): void {
    const text = `pid ${pid}\nwhat ${what.replaceAll(/\p{Cc}+/gu, ' ')}\n`;
    writeFileSync(this.#descriptionOf(stats), text, { mode: 0o600 });
  }

  /** What is known of a service, as `key value` lines. */
  linesOf({ path, stats }: Post): readonly string[] {
    return [
      `address ${formatAddress({ scheme: 'unix', path, options: new Map() })}`,
      `posted-by ${userName(Number(stats.uid))}`,
      `since ${new Date(Number(stats.mtimeMs)).toISOString()}`,
      ...this.#described(stats).split('\n').filter(Boolean),
    ];
  }

  /** Gives another name to a service, at once or not at all: EEXIST if there is one of that name. */
  rename(post: Post, name: string): void {
    linkSync(post.path, this.pathOf(name));
    this.#unlink(post);
  }

  /** Takes a service away, unless its name is another's by now. */
  remove(post: Post): void {
    // As long as the socket has a name its inode is no other's, so what is said of it goes first.
    unlinkIfThere(this.#descriptionOf(post.stats));
    this.#unlink(post);
  }

  /** Takes a service away whatever its name is by now: others may have renamed it. */
  withdraw({ stats }: Post): void {
    unlinkIfThere(this.#descriptionOf(stats));
    for (const post of this.all()) if (isSame(post.stats, stats)) this.#unlink(post);
  }

  #unlink({ path, stats }: Post): void {
    const found = statOf(path);
    if (found && isSame(found, stats)) unlinkIfThere(path);
  }

  #descriptionOf({ ino }: BigIntStats): string {
    return join(this.directory, `.${ino}`);
  }

  /** Empty where there is none: its server has not come to write it, or was not one of ours. */
  #described(stats: BigIntStats): string {
    try {
      return readFileSync(this.#descriptionOf(stats), 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return '';
      throw error;
    }
  }
}

/** None where the directory is gone, as at the end of a login. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function statOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

function isSame(one: BigIntStats, two: BigIntStats): boolean {
  return one.ino === two.ino && one.dev === two.dev;
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
