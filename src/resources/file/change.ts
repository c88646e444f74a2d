/** Attributes of a host file changed all together, or not at all. */
import { constants } from 'node:fs';
import { FileError, type Change, type User } from '../../file/index.ts';
import { statDescriptor, type Stat } from '../../host/index.ts';
import { attempt, chmod, chown, close, reopen, setTimes, truncate } from './calls.ts';
import { modeGranted, ownerAfter, type Owner, type Ownership } from './owner.ts';

/** Who changes a file, and in which tree. */
export interface ChangeContext {
  readonly map: Ownership;
  readonly user: User;
  /** The descriptor was opened for writing: its length can be set whatever the mode says by now (ftruncate(2)). */
  readonly writes: boolean;
}

/** Changes the file of the descriptor, which may be an O_PATH one; `stat` is what the file is like before. */
export function changeFile(
  fd: number,
  stat: Stat,
  change: Change,
  { map, user, writes }: ChangeContext,
): void {
  check(change, stat);
  const owner = ownerAfter(map, change, stat);
  // Opened before the mode changes, which may take the right to write away.
  const reopened = setsSize(change, stat) && !writes ? reopen(fd, constants.O_WRONLY) : undefined;
  try {
    if (owner) chown(fd, owner.uid, owner.gid);
    changeMode(fd, owner ? statDescriptor(fd) : stat, change, map, user);
    if (!owner && (change.uid !== undefined || change.gid !== undefined)) touch(fd, stat);
    changeTimes(fd, stat, change);
    if (setsSize(change, stat)) {
      truncate(reopened ?? fd, change.size!);
      // That has set the mtime.
      changeTimes(fd, stat, change);
    }
  } catch (error) {
    restore(fd, stat, change, owner);
    throw error;
  } finally {
    if (reopened !== undefined) close(reopened);
  }
}

/** Refuses what no host file can bear; a wish for what is the case already is granted. */
function check(change: Change, stat: Stat): void {
  if (change.append || change.exclusive) throw new FileError('EOPNOTSUPP');
  const { mode, size } = change;
  if (mode !== undefined && mode !== stat.mode && stat.type === 'symlink') throw new FileError('EOPNOTSUPP');
  if (size === undefined || stat.type === 'file') return;
  if (stat.type !== 'dir') throw new FileError('EINVAL');
  if (size !== 0) throw new FileError('EISDIR');
}

/** A directory's length may be set to 0, which does nothing. */
function setsSize(change: Change, stat: Stat): boolean {
  return stat.type === 'file' && change.size !== undefined;
}

function changeMode(fd: number, stat: Stat, change: Change, map: Ownership, user: User): void {
  // To the mode that it has: that sets the ctime, and nothing else.
  const mode = change.mode ?? (change.touch ? stat.mode : undefined);
  if (mode !== undefined && stat.type !== 'symlink') chmod(fd, modeGranted(map, user, mode, stat));
}

/** To the owner that it has: that sets the ctime, as far as the server's user can do so, and nothing else. */
function touch(fd: number, stat: Stat): void {
  if (stat.type !== 'symlink') attempt(() => chmod(fd, statDescriptor(fd).mode));
}

function changeTimes(fd: number, stat: Stat, { atime, mtime }: Change): void {
  if (atime !== undefined || mtime !== undefined) setTimes(fd, atime, mtime, stat);
}

/** What cannot be restored stays: there is an error to tell already. */
function restore(fd: number, stat: Stat, change: Change, owner: Owner | undefined): void {
  const { atime, mtime } = change;
  if (owner) attempt(() => chown(fd, stat.uid, stat.gid));
  // A change of owner takes the setuid bit, too.
  if ((owner || change.mode !== undefined) && stat.type !== 'symlink') attempt(() => chmod(fd, stat.mode));
  if (atime !== undefined || mtime !== undefined) attempt(() => setTimes(fd, stat.atime, stat.mtime, stat));
}
