/** The stat of 9P2000 and 9P2000.u (stat(5)), as our attributes and back. */
import { FileError, now, type Attr, type Change, type FileType, type Time } from '../../file/index.ts';
import { DM, NONUNAME, type Dialect, type Stat } from '../../protocol/index.ts';
import { natureOf } from './linux-attr.ts';

const NO_TOUCH = 0xffff_ffff;

/** A stat that changes nothing. */
export const UNTOUCHED: Stat = {
  type: 0xffff,
  dev: NO_TOUCH,
  qid: { type: 0xff, version: NO_TOUCH, path: 0xffff_ffff_ffff_ffffn },
  mode: NO_TOUCH,
  atime: NO_TOUCH,
  mtime: NO_TOUCH,
  length: -1,
  name: '',
  uid: '',
  gid: '',
  muid: '',
  extension: '',
  n_uid: NONUNAME,
  n_gid: NONUNAME,
  n_muid: NONUNAME,
};

/** Whether a Twstat is no more than a wish that what was written lasts (stat(5)). */
export function changesNothing(stat: Stat): boolean {
  const { mode, atime, mtime, length, name, uid, gid, n_uid = NONUNAME, n_gid = NONUNAME } = stat;
  const numbers = [mode, atime, mtime].every((value) => value === NO_TOUCH);
  return numbers && length === -1 && `${name}${uid}${gid}` === '' && n_uid === NONUNAME && n_gid === NONUNAME;
}

export function typeOf(stat: Stat): FileType {
  const { mode } = stat;
  if ((mode & DM.DIR) !== 0) return 'dir';
  if ((mode & DM.SYMLINK) !== 0) return 'symlink';
  if ((mode & DM.NAMEDPIPE) !== 0) return 'fifo';
  if ((mode & DM.SOCKET) !== 0) return 'socket';
  if ((mode & DM.DEVICE) !== 0) return stat.extension?.startsWith('b') ? 'block' : 'char';
  return 'file';
}

export function attrOf(stat: Stat): Attr {
  const { mode, length, n_uid = NONUNAME, n_gid = NONUNAME, extension = '' } = stat;
  const type = typeOf(stat);
  const size = Math.max(length, 0);
  const device = type === 'char' || type === 'block' ? /^[bc] (\d+) (\d+)/.exec(extension) : null;
  return {
    type,
    nature: natureOf(type, size),
    mode: permissionsOf(mode),
    ...((mode & DM.APPEND) !== 0 && { append: true }),
    ...((mode & DM.EXCL) !== 0 && { exclusive: true }),
    ...((mode & DM.TMP) !== 0 && { temporary: true }),
    size,
    owner: stat.uid,
    group: stat.gid,
    modifier: stat.muid,
    ...(n_uid !== NONUNAME && { uid: n_uid }),
    ...(n_gid !== NONUNAME && { gid: n_gid }),
    ...(device && { major: Number(device[1]), minor: Number(device[2]) }),
    atime: { sec: stat.atime, nsec: 0 },
    mtime: { sec: stat.mtime, nsec: 0 },
  };
}

/** 9P2000.u's bits for setuid, setgid and sticky stand elsewhere than Unix's. */
const SPECIAL = [
  [DM.SETUID, 0o4000],
  [DM.SETGID, 0o2000],
  [DM.SETVTX, 0o1000],
] as const;

function permissionsOf(mode: number): number {
  return SPECIAL.reduce((bits, [dm, bit]) => ((mode & dm) !== 0 ? bits | bit : bits), mode & 0o777);
}

/** The mode that permission bits are in the dialect, as Tcreate and Twstat have it. */
export function modeOf(permissions: number, dialect: Dialect): number {
  const bits = permissions & 0o777;
  if (dialect !== '9P2000.u') return bits;
  return SPECIAL.reduce((mode, [dm, bit]) => ((permissions & bit) !== 0 ? mode | dm : mode), bits);
}

const SPECIAL_BITS = DM.SETUID | DM.SETGID | DM.SETVTX;

/** The flags that a mode has besides its permission bits, as a change leaves them. */
function flagsOf(change: Change, stat: Stat, dialect: Dialect): number {
  const permissions = dialect === '9P2000.u' ? 0o777 | SPECIAL_BITS : 0o777;
  const flags = [
    [DM.APPEND, change.append],
    [DM.EXCL, change.exclusive],
    [DM.TMP, change.temporary],
  ] as const;
  return flags.reduce(
    (mode, [bit, on]) => (on === undefined ? mode : on ? mode | bit : mode & ~bit),
    stat.mode & ~permissions,
  );
}

/** Whether a change needs to know the mode as it is: Twstat has no way to change some of its bits only. */
export function changesMode(change: Change): boolean {
  const { mode, append, exclusive, temporary } = change;
  return [mode, append, exclusive, temporary].some((value) => value !== undefined);
}

/** The Twstat that a change is. 9P2000 has seconds, no "now" but ours, and no numbers for users: EOPNOTSUPP. */
export function wstatOf(change: Change, current: Stat | undefined, dialect: Dialect): Stat {
  const { size, atime, mtime, owner, group, uid, gid } = change;
  if (dialect === '9P2000' && (uid ?? gid) !== undefined) throw new FileError('EOPNOTSUPP');
  const mode =
    current &&
    flagsOf(change, current, dialect) | modeOf(change.mode ?? permissionsOf(current.mode), dialect);
  return {
    ...UNTOUCHED,
    ...(mode !== undefined && { mode: mode >>> 0 }),
    ...(size !== undefined && { length: size }),
    ...(atime !== undefined && { atime: seconds(atime) }),
    ...(mtime !== undefined && { mtime: seconds(mtime) }),
    ...(owner !== undefined && { uid: owner }),
    ...(group !== undefined && { gid: group }),
    ...(uid !== undefined && { n_uid: uid }),
    ...(gid !== undefined && { n_gid: gid }),
  };
}

function seconds(time: Time | 'now'): number {
  const { sec } = time === 'now' ? now() : time;
  return Math.min(Math.max(sec, 0), NO_TOUCH - 1);
}
