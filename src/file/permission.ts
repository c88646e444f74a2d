/** Permission bits: who may do what (intro(5), with Linux's classes: the owner's bits are the owner's only ones). */
import type { Attr } from './attr.ts';
import type { User } from './user.ts';

export const MAY = { EXECUTE: 1, WRITE: 2, READ: 4 } as const;

/** Whether the user owns the file. A file that names no owner belongs to the user who serves. */
export function owns(user: User, attr: Attr): boolean {
  if (attr.uid !== undefined && user.uid !== undefined) return attr.uid === user.uid;
  if (attr.owner !== undefined) return attr.owner === user.name;
  return user.serves === true;
}

function inGroup(user: User, attr: Attr): boolean {
  if (attr.gid !== undefined && (user.gid === attr.gid || user.gids?.includes(attr.gid))) return true;
  if (attr.group !== undefined) return user.groups?.includes(attr.group) === true;
  return attr.gid === undefined && user.serves === true;
}

/** Uid 0 may do everything, as on Linux, whose client asks as root. */
export function isSuperuser(user: User): boolean {
  return user.uid === 0;
}

/** Whether the user may do what `need`, a sum of MAY bits, says. */
export function permitted(user: User, attr: Attr, need: number): boolean {
  if (isSuperuser(user)) return true;
  const shift = owns(user, attr) ? 6 : inGroup(user, attr) ? 3 : 0;
  return ((attr.mode >> shift) & need) === need;
}
