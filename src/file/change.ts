/** Who may change which attribute (stat(5), chmod(2), chown(2), utimensat(2)). */
import type { Attr, Change } from './attr.ts';
import { FileError } from './errors.ts';
import { MAY, isSuperuser, owns, permitted } from './permission.ts';
import type { User } from './user.ts';

/** Refuses a change that the user may not make or that no file can bear; nothing has been changed then. */
export function checkChange(change: Change, attr: Attr, user: User, openForWriting: boolean): void {
  if (change.size !== undefined) checkSize(change.size, attr, user, openForWriting);
  checkAccount(change.owner);
  checkAccount(change.group);
  if (isSuperuser(user)) return;
  const owner = owns(user, attr);
  const flags =
    change.append !== undefined || change.exclusive !== undefined || change.temporary !== undefined;
  if ((change.mode !== undefined || flags) && !owner) throw new FileError('EPERM');
  checkOwnership(change, attr, user, owner);
  checkTimes(change, attr, user, owner, openForWriting);
}

/** Bytes that the name of a user or a group may have: it stands in every stat of the file. */
const ACCOUNT_MAX = 255;

function checkAccount(name: string | undefined): void {
  if (name !== undefined && (name.length > ACCOUNT_MAX || name.includes('\0'))) throw new FileError('EINVAL');
}

function checkSize(size: number, attr: Attr, user: User, openForWriting: boolean): void {
  if (attr.type === 'dir') {
    if (size !== 0) throw new FileError('EISDIR');
    return;
  }
  if (size > Number.MAX_SAFE_INTEGER) throw new FileError('EFBIG');
  if (!openForWriting && !permitted(user, attr, MAY.WRITE)) throw new FileError('EACCES');
}

function checkOwnership(change: Change, attr: Attr, user: User, owner: boolean): void {
  const otherUser =
    (change.uid !== undefined && change.uid !== attr.uid) ||
    (change.owner !== undefined && change.owner !== attr.owner);
  if (otherUser) throw new FileError('EPERM');
  const { gid, group } = change;
  if (gid !== undefined && gid !== attr.gid) {
    if (!owner || (gid !== user.gid && !user.gids?.includes(gid))) throw new FileError('EPERM');
  }
  if (group !== undefined && group !== attr.group) {
    if (!owner || !user.groups?.includes(group)) throw new FileError('EPERM');
  }
}

function checkTimes(change: Change, attr: Attr, user: User, owner: boolean, openForWriting: boolean): void {
  const { atime, mtime } = change;
  if (atime === undefined && mtime === undefined) return;
  const onlyNow = (atime ?? 'now') === 'now' && (mtime ?? 'now') === 'now';
  const writes = openForWriting || permitted(user, attr, MAY.WRITE);
  if (!owner && !(onlyNow && writes)) throw new FileError(onlyNow ? 'EACCES' : 'EPERM');
}
