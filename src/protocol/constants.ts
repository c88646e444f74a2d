/** The numbers of the protocol. Sources: the Plan 9 manual, section 5; include/net/9p/9p.h of Linux. */

export const NOTAG = 0xffff;
export const NOFID = 0xffff_ffff;
/** n_uname, n_uid …: "not given". */
export const NONUNAME = 0xffff_ffff;

/** Twalk carries at most this many names (walk(5)). */
export const MAXWELEM = 16;

/** What a read or write message needs besides its payload; Plan 9 and Linux both reckon with 24. */
export const IOHDRSZ = 24;

/** The port of 9fs. */
export const PORT = 564;

/** Qid.type (intro(5)); LINK and SYMLINK are 9P2000.u's. */
export const QT = {
  DIR: 0x80,
  APPEND: 0x40,
  EXCL: 0x20,
  MOUNT: 0x10,
  AUTH: 0x08,
  TMP: 0x04,
  SYMLINK: 0x02,
  LINK: 0x01,
  FILE: 0,
} as const;

/** Stat.mode (stat(5)), and what 9P2000.u adds. */
export const DM = {
  DIR: 0x8000_0000,
  APPEND: 0x4000_0000,
  EXCL: 0x2000_0000,
  MOUNT: 0x1000_0000,
  AUTH: 0x0800_0000,
  TMP: 0x0400_0000,
  SYMLINK: 0x0200_0000,
  LINK: 0x0100_0000,
  DEVICE: 0x0080_0000,
  NAMEDPIPE: 0x0020_0000,
  SOCKET: 0x0010_0000,
  SETUID: 0x0008_0000,
  SETGID: 0x0004_0000,
  SETVTX: 0x0001_0000,
} as const;

/** Topen and Tcreate mode (open(5)). */
export const O = {
  READ: 0,
  WRITE: 1,
  RDWR: 2,
  EXEC: 3,
  TRUNC: 0x10,
  CEXEC: 0x20,
  RCLOSE: 0x40,
} as const;

/** Tlopen and Tlcreate flags: Linux's numbers, on every host. */
export const L = {
  WRONLY: 0o1,
  RDWR: 0o2,
  CREATE: 0o100,
  EXCL: 0o200,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  DIRECTORY: 0o200000,
} as const;

/** File type bits of a Linux mode. */
export const S = {
  IFMT: 0o170000,
  IFSOCK: 0o140000,
  IFLNK: 0o120000,
  IFREG: 0o100000,
  IFBLK: 0o060000,
  IFDIR: 0o040000,
  IFCHR: 0o020000,
  IFIFO: 0o010000,
} as const;

/** Dirent.type. */
export const DT = { UNKNOWN: 0, FIFO: 1, CHR: 2, DIR: 4, BLK: 6, REG: 8, LNK: 10, SOCK: 12 } as const;

/** Tgetattr's request_mask and Rgetattr's valid. */
export const GETATTR = {
  BASIC: 0x7ff,
  BTIME: 0x800,
  GEN: 0x1000,
  DATA_VERSION: 0x2000,
  ALL: 0x3fff,
} as const;

/** Tsetattr's valid. */
export const SETATTR = {
  MODE: 0x1,
  UID: 0x2,
  GID: 0x4,
  SIZE: 0x8,
  ATIME: 0x10,
  MTIME: 0x20,
  CTIME: 0x40,
  ATIME_SET: 0x80,
  MTIME_SET: 0x100,
} as const;

/** Tunlinkat's flag: the name is a directory's. */
export const AT_REMOVEDIR = 0x200;

/** Tlock and Tgetlock. */
export const LOCK = { READ: 0, WRITE: 1, UNLOCK: 2 } as const;
export const LOCK_STATUS = { SUCCESS: 0, BLOCKED: 1, ERROR: 2, GRACE: 3 } as const;

/** Txattrcreate flags. */
export const XATTR = { CREATE: 1, REPLACE: 2 } as const;

/** Rstatfs.type of a 9P file system, by convention; and of one in memory (linux/magic.h), whose files are what they seem. */
export const V9FS_MAGIC = 0x0102_1997;
export const TMPFS_MAGIC = 0x0102_1994;

/**
 * Rgetattr.gen, which the protocol reserves: how the content behaves, for whoever caches. Ours; other servers say 0,
 * and other clients do not look.
 */
export const GEN_NATURE = { plain: 1n, synthetic: 2n, stream: 3n } as const;
