/** What is known of a file, in the form of Node's Stats. */
import {
  type Attr,
  type Chan,
  type FileType,
  type StatFs as Figures,
  type Time,
  type User,
} from '../../file/index.ts';
import { constants } from './constants.ts';

const TYPES: Readonly<Record<FileType, number>> = {
  file: constants.S_IFREG,
  dir: constants.S_IFDIR,
  symlink: constants.S_IFLNK,
  fifo: constants.S_IFIFO,
  socket: constants.S_IFSOCK,
  char: constants.S_IFCHR,
  block: constants.S_IFBLK,
};

const NOBODY = 65534;
const BLKSIZE = 4096;
const SECTOR = 512;

const devices = new WeakMap<object, number>();
let lastDevice = 0;

/** A number for each tree of this process: files of different trees are different files, whatever their `ino`. */
function deviceOf(tree: object): number {
  const known = devices.get(tree);
  if (known !== undefined) return known;
  devices.set(tree, ++lastDevice);
  return lastDevice;
}

function isOf(mode: number | bigint, type: number): boolean {
  return (Number(mode) & constants.S_IFMT) === type;
}

abstract class FileKind<N extends number | bigint> {
  readonly dev: N;
  readonly mode: N;
  readonly nlink: N;
  readonly uid: N;
  readonly gid: N;
  /** Of a device, its own number; 0 otherwise. */
  readonly rdev: N;
  readonly blksize: N;
  /** The qid.path, which identifies the file within its tree. */
  readonly ino: N;
  readonly size: N;
  readonly blocks: N;

  constructor(facts: Facts, as: (value: number | bigint) => N) {
    this.dev = as(facts.dev);
    this.mode = as(facts.mode);
    this.nlink = as(facts.nlink);
    this.uid = as(facts.uid);
    this.gid = as(facts.gid);
    this.rdev = as(facts.rdev);
    this.blksize = as(facts.blksize);
    this.ino = as(facts.ino);
    this.size = as(facts.size);
    this.blocks = as(facts.blocks);
  }

  isFile(): boolean {
    return isOf(this.mode, constants.S_IFREG);
  }

  isDirectory(): boolean {
    return isOf(this.mode, constants.S_IFDIR);
  }

  isSymbolicLink(): boolean {
    return isOf(this.mode, constants.S_IFLNK);
  }

  isFIFO(): boolean {
    return isOf(this.mode, constants.S_IFIFO);
  }

  isSocket(): boolean {
    return isOf(this.mode, constants.S_IFSOCK);
  }

  isCharacterDevice(): boolean {
    return isOf(this.mode, constants.S_IFCHR);
  }

  isBlockDevice(): boolean {
    return isOf(this.mode, constants.S_IFBLK);
  }
}

/** As `node:fs` has it. Times are in milliseconds, with their fractions, and as Dates. */
export class Stats extends FileKind<number> {
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor(facts: Facts) {
    super(facts, Number);
    this.atimeMs = millisecondsOf(facts.atime);
    this.mtimeMs = millisecondsOf(facts.mtime);
    this.ctimeMs = millisecondsOf(facts.ctime);
    this.birthtimeMs = millisecondsOf(facts.birthtime);
    this.atime = dateOf(this.atimeMs);
    this.mtime = dateOf(this.mtimeMs);
    this.ctime = dateOf(this.ctimeMs);
    this.birthtime = dateOf(this.birthtimeMs);
  }
}

/** As `node:fs` has it for `{ bigint: true }`: times in nanoseconds as well. */
export class BigIntStats extends FileKind<bigint> {
  readonly atimeMs: bigint;
  readonly mtimeMs: bigint;
  readonly ctimeMs: bigint;
  readonly birthtimeMs: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor(facts: Facts) {
    super(facts, BigInt);
    this.atimeNs = nanosecondsOf(facts.atime);
    this.mtimeNs = nanosecondsOf(facts.mtime);
    this.ctimeNs = nanosecondsOf(facts.ctime);
    this.birthtimeNs = nanosecondsOf(facts.birthtime);
    this.atimeMs = this.atimeNs / MILLISECOND;
    this.mtimeMs = this.mtimeNs / MILLISECOND;
    this.ctimeMs = this.ctimeNs / MILLISECOND;
    this.birthtimeMs = this.birthtimeNs / MILLISECOND;
    this.atime = dateOf(Number(this.atimeMs));
    this.mtime = dateOf(Number(this.mtimeMs));
    this.ctime = dateOf(Number(this.ctimeMs));
    this.birthtime = dateOf(Number(this.birthtimeMs));
  }
}

/** What both kinds of Stats are made of. */
export interface Facts {
  readonly dev: number;
  readonly ino: bigint;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atime: Time;
  readonly mtime: Time;
  readonly ctime: Time;
  readonly birthtime: Time;
}

/** What is not known of a file is filled in: nobody's, one link, born when it last changed. */
export function factsOf({ file, qid }: Chan, attr: Attr, user: User): Facts {
  const { size, blksize = BLKSIZE, mtime, ctime = mtime } = attr;
  const isMine = attr.owner === undefined || attr.owner === user.name;
  return {
    dev: deviceOf(file.tree),
    ino: qid.path,
    mode: TYPES[attr.type] | attr.mode,
    nlink: attr.nlink ?? 1,
    uid: attr.uid ?? (isMine ? (user.uid ?? NOBODY) : NOBODY),
    gid: attr.gid ?? (isMine ? (user.gid ?? NOBODY) : NOBODY),
    rdev: deviceNumber(attr.major ?? 0, attr.minor ?? 0),
    size,
    blksize,
    blocks: attr.blocks ?? Math.ceil(size / SECTOR),
    atime: attr.atime,
    mtime,
    ctime,
    birthtime: attr.btime ?? ctime,
  };
}

/** Linux's number for a device (makedev(3)). */
function deviceNumber(major: number, minor: number): number {
  return (major & 0xfff) * 256 + (minor & 0xff) + (minor >>> 8) * 2 ** 20;
}

const MILLISECOND = 1_000_000n;

function millisecondsOf({ sec, nsec }: Time): number {
  return sec * 1000 + nsec / 1e6;
}

function nanosecondsOf({ sec, nsec }: Time): bigint {
  return BigInt(sec) * 1_000_000_000n + BigInt(nsec);
}

/** To the nearest millisecond, as Node has it. */
function dateOf(milliseconds: number): Date {
  return new Date(Math.round(milliseconds));
}

/** What `statfs` gives for a tree of 9P: the number that Linux has for its v9fs. */
const V9FS_MAGIC = 0x01021997;

/** As `node:fs` has it; counts of blocks are in units of `bsize` bytes. */
export class StatFs<N extends number | bigint = number | bigint> {
  readonly type: N;
  readonly bsize: N;
  readonly blocks: N;
  readonly bfree: N;
  readonly bavail: N;
  readonly files: N;
  readonly ffree: N;

  constructor(figures: Figures, as: (value: number) => N) {
    this.type = as(V9FS_MAGIC);
    this.bsize = as(figures.bsize);
    this.blocks = as(figures.blocks);
    this.bfree = as(figures.bfree);
    this.bavail = as(figures.bavail);
    this.files = as(figures.files);
    this.ffree = as(figures.ffree);
  }
}
