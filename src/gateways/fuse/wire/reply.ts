/**
 * Answers: each is a message whose first 16 bytes are room for struct fuse_out_header, which {@link finish} fills in.
 * They are sent as they are, with one write(2).
 */
import type { StatFs } from '../../../file/index.ts';
import { OUT_HEADER } from './constants.ts';
import type { FuseLock } from './request.ts';
import { draft, giveBack, lend, messageOf } from './room.ts';
import {
  ATTR_OUT,
  ENTRY_OUT,
  putAttrOut,
  putEntry,
  putPeriod,
  putU64,
  type AttrOut,
  type EntryOut,
} from './structs.ts';

export type { AttrOut, EntryOut, FuseAttr } from './structs.ts';

export interface OpenOut {
  /** The number by which the kernel names this open from now on. */
  readonly open: number;
  /** FOPEN_* */
  readonly flags: number;
}

const OPEN_OUT = 16;
const LOCK_OUT = 24;
const STATFS_OUT = 80;
const OFFSET_MAX = 2n ** 63n - 1n;
const LOCK_TYPES = { read: 0, write: 1, unlock: 2 } as const;

/** To LOOKUP, MKNOD, MKDIR, SYMLINK and LINK. */
export function entryReply(entry: EntryOut): Uint8Array {
  const reply = draft(ENTRY_OUT);
  putEntry(reply.view, reply.at, entry);
  return messageOf(reply, ENTRY_OUT);
}

/** To LOOKUP: there is no such name, which the kernel may go on believing for that many seconds. */
export function absentReply(validFor: number): Uint8Array {
  const reply = draft(ENTRY_OUT);
  putPeriod(reply.view, reply.at + 16, reply.at + 32, validFor);
  return messageOf(reply, ENTRY_OUT);
}

/** To GETATTR and SETATTR. */
export function attrReply(out: AttrOut): Uint8Array {
  const reply = draft(ATTR_OUT);
  putAttrOut(reply.view, reply.at, out);
  return messageOf(reply, ATTR_OUT);
}

/** To OPEN and OPENDIR. */
export function openReply(out: OpenOut): Uint8Array {
  const reply = draft(OPEN_OUT);
  putOpen(reply.view, reply.at, out);
  return messageOf(reply, OPEN_OUT);
}

/** To CREATE. */
export function createReply(entry: EntryOut, out: OpenOut): Uint8Array {
  const reply = draft(ENTRY_OUT + OPEN_OUT);
  putEntry(reply.view, reply.at, entry);
  putOpen(reply.view, reply.at + ENTRY_OUT, out);
  return messageOf(reply, ENTRY_OUT + OPEN_OUT);
}

/** To WRITE: how many bytes were taken. */
export function writeReply(count: number): Uint8Array {
  return u32Reply(count);
}

/** To GETXATTR and LISTXATTR that asked with size 0. */
export function xattrSizeReply(size: number): Uint8Array {
  return u32Reply(size);
}

/** To POLL: the events of poll(2) that hold now. */
export function pollReply(events: number): Uint8Array {
  return u32Reply(events);
}

/** To LSEEK. */
export function seekReply(offset: number): Uint8Array {
  const reply = draft(8);
  putU64(reply.view, reply.at, offset);
  return messageOf(reply, 8);
}

/** To GETLK: the lock that is in the way, or one of type `unlock`. */
export function lockReply({ start, end, type, pid }: FuseLock): Uint8Array {
  const reply = draft(LOCK_OUT);
  const { view, at } = reply;
  putU64(view, at, start);
  if (end > Number.MAX_SAFE_INTEGER) view.setBigUint64(at + 8, OFFSET_MAX, true);
  else putU64(view, at + 8, end);
  view.setUint32(at + 16, LOCK_TYPES[type], true);
  view.setUint32(at + 20, pid, true);
  return messageOf(reply, LOCK_OUT);
}

/** To STATFS: struct fuse_kstatfs. The kernel says itself which file system it is. */
export function statfsReply(figures: StatFs): Uint8Array {
  const reply = draft(STATFS_OUT);
  const { view, at } = reply;
  putU64(view, at, figures.blocks);
  putU64(view, at + 8, figures.bfree);
  putU64(view, at + 16, figures.bavail);
  putU64(view, at + 24, figures.files);
  putU64(view, at + 32, figures.ffree);
  view.setUint32(at + 40, figures.bsize, true);
  view.setUint32(at + 44, figures.namelen, true);
  view.setUint32(at + 48, figures.bsize, true);
  return messageOf(reply, STATFS_OUT);
}

/** Bytes, copied: what READLINK, GETXATTR and LISTXATTR give. */
export function dataReply(bytes: Uint8Array): Uint8Array {
  const message = lend(bytes.length);
  message.set(bytes, OUT_HEADER);
  return message;
}

/** Nothing but success. */
export function emptyReply(): Uint8Array {
  return messageOf(draft(0), 0);
}

/** An error, ready to be sent; `errno` is positive. */
export function errorReply(unique: number, errno: number): Uint8Array {
  return finish(emptyReply(), unique, errno);
}

/**
 * Room for a header and `size` bytes of a file, to be read into after {@link OUT_HEADER} bytes: what they hold before is
 * not defined. {@link recycle} it when it has been sent.
 */
export function dataMessage(size: number): Uint8Array {
  return lend(size);
}

/** The message with the first `size` bytes of its data. */
export function trim(message: Uint8Array, size: number): Uint8Array {
  return message.length === OUT_HEADER + size ? message : message.subarray(0, OUT_HEADER + size);
}

/**
 * A message of {@link dataMessage}, whole or trimmed, was sent: its memory serves the next one. It need not be called,
 * and more than once does no harm; but whoever goes on using the bytes finds others there.
 */
export function recycle(message: Uint8Array): void {
  giveBack(message);
}

/** Fills in the header: the reply to request `unique`. With an error the message has to be a header alone. */
export function finish(message: Uint8Array, unique: number, errno = 0): Uint8Array {
  return finishWith(message, message.length, unique, errno);
}

/** The header, alone, of a reply whose `size` bytes of data are sent from where they are. */
export function headerFor(unique: number, size: number): Uint8Array {
  return finishWith(emptyReply(), OUT_HEADER + size, unique, 0);
}

function finishWith(message: Uint8Array, length: number, unique: number, errno: number): Uint8Array {
  const view = new DataView(message.buffer, message.byteOffset, OUT_HEADER);
  view.setUint32(0, length, true);
  view.setInt32(4, -errno, true);
  putU64(view, 8, unique);
  return message;
}

/** A number, and as many bytes of padding. */
function u32Reply(value: number): Uint8Array {
  const reply = draft(8);
  reply.view.setUint32(reply.at, value, true);
  return messageOf(reply, 8);
}

function putOpen(view: DataView, at: number, { open, flags }: OpenOut): void {
  putU64(view, at, open);
  view.setUint32(at + 8, flags, true);
}
