/** Who owns what is created, and what becomes of a wish to change the owner: the `map` option. */
import { FileError, isSuperuser, owns, type Attr, type Change, type User } from '../../file/index.ts';
import { groupId, groupsOf, statDescriptor, userId, type Stat } from '../../host/index.ts';

/**
 * - `auto`: a server that runs as root does as root does: as `passthrough`, for users whom the host knows; what others make
 *   is root's. Any other server can do no more than `none`.
 * - `none`: new files belong to the server's own user, and owners cannot be changed (EPERM). A caller has the rights that
 *   the permission bits give.
 * - `squash`: every caller acts as the server's user, with all rights that this user has on the host; a change of owner
 *   is ignored.
 * - `passthrough`: new files belong to the caller, and owners can be changed. The server has to run as root.
 */
export type Ownership = 'auto' | 'none' | 'squash' | 'passthrough';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Leaves an id as it is (chown(2)). */
const SAME = -1;
const SETUID = 0o4000;
const SETGID = 0o2000;

/** The owner to give to what the user makes in the directory; undefined: the one that it has from the host. */
export function ownerOfNew(
  map: Ownership,
  dir: number,
  user: User,
  wish: number | undefined,
): Owner | undefined {
  if (map === 'none' || map === 'squash') return undefined;
  const uid = uidOf(user);
  if (uid === undefined) {
    if (map === 'auto') return undefined;
    throw new FileError('EPERM', `the host has no user ${user.name}`);
  }
  // In such a directory a file has its group, whoever makes it (inode(7)).
  if ((statDescriptor(dir).mode & SETGID) !== 0) return { uid, gid: SAME };
  const granted = wish !== undefined && (isSuperuser(user) || isMember(user, wish));
  return { uid, gid: granted ? wish : (user.gid ?? groupsOf(user.name)[0]?.gid ?? SAME) };
}

/** The owner that a change asks for, as far as it is granted; undefined: it stays. */
export function ownerAfter(map: Ownership, change: Change, stat: Stat): Owner | undefined {
  if (map === 'squash') return undefined;
  const uid = change.uid ?? idOf(change.owner, userId);
  const gid = change.gid ?? idOf(change.group, groupId);
  if ((uid ?? stat.uid) === stat.uid && (gid ?? stat.gid) === stat.gid) return undefined;
  if (map === 'none') throw new FileError('EPERM');
  return { uid: uid ?? SAME, gid: gid ?? SAME };
}

/**
 * The mode that the user may give to a file: setuid and setgid only where the rights that they lend are the user's own.
 * The kernel sees to that for its processes, but here it knows the server's user alone.
 */
export function modeGranted(map: Ownership, user: User, mode: number, stat: Stat): number {
  const free = map === 'squash' || user.serves === true || isSuperuser(user) || stat.type === 'dir';
  if (free || (mode & (SETUID | SETGID)) === 0) return mode;
  const lent = (uidOf(user) === stat.uid ? 0 : SETUID) | (isMember(user, stat.gid) ? 0 : SETGID);
  return mode & ~lent;
}

/** Whether the user has the rights of the file's owner. */
export function actsAsOwner(map: Ownership, user: User, attr: Attr): boolean {
  return map === 'squash' || isSuperuser(user) || owns(user, attr);
}

function uidOf(user: User): number | undefined {
  return user.uid ?? userId(user.name);
}

function isMember(user: User, gid: number): boolean {
  if (user.gid === gid || user.gids?.includes(gid)) return true;
  return groupsOf(user.name).some((group) => group.gid === gid);
}

function idOf(name: string | undefined, find: (name: string) => number | undefined): number | undefined {
  if (name === undefined) return undefined;
  const id = find(name);
  if (id === undefined) throw new FileError('EINVAL', `the host does not know ${name}`);
  return id;
}
