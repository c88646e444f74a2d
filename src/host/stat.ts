/**
 * statx(2): every attribute, times in nanoseconds and the time of birth, by descriptor or by directory descriptor and name.
 *
 * Node's fstat and lstat know the same and stand in where koffi is missing. With a name the native call takes a quarter
 * of the time of `lstat('/proc/self/fd/DIR/NAME')`, and it needs no descriptor of the file.
 */
import { type BigIntStats, fstatSync, lstatSync } from 'node:fs';
import { majorOf, makedev, minorOf } from './device.ts';
import { codeOf } from './error.ts';
import { errno, failure, Feature } from './native.ts';
import { component, nodePath, procPath, type Text } from './path.ts';

/** A moment: seconds since 1970 (negative before), and nanoseconds in [0, 10^9). */
export interface Time {
  readonly sec: number;
  readonly nsec: number;
}

export type FileType = 'file' | 'dir' | 'symlink' | 'fifo' | 'socket' | 'char' | 'block';

export interface Stat {
  readonly type: FileType;
  /** Permission bits, setuid, setgid and sticky: 12 bits. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  /** Which file it is: the pair is one file's for as long as that exists. */
  readonly dev: number;
  readonly ino: bigint;
  /** Of a device. */
  readonly major: number;
  readonly minor: number;
  readonly size: number;
  /** The preferred size of a transfer, and what the file takes up in units of 512 bytes. */
  readonly blksize: number;
  readonly blocks: number;
  readonly atime: Time;
  readonly mtime: Time;
  readonly ctime: Time;
  /** Absent where the file system does not keep it. */
  readonly btime?: Time;
}

const ENOENT = 2;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
/** STATX_BASIC_STATS and STATX_BTIME. */
const STATX_BTIME = 0x800;
const STATX_ALL = 0x7ff | STATX_BTIME;

/** struct statx (linux/stat.h), 256 bytes; where its members begin. */
const MASK = 0;
const BLKSIZE = 4;
const NLINK = 16;
const UID = 20;
const GID = 24;
const MODE = 28;
const INO = 32;
const SIZE = 40;
const BLOCKS = 48;
const ATIME = 64;
const BTIME = 80;
const CTIME = 96;
const MTIME = 112;
const RDEV_MAJOR = 128;
const RDEV_MINOR = 132;
const DEV_MAJOR = 136;
const DEV_MINOR = 140;

const bytes = new Uint8Array(256);
const view = new DataView(bytes.buffer);

interface Calls {
  readonly statx: (dir: number, name: Text, flags: number, mask: number, into: Uint8Array) => number;
}

export const stat = new Feature<Calls>('stat', 'all attributes of a file in one call', (libc) => ({
  statx: libc.func('int statx(int dirfd, void *name, int flags, unsigned int mask, void *into)'),
}));

/** Of an open file; O_PATH suffices. */
export function statDescriptor(fd: number): Stat {
  const calls = stat.find();
  if (!calls) return fromNode(fstatSync(fd, { bigint: true }));
  if (calls.statx(fd, '', AT_EMPTY_PATH, STATX_ALL, bytes) < 0) throw failure('statx', fd);
  return fromView();
}

/** Of a name in a directory, without following a symbolic link; undefined if there is no such name. */
export function statAt(dir: number, name: string): Stat | undefined {
  const calls = stat.find();
  if (!calls) return nodeStatAt(dir, name);
  const result = calls.statx(dir, component(dir, name), AT_SYMLINK_NOFOLLOW, STATX_ALL, bytes);
  if (result >= 0) return fromView();
  if (errno() === ENOENT) return undefined;
  throw failure('statx', name);
}

/** Not by `throwIfNoEntry`, which takes a `dir` that is no directory for a missing name too. */
function nodeStatAt(dir: number, name: string): Stat | undefined {
  try {
    return fromNode(lstatSync(nodePath(procPath(dir, name)), { bigint: true }));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function fromView(): Stat {
  const mode = view.getUint16(MODE, true);
  return {
    type: typeOf(mode),
    mode: mode & 0o7777,
    nlink: view.getUint32(NLINK, true),
    uid: view.getUint32(UID, true),
    gid: view.getUint32(GID, true),
    dev: makedev(view.getUint32(DEV_MAJOR, true), view.getUint32(DEV_MINOR, true)),
    ino: view.getBigUint64(INO, true),
    major: view.getUint32(RDEV_MAJOR, true),
    minor: view.getUint32(RDEV_MINOR, true),
    size: unsigned(SIZE),
    blksize: view.getUint32(BLKSIZE, true),
    blocks: unsigned(BLOCKS),
    atime: time(ATIME),
    mtime: time(MTIME),
    ctime: time(CTIME),
    ...((view.getUint32(MASK, true) & STATX_BTIME) !== 0 && { btime: time(BTIME) }),
  };
}

function unsigned(offset: number): number {
  return view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
}

function time(offset: number): Time {
  const sec = view.getInt32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
  return { sec, nsec: view.getUint32(offset + 8, true) };
}

function fromNode(from: BigIntStats): Stat {
  const mode = Number(from.mode);
  const rdev = Number(from.rdev);
  return {
    type: typeOf(mode),
    mode: mode & 0o7777,
    nlink: Number(from.nlink),
    uid: Number(from.uid),
    gid: Number(from.gid),
    dev: Number(from.dev),
    ino: from.ino,
    major: majorOf(rdev),
    minor: minorOf(rdev),
    size: Number(from.size),
    blksize: Number(from.blksize),
    blocks: Number(from.blocks),
    atime: timeOf(from.atimeNs),
    mtime: timeOf(from.mtimeNs),
    ctime: timeOf(from.ctimeNs),
    ...(from.birthtimeNs !== 0n && { btime: timeOf(from.birthtimeNs) }),
  };
}

const BILLION = 1_000_000_000n;

function timeOf(nanoseconds: bigint): Time {
  const nsec = ((nanoseconds % BILLION) + BILLION) % BILLION;
  return { sec: Number((nanoseconds - nsec) / BILLION), nsec: Number(nsec) };
}

/** The type in a mode (inode(7)). */
function typeOf(mode: number): FileType {
  switch (mode & 0o170000) {
    case 0o040000:
      return 'dir';
    case 0o120000:
      return 'symlink';
    case 0o010000:
      return 'fifo';
    case 0o140000:
      return 'socket';
    case 0o020000:
      return 'char';
    case 0o060000:
      return 'block';
    default:
      return 'file';
  }
}
