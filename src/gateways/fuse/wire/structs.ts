/** What replies and directory entries are made of: the kernel's structs, written into a view at a place. */
import type { Time } from '../../../file/index.ts';

const TWO_32 = 2 ** 32;
const NANOSECONDS = 1e9;

/** What the kernel takes for ever: more would not fit into its own clock. */
const FOR_EVER = 2 ** 31;

export interface FuseAttr {
  readonly ino: bigint;
  /** Bytes, and units of 512 of them. */
  readonly size: number;
  readonly blocks: number;
  readonly atime: Time;
  readonly mtime: Time;
  readonly ctime: Time;
  /** With the bits of the file type. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a device. */
  readonly major: number;
  readonly minor: number;
  readonly blksize: number;
}

export interface AttrOut {
  readonly attr: FuseAttr;
  /** Seconds, and fractions of one, for which the kernel need not ask again; Infinity is for ever. */
  readonly validFor: number;
}

export interface EntryOut extends AttrOut {
  /** 0: there is no such name, and `entryValidFor` is for how long. */
  readonly node: number;
  readonly entryValidFor: number;
}

export const ENTRY_OUT = 128;
export const ATTR_OUT = 104;
export const ATTR = 88;

/** A whole number from -2^53 to 2^53, in two's complement. */
export function putU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, Math.floor(value / TWO_32), true);
}

/** struct fuse_entry_out. Nodes are never used twice: their generation stays 0. */
export function putEntry(view: DataView, at: number, entry: EntryOut): void {
  putU64(view, at, entry.node);
  putPeriod(view, at + 16, at + 32, entry.entryValidFor);
  putPeriod(view, at + 24, at + 36, entry.validFor);
  putAttr(view, at + 40, entry.attr);
}

/** struct fuse_attr_out */
export function putAttrOut(view: DataView, at: number, { attr, validFor }: AttrOut): void {
  putPeriod(view, at, at + 8, validFor);
  putAttr(view, at + 16, attr);
}

/** struct fuse_attr */
function putAttr(view: DataView, at: number, attr: FuseAttr): void {
  view.setBigUint64(at, attr.ino, true);
  putU64(view, at + 8, attr.size);
  putU64(view, at + 16, attr.blocks);
  putTime(view, at + 24, at + 48, attr.atime);
  putTime(view, at + 32, at + 52, attr.mtime);
  putTime(view, at + 40, at + 56, attr.ctime);
  view.setUint32(at + 60, attr.mode, true);
  view.setUint32(at + 64, attr.nlink, true);
  view.setUint32(at + 68, attr.uid, true);
  view.setUint32(at + 72, attr.gid, true);
  view.setUint32(at + 76, deviceNumber(attr.major, attr.minor), true);
  view.setUint32(at + 80, attr.blksize, true);
}

function putTime(view: DataView, secondsAt: number, nanosecondsAt: number, { sec, nsec }: Time): void {
  putU64(view, secondsAt, sec);
  view.setUint32(nanosecondsAt, nsec, true);
}

export function putPeriod(view: DataView, secondsAt: number, nanosecondsAt: number, seconds: number): void {
  const whole = Math.min(Math.floor(seconds), FOR_EVER);
  putU64(view, secondsAt, whole);
  if (whole < seconds && whole < FOR_EVER)
    view.setUint32(nanosecondsAt, (seconds - whole) * NANOSECONDS, true);
}

/** As the kernel's new_encode_dev() packs it: 12 bits of major, 20 of minor. */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12);
}
