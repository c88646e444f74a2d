/** A file's attributes as people and as programs read them. */
import { millisecondsOf, type Attr, type FileType, type Qid, type Time } from '../file/index.ts';
import { groupName, userName } from '../host/users.ts';

const LETTERS: Readonly<Record<FileType, string>> = {
  file: '-',
  dir: 'd',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  char: 'c',
  block: 'b',
};

/** `drwxr-xr-x`, as ls(1) writes it. */
export function modeText({ type, mode }: Attr): string {
  const bits = [0o400, 0o200, 0o100, 0o40, 0o20, 0o10, 0o4, 0o2, 0o1];
  const letters = bits.map((bit, i) => ((mode & bit) === 0 ? '-' : 'rwx'[i % 3]));
  const special = [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ] as const;
  for (const [bit, at, letter] of special) {
    if ((mode & bit) !== 0) letters[at] = letters[at] === 'x' ? letter : letter.toUpperCase();
  }
  return LETTERS[type] + letters.join('');
}

export function octalText(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** By name; where only the number is known, by the name that it has on this machine. */
export function ownerOf({ owner, uid }: Attr): string {
  return owner ?? (uid === undefined ? '-' : userName(uid));
}

export function groupOf({ group, gid }: Attr): string {
  return group ?? (gid === undefined ? '-' : groupName(gid));
}

/** A device's numbers stand where a size would. */
export function sizeText({ type, size, major, minor }: Attr): string {
  return type === 'char' || type === 'block' ? `${major ?? '?'}, ${minor ?? '?'}` : `${size}`;
}

/** `2026-11-20 14:03`, in this machine's time zone. */
export function timeText(time: Time): string {
  const date = dateOf(time);
  if (!date) return '-';
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join('-');
  return `${day} ${[date.getHours(), date.getMinutes()].map(twoDigits).join(':')}`;
}

/** ISO 8601, in UTC; null for a moment that no calendar has. */
export function isoText(time: Time): string | null {
  return dateOf(time)?.toISOString() ?? null;
}

function dateOf(time: Time): Date | undefined {
  const date = new Date(millisecondsOf(time));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** A file as `--json` gives it. */
export interface FileRecord {
  readonly name: string;
  readonly path: string;
  readonly type: FileType;
  readonly mode: string | null;
  readonly size: number | null;
  readonly owner: string | null;
  readonly group: string | null;
  readonly mtime: string | null;
  readonly qid: { readonly type: number; readonly version: number; readonly path: string };
  readonly target?: string;
}

export interface Described {
  readonly name: string;
  /** From the root of its tree. */
  readonly path: string;
  readonly type: FileType;
  /** Undefined if they could not be had. */
  readonly attr?: Attr;
  readonly qid: Qid;
  /** What a symbolic link says. */
  readonly target?: string;
}

export function recordOf({ name, path, type, attr, qid, target }: Described): FileRecord {
  return {
    name,
    path,
    type,
    mode: attr ? octalText(attr.mode) : null,
    size: attr?.size ?? null,
    owner: attr ? ownerOf(attr) : null,
    group: attr ? groupOf(attr) : null,
    mtime: attr ? isoText(attr.mtime) : null,
    qid: { type: qid.type, version: qid.version, path: `${qid.path}` },
    ...(target !== undefined && { target }),
  };
}

/** For the help of the commands that print records. */
export const JSON_HELP = `
--json prints one array; each file in it is an object: name, path (from the root of its tree), type (file, dir, symlink,
fifo, socket, char or block), mode (a string, octal), size (bytes), owner, group, mtime (ISO 8601, UTC),
qid { type, version, path (a string: it has 64 bits) }, and target if it is a symbolic link. What a file that is listed
does not tell, since its mount is dead perhaps, is null.`;
