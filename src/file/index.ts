/**
 * What a file is: the File interface, the Chan that holds its rules, and the builders that make files of functions.
 *
 * @module
 */
export {
  millisecondsOf,
  now,
  timeOf,
  type Attr,
  type Change,
  type FileType,
  type Nature,
  type StatFs,
  type Time,
} from './attr.ts';
export { after, isPromise, rescue, type Awaitable } from './awaitable.ts';
export { bytes, type BytesOptions } from './bytes.ts';
export { Chan } from './chan/chan.ts';
export type { Walked } from './chan/walk.ts';
export * as rules from './chan/rules.ts';
export { clone, type CloneOptions, type Conversation } from './clone.ts';
export { ctl, type Run, type Verb, type Verbs } from './ctl.ts';
export { dir, lookup, type Entries, type Find, type Names } from './dir.ts';
export { FileError, codeOf, sentenceOf, type Code } from './errors.ts';
export {
  sameFile,
  type CloseReason,
  type CreateSpec,
  type Created,
  type Entry,
  type File,
  type NodeSpec,
  type OpenFile,
  type Qid,
  type Removal,
  type Request,
  type SavedOpen,
  type Xattrs,
} from './file.ts';
export { LockTable, type Lock, type LockOwner, type LockRange, type LockRequest } from './locks.ts';
export { READ, READ_WRITE, REWRITE, WRITE, openMode, type OpenMode } from './mode.ts';
export { openWith } from './open-with.ts';
export { isSuperuser, owns, permitted } from './permission.ts';
export { stream, type Source, type StreamOptions } from './stream.ts';
export { SYNTHETIC, newQid, syntheticAttr, type Access } from './synthetic.ts';
export { text, type Commit, type Text, type TextOptions } from './text.ts';
export { NOBODY, type User } from './user.ts';
export { quoteWord, splitWords } from './words.ts';
