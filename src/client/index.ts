/**
 * 9P to File: a connection to a server, the files behind it, and a comfortable object for files of any kind.
 *
 *     await using root = new Fid(await attach(stream, { user }));
 *     for await (const line of root.lines('log')) …
 *
 * @module
 */
export { attach, type AttachOptions } from './attach.ts';
export type { CallOptions, Question } from './connection/call.ts';
export { Connection, type ConnectionOptions } from './connection/connection.ts';
export { ConnectionError, LostError, OutcomeUnknownError, RemoteError } from './connection/errors.ts';
export { FidError } from './fid/error.ts';
export { Fid } from './fid/fid.ts';
export type { Mode } from './fid/mode.ts';
export type {
  CopyOptions,
  CreateOptions,
  FidEntry,
  FidOptions,
  FileStat,
  ListOptions,
  MakeDirOptions,
  ReadOptions,
  RenameOptions,
  StreamOptions,
  WriteFileOptions,
  WriteOptions,
} from './fid/options.ts';
export type { Limits } from './fid/patience.ts';
export type { RemoteFile } from './remote/file.ts';
export type { LinkState } from './remote/recovery.ts';
export type { RemoteTree } from './remote/tree.ts';
