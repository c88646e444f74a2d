/** 9P2000.L's attributes, as ours and back. */
import {
  FileError,
  type Attr,
  type Change,
  type FileType,
  type StatFs,
  type Time,
} from '../../file/index.ts';
import { DT, GEN_NATURE, GETATTR, NONUNAME, S, SETATTR, type MessageOf } from '../../protocol/index.ts';

const TYPES: Readonly<Record<number, FileType>> = {
  [S.IFREG]: 'file',
  [S.IFDIR]: 'dir',
  [S.IFLNK]: 'symlink',
  [S.IFIFO]: 'fifo',
  [S.IFSOCK]: 'socket',
  [S.IFCHR]: 'char',
  [S.IFBLK]: 'block',
};

const DIRENT_TYPES: Readonly<Record<number, FileType>> = {
  [DT.REG]: 'file',
  [DT.DIR]: 'dir',
  [DT.LNK]: 'symlink',
  [DT.FIFO]: 'fifo',
  [DT.SOCK]: 'socket',
  [DT.CHR]: 'char',
  [DT.BLK]: 'block',
};

/** The type bits of a mode, for Tmknod. */
export function typeBits(type: FileType): number {
  return Number(Object.keys(TYPES).find((bits) => TYPES[Number(bits)] === type));
}

/** The type of a directory's entry: the server may leave it to the qid. */
export function direntType(type: number, qidType: number): FileType {
  return DIRENT_TYPES[type] ?? ((qidType & 0x80) !== 0 ? 'dir' : (qidType & 0x02) !== 0 ? 'symlink' : 'file');
}

const NATURES: ReadonlyMap<bigint, Attr['nature']> = new Map(
  Object.entries(GEN_NATURE).map(([nature, gen]) => [gen, nature as Attr['nature']]),
);

/**
 * What kind of bytes to expect, where the server does not say: an empty regular file may be one that is made when it is
 * opened, and is taken for one.
 */
export function natureOf(type: FileType, size: number): Attr['nature'] {
  if (type === 'file' || type === 'block') return size > 0 ? 'plain' : 'synthetic';
  return type === 'dir' || type === 'symlink' ? 'plain' : 'stream';
}

export function attrOf(reply: MessageOf<'Rgetattr'>): Attr {
  const type = TYPES[reply.mode & S.IFMT] ?? 'file';
  const { size, rdev } = reply;
  return {
    type,
    nature: (type === 'file' || type === 'dir' ? NATURES.get(reply.gen) : undefined) ?? natureOf(type, size),
    mode: reply.mode & 0o7777,
    size,
    ...(reply.uid !== NONUNAME && { uid: reply.uid }),
    ...(reply.gid !== NONUNAME && { gid: reply.gid }),
    nlink: reply.nlink,
    // new_decode_dev of Linux (include/linux/kdev_t.h).
    ...((type === 'char' || type === 'block') && {
      major: (rdev >>> 8) & 0xfff,
      minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00),
    }),
    blksize: reply.blksize,
    blocks: reply.blocks,
    atime: { sec: reply.atime_sec, nsec: reply.atime_nsec },
    mtime: { sec: reply.mtime_sec, nsec: reply.mtime_nsec },
    ctime: { sec: reply.ctime_sec, nsec: reply.ctime_nsec },
    ...((reply.valid & GETATTR.BTIME) !== 0 && { btime: { sec: reply.btime_sec, nsec: reply.btime_nsec } }),
  };
}

const ZERO: Time = { sec: 0, nsec: 0 };

/** What a Tsetattr says. Names of users and the flags of Plan 9 have no place in it: EOPNOTSUPP. */
export function setattrOf(change: Change): Omit<MessageOf<'Tsetattr'>, 'type' | 'tag' | 'fid'> {
  const { mode, size, atime, mtime } = change;
  if (change.append || change.exclusive || change.temporary) throw new FileError('EOPNOTSUPP');
  const uid = change.uid ?? numeric(change.owner);
  const gid = change.gid ?? numeric(change.group);
  const valid =
    (mode === undefined ? 0 : SETATTR.MODE) |
    (uid === undefined ? 0 : SETATTR.UID) |
    (gid === undefined ? 0 : SETATTR.GID) |
    (size === undefined ? 0 : SETATTR.SIZE) |
    (atime === undefined ? 0 : SETATTR.ATIME) |
    (atime === undefined || atime === 'now' ? 0 : SETATTR.ATIME_SET) |
    (mtime === undefined ? 0 : SETATTR.MTIME) |
    (mtime === undefined || mtime === 'now' ? 0 : SETATTR.MTIME_SET) |
    (change.touch ? SETATTR.CTIME : 0);
  const { sec: atime_sec, nsec: atime_nsec } = timeOf(atime);
  const { sec: mtime_sec, nsec: mtime_nsec } = timeOf(mtime);
  return {
    valid,
    mode: mode ?? 0,
    uid: uid ?? 0,
    gid: gid ?? 0,
    size: size ?? 0,
    atime_sec,
    atime_nsec,
    mtime_sec,
    mtime_nsec,
  };
}

function timeOf(time: Time | 'now' | undefined): Time {
  return time === undefined || time === 'now' ? ZERO : time;
}

/** An owner that is given by name, where only numbers can be sent. */
function numeric(name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  if (!/^\d{1,9}$/.test(name)) throw new FileError('EOPNOTSUPP');
  return Number(name);
}

export function statFsOf(reply: MessageOf<'Rstatfs'>): StatFs {
  const { bsize, blocks, bfree, bavail, files, ffree, fsid, namelen } = reply;
  return { bsize, blocks, bfree, bavail, files, ffree, fsid, namelen };
}
