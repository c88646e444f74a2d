/** The one interface: whatever can be walked to, opened, read and written is a File. */
import type { Qid } from '../protocol/index.ts';
import type { Attr, Change, FileType, StatFs } from './attr.ts';
import type { Awaitable } from './awaitable.ts';
import type { Lock, LockRequest } from './locks.ts';
import type { OpenMode } from './mode.ts';
import type { User } from './user.ts';

export type { Qid };

/** What every call is told of whoever made it. */
export interface Request {
  readonly user: User;
  /** The tree that was asked for at attach; '' for the default one. */
  readonly aname: string;
  /**
   * Aborted when the answer is no longer wanted. Made when it is first looked at; a call that looks at it is taken to
   * be waiting for news, and no longer counts as running.
   */
  readonly signal: AbortSignal;
}

/** How a file is created. */
export interface CreateSpec {
  /** 12 permission bits. */
  readonly mode: number;
  readonly append?: boolean;
  readonly exclusive?: boolean;
  readonly temporary?: boolean;
  /** The group that the caller wishes; absent: the tree's rule. */
  readonly gid?: number;
}

/** A special file to be made. */
export interface NodeSpec extends CreateSpec {
  readonly type: Exclude<FileType, 'dir' | 'symlink'>;
  readonly major: number;
  readonly minor: number;
}

/** One name in a directory. */
export interface Entry {
  readonly name: string;
  readonly qid: Qid;
  readonly type: FileType;
  /** The tree of the file, if it is not the directory's. */
  readonly tree?: object;
  /** Where to go on after this entry: valid for as long as the directory is open, whatever is removed meanwhile. */
  readonly cookie: bigint;
  /** The file's attributes, where they cost nothing. */
  readonly attr?: Attr;
}

/** What may be removed under a name: a directory only, anything but one, or either. */
export type Removal = 'dir' | 'file' | 'any';

/** Extended attributes (xattr(7)). A missing name is ENODATA. */
export interface Xattrs {
  list(r: Request): Awaitable<readonly string[]>;
  get(name: string, r: Request): Awaitable<Uint8Array>;
  set(name: string, value: Uint8Array, how: 'create' | 'replace' | 'any', r: Request): Awaitable<void>;
  remove(name: string, r: Request): Awaitable<void>;
}

/**
 * A file: a synthetic one, one behind a connection, a directory of a namespace.
 *
 * Only `qid`, `tree` and `attr` must be there. A method that is missing is a defined error, so an author writes what
 * the file can do and nothing else. Nobody calls these methods directly: a {@link Chan} does, and holds the rules.
 */
export interface File {
  /** `path` identifies the file within its tree for as long as anyone may hold it. */
  readonly qid: Qid;
  /** The tree that it belongs to: two Files are the same file if tree and qid.path are. */
  readonly tree: object;
  /** The far side checks permissions itself: they are not checked again here, which would cost a round trip. */
  readonly guarded?: boolean;
  /** What is known of the file now. The record may be a live one: whoever keeps it copies it. */
  attr(r: Request): Awaitable<Attr>;

