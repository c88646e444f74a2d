/** What a new file is given once the host has made it: its owner, and the mode that was asked for. */
import { FileError, type CreateSpec, type FileType, type User } from '../../file/index.ts';
import { getXattr, statDescriptor, type Stat } from '../../host/index.ts';
import { chmod, chown, pathOf } from './calls.ts';
import { modeGranted, ownerOfNew, type Ownership } from './owner.ts';

const SETGID = 0o2000;
const PERMISSIONS = 0o777;

/** What no host file can bear. DMTMP asks for nothing that one has not. */
export function checkSpec(spec: CreateSpec): void {
  if (spec.append || spec.exclusive) throw new FileError('EOPNOTSUPP');
}

/**
 * Gives the file of the descriptor, which was just made in `dir` as the server's user, its owner and mode. ESTALE if it
 * is not the file that was made, because somebody on the host was quicker.
 */
export function settle(
  map: Ownership,
  dir: number,
  fd: number,
  type: FileType,
  spec: CreateSpec,
  user: User,
): Stat {
  const made = statDescriptor(fd);
  if (made.type !== type) throw new FileError('ESTALE');
  const owner = ownerOfNew(map, dir, user, spec.gid);
  if (owner) {
    if (made.uid !== process.geteuid!()) throw new FileError('ESTALE');
    chown(fd, owner.uid, owner.gid);
  }
  if (type !== 'symlink') setMode(map, dir, fd, owner ? statDescriptor(fd) : made, spec.mode, user);
  return made;
}

/** The umask of this process has been applied, but the caller's is what counts; it is in the mode already. */
function setMode(map: Ownership, dir: number, fd: number, stat: Stat, mode: number, user: User): void {
  const inherited = stat.type === 'dir' ? stat.mode & SETGID : 0;
  const granted = modeGranted(map, user, mode, stat) | inherited;
  if (granted === stat.mode) return;
  // Where a directory has a default access control list, that and no umask decides (acl(5)).
  const listed = (granted & PERMISSIONS) !== (stat.mode & PERMISSIONS) && hasDefaultList(dir);
  chmod(fd, listed ? (granted & ~PERMISSIONS) | (stat.mode & PERMISSIONS) : granted);
}

function hasDefaultList(dir: number): boolean {
  try {
    return getXattr(pathOf(dir), 'system.posix_acl_default').length > 0;
  } catch {
    return false;
  }
}
