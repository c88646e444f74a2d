/**
 * The place where something is to be mounted: found, and looked at, without a touch of what is mounted there already.
 */
import type { Stats } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { FileError, codeOf, sentenceOf, type Code } from '../../file/index.ts';
import { mountAt, readMounts, type MountEntry } from '../../host/index.ts';

/** As of the kernel (MAXSYMLINKS). */
const MOST_LINKS = 40;

/**
 * The absolute path of a mountpoint, without symbolic links. What is mounted at its end may be dead, or hang, or wait
 * for whoever asks here: it is not touched, and neither is a link's target behind it.
 *
 * @throws FileError for a path that does not exist.
 */
export async function locate(path: string): Promise<string> {
  let at = absolute(path);
  try {
    for (let links = 0; links < MOST_LINKS; links++) {
      if (mountAt(readMounts(), at)) return at;
      at = join(await realpath(dirname(at)), basename(at));
      if (mountAt(readMounts(), at)) return at;
      const target = await readlink(at).catch(notALink);
      if (target === undefined) return at;
      at = resolve(dirname(at), target);
    }
    throw new FileError('ELOOP');
  } catch (error) {
    const code = codeOf(error);
    throw cannotMount(code, path, MISSING[code] ?? sentenceOf(code), error);
  }
}

/**
 * A path from the root.
 *
 * @throws FileError for a relative one where the current directory is not to be had: in a dead mount that was taken
 * away.
 */
export function absolute(path: string): string {
  try {
    return resolve(path);
  } catch (error) {
    const why = 'the directory in which this command runs is gone; give the whole path, or cd elsewhere';
    throw new FileError(codeOf(error) as Code, `${path}: ${why}`, { cause: error });
  }
}

const MISSING: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist; make it first (mkdir)',
  ENOTDIR: 'something on this path is a file; choose another',
  ENOTCONN: 'a dead mount is on the way there; ns unexport --stale clears those of this user',
  EACCES: 'permission denied on the way there; choose a directory of your own',
};

function notALink(error: unknown): undefined {
  if (codeOf(error) !== 'EINVAL') throw error;
}

/** What is to be mounted: a tree, or a file alone. */
export type MountKind = 'dir' | 'file';

/**
 * Checks that a place found by {@link locate} is free: an empty directory for a tree, an empty file for a file, and
 * nothing mounted there.
 *
 * @throws FileError that says what to do.
 */
export async function requireFree(place: string, kind: MountKind): Promise<void> {
  const there = mountAt(readMounts(), place);
  if (there) throw cannotMount('EBUSY', place, occupied(there));
  const found = await lstat(place).catch((error: unknown) => {
    throw cannotMount(codeOf(error), place, sentenceOf(codeOf(error)), error);
  });
  if (kind === 'dir') await requireEmptyDirectory(place, found);
  else requireEmptyFile(place, found);
}

async function requireEmptyDirectory(place: string, found: Stats): Promise<void> {
  if (!found.isDirectory()) {
    throw cannotMount(
      'ENOTDIR',
      place,
      'it is a file, and what is exported is a directory; choose a directory',
    );
  }
  const names = await readdir(place).catch((error: unknown) => {
    throw cannotMount(
      codeOf(error),
      place,
      `${sentenceOf(codeOf(error))}; choose a directory of your own`,
      error,
    );
  });
  if (names.length === 0) return;
  throw cannotMount(
    'ENOTEMPTY',
    place,
    'the directory is not empty, and what is in it would be hidden; choose an empty one',
  );
}

function requireEmptyFile(place: string, found: Stats): void {
  if (found.isDirectory()) {
    throw cannotMount(
      'EISDIR',
      place,
      'it is a directory, and what is exported is a file; make a file there (touch)',
    );
  }
  if (!found.isFile())
    throw cannotMount('EINVAL', place, 'it is neither a file nor a directory; choose another');
  if (found.size === 0) return;
  throw cannotMount(
    'EEXIST',
    place,
    'the file is not empty, and what is in it would be hidden; choose an empty one',
  );
}

/** For people: what is in the way, and what to do about it. */
function occupied({ type, source, mountpoint }: MountEntry): string {
  return `${source} (${type}) is mounted there already; choose another, or take it away first (umount ${mountpoint})`;
}

/** Whether a place is a directory or below it; both without symbolic links. */
export function isWithin(place: string, directory: string): boolean {
  const way = relative(directory, place);
  return way === '' || !(way === '..' || way.startsWith('../'));
}

/** `cannot mount on PLACE: WHY`. */
export function cannotMount(code: string, place: string, why: string, cause?: unknown): FileError {
  // Any symbol of Linux's may come from the host.
  return new FileError(
    code as Code,
    `cannot mount on ${place}: ${why}`,
    cause === undefined ? {} : { cause },
  );
}