  /** Asked of a root before it is attached: fails for whom the tree is not. */
  admit?(r: Request): Awaitable<void>;
  /** The file of that name in this directory; undefined if there is none. `.`, `..` and '/' are never asked for. */
  walk?(name: string, r: Request): Awaitable<File | undefined>;
  /** As many of the names as there are, in one message where the far side can. */
  walkAll?(names: readonly string[], r: Request): Awaitable<readonly File[]>;
  /** Fewer files than names mean nothing to whoever walks: a mount point ends a step, and the last file is asked on. */
  readonly stopsEarly?: boolean;
  open?(mode: OpenMode, r: Request): Awaitable<OpenFile>;
  /** Makes and opens a file: EEXIST if the name is taken, in one step. */
  create?(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Awaitable<Created>;
  mkdir?(name: string, spec: CreateSpec, r: Request): Awaitable<File>;
  symlink?(name: string, target: string, spec: CreateSpec, r: Request): Awaitable<File>;
  /** Makes another name for `file`, which is of the same tree. */
  link?(name: string, file: File, r: Request): Awaitable<void>;
  mknod?(name: string, spec: NodeSpec, r: Request): Awaitable<File>;
  readlink?(r: Request): Awaitable<string>;
  unlink?(name: string, what: Removal, r: Request): Awaitable<void>;
  /** `to` is of the same tree. Replaces what stands there as rename(2) does, unless `replace` is false (EEXIST). */
  rename?(name: string, to: File, toName: string, replace: boolean, r: Request): Awaitable<void>;
  change?(change: Change, r: Request): Awaitable<void>;
  statfs?(r: Request): Awaitable<StatFs>;
  readonly xattrs?: Xattrs;
  /** Opens the file as it was when {@link OpenFile.save} was called: a session that moves to another server. */
  restore?(saved: SavedOpen, mode: OpenMode, r: Request): Awaitable<OpenFile>;
  /** Called once, by whoever owns this reference; and once more for each time that it was shared. */
  release?(): void;
  /** Somebody else owns this reference, too: a directory that hands out the same File again and again. */
  share?(): void;
}

export interface Created {
  readonly file: File;
  readonly open: OpenFile;
}

/** The state of an open file as plain data, for {@link File.restore}. */
export type SavedOpen = { readonly [key: string]: string | number | boolean | null };

/** How an open ends: in good order, or because the connection was lost or the session began anew. */
export type CloseReason = 'clunk' | 'lost';

/** A file that was opened: the state of a fid lives here, one object for each open. */
export interface OpenFile {
  /** The file that the fid names from now on: a clone file's new ctl. */
  readonly file?: File;
  /**
   * `read` and `write` settle before they return: never a promise, and no use of `into` or `data` afterwards. The
   * caller may then hand in the very buffers of the wire.
   */
  readonly prompt?: boolean;
  /** Fills `into` from `offset` and returns how much: 0 at the end. */
  read?(offset: number, into: Uint8Array, r: Request): Awaitable<number>;
  /**
   * Instead of `read`, for what has bytes of its own or waits for some: at most `count` bytes, which never change
   * afterwards and are sent uncopied. Nothing is allocated while it waits.
   */
  take?(offset: number, count: number, r: Request): Awaitable<Uint8Array>;
  /** Writes all of `data`, which stays valid until this settles, or fails. Returns how much was written. */
  write?(offset: number, data: Uint8Array, r: Request): Awaitable<number>;
  /** The entries of a directory after `cookie`, from the start with 0: lazily, without `.` and `..`. */
  list?(cookie: bigint, r: Request): Iterable<Entry> | AsyncIterable<Entry>;
  /** As the File's, for the file that is open, though it has no name any more. */
  attr?(r: Request): Awaitable<Attr>;
  change?(change: Change, r: Request): Awaitable<void>;
  /** Makes what was written last: fsync(2), fdatasync(2). */
  sync?(dataOnly: boolean, r: Request): Awaitable<void>;
  /** A close(2) of one of several descriptors: commits what was written, and says if that failed. */
  flush?(r: Request): Awaitable<void>;
  /** Takes or releases a byte-range lock; false if another owner has it. Never waits. */
  lock?(request: LockRequest, r: Request): Awaitable<boolean>;
  /** The lock that stands in the way of the request. */
  getLock?(request: LockRequest, r: Request): Awaitable<Lock | undefined>;
  allocate?(offset: number, length: number, keepSize: boolean, r: Request): Awaitable<void>;
  /** The next data or hole at or after `offset` (lseek(2)); ENXIO beyond the end. */
  seek?(offset: number, what: 'data' | 'hole', r: Request): Awaitable<number>;
  /** What {@link File.restore} needs. */
  save?(r: Request): Awaitable<SavedOpen>;
  close?(reason: CloseReason, r: Request): Awaitable<void>;
}

/** Whether two references are the same file, whatever their names. */
export function sameFile(a: File, b: File): boolean {
  return a.tree === b.tree && a.qid.path === b.qid.path;
}
