/** What a user needs for each thing that is done to a directory: held by Chans, and by unions for each of their members. */
import { after, rescue, type Awaitable } from '../awaitable.ts';
import { FileError, codeOf } from '../errors.ts';
import type { File, Request } from '../file.ts';
import { checkName } from '../name.ts';
import { MAY, isSuperuser, owns, permitted } from '../permission.ts';

const STICKY = 0o1000;

export { checkName };

/** `need` is a sum of MAY bits. A far side that checks for itself is not asked. */
export function may(file: File, need: number, r: Request): Awaitable<void> {
  if (file.guarded) return undefined;
  return after(file.attr(r), (attr) => {
    if (!permitted(r.user, attr, need)) throw new FileError('EACCES');
  });
}

/** To read a file, or list a directory. */
export function mayRead(file: File, r: Request): Awaitable<void> {
  return may(file, MAY.READ, r);
}

/** To look a name up. */
export function mayWalk(file: File, r: Request): Awaitable<void> {
  return isSuperuser(r.user) ? undefined : may(file, MAY.EXECUTE, r);
}

/** To make a name in a directory. */
export function mayEnter(dir: File, name: string, r: Request): Awaitable<void> {
  checkName(name);
  if (!isDirectory(dir)) throw new FileError('ENOTDIR');
  return may(dir, MAY.WRITE, r);
}

/** To take a name away: in a directory with the sticky bit by the file's owner, or the directory's (unlink(2)). */
export function mayTake(dir: File, name: string, r: Request): Awaitable<void> {
  if (dir.guarded) return undefined;
  return after(dir.attr(r), (attr) => {
    if (!permitted(r.user, attr, MAY.WRITE)) throw new FileError('EACCES');
    if ((attr.mode & STICKY) === 0 || isSuperuser(r.user) || owns(r.user, attr)) return undefined;
    return after(lookup(dir, name, r), (found) =>
      after(found?.attr(r), (of) => {
        found?.release?.();
        if (of && !owns(r.user, of)) throw new FileError('EPERM');
      }),
    );
  });
}

/** The file of a name in a directory; undefined if there is none. Whoever asks releases it. */
export function lookup(dir: File, name: string, r: Request): Awaitable<File | undefined> {
  if (!isDirectory(dir)) throw new FileError('ENOTDIR');
  return after(mayWalk(dir, r), () => {
    if (!dir.walkAll) return dir.walk?.(name, r);
    return rescue<File | undefined>(
      () => after(dir.walkAll!([name], r), ([found]) => found),
      (error) => {
        if (codeOf(error) !== 'ENOENT') throw error;
        return undefined;
      },
    );
  });
}

/**
 * As many of the names as are found in one step: one where the file knows no better, all that there are where the far
 * side walks several. None of them is `.` or `..`. ENOENT if not even the first is there.
 */
export function follow(dir: File, names: readonly string[], r: Request): Awaitable<readonly File[]> {
  if (!isDirectory(dir)) throw new FileError('ENOTDIR');
  return after(mayWalk(dir, r), () => {
    if (dir.walkAll) {
      return after(dir.walkAll(names, r), (files) => {
        if (files.length === 0) throw new FileError('ENOENT');
        return files;
      });
    }
    return after(dir.walk?.(names[0], r), (found) => {
      if (!found) throw new FileError('ENOENT');
      return [found];
    });
  });
}

export function isDirectory(file: File): boolean {
  return (file.qid.type & 0x80) !== 0;
}

/** What a missing method means: a directory without `create` takes no new files, and so on. */
export function notPossible(file: File): FileError {
  return new FileError(isDirectory(file) ? 'EPERM' : 'EOPNOTSUPP');
}
