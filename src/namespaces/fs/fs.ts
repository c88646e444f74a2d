/**
 * A tree in the shape of `node:fs/promises`, so that what takes an `fs` works on it unchanged.
 *
 * The functions need no `this`. Links are followed where Linux follows them, from tree to tree; an error has the `code`,
 * `errno`, `syscall`, `path` and message of Node's, and ours as its `cause`.
 */
import { unavailable } from './arguments.ts';
import * as attributes from './attributes.ts';
import type { Bytes } from './bytes.ts';
import { constants } from './constants.ts';
import type { Data } from './content.ts';
import { cp } from './copy.ts';
import * as directories from './directories.ts';
import type { Dir, Dirent } from './dirent.ts';
import * as files from './files.ts';
import type { FileHandle } from './handle.ts';
import * as links from './links.ts';
import type { NameOptions } from './links.ts';
import type {
  CpOptions,
  MkdirOptions,
  ModeLike,
  OpendirOptions,
  ReadFileOptions,
  ReaddirOptions,
  RmOptions,
  StatOptions,
  TimeLike,
  WriteFileOptions,
} from './options.ts';
import type { PathLike } from './path.ts';
import { rm } from './removal.ts';
import { Scope, type FsRoot } from './scope.ts';
import type { BigIntStats, StatFs, Stats } from './stats.ts';

type Text = BufferEncoding | { readonly encoding?: BufferEncoding | null };
type Raw = 'buffer' | { readonly encoding: 'buffer' };
type Reading = Omit<ReadFileOptions, 'encoding'>;
type Listing = Omit<ReaddirOptions, 'encoding' | 'withFileTypes'>;

/** `namespace.fs`. What is not said here is said in the documentation of `node:fs/promises`. */
export interface NamespaceFs {
  /** Fails with EACCES unless the file's permissions, as they are told, grant the mode to the namespace's user. */
  access(path: PathLike, mode?: number): Promise<void>;
  appendFile(
    file: PathLike | FileHandle,
    data: string | Bytes,
    options?: WriteFileOptions | BufferEncoding | null,
  ): Promise<void>;
  chmod(path: PathLike, mode: ModeLike): Promise<void>;
  chown(path: PathLike, uid: number, gid: number): Promise<void>;
  copyFile(source: PathLike, destination: PathLike, mode?: number): Promise<void>;
  cp(source: PathLike, destination: PathLike, options?: CpOptions): Promise<void>;
  /** Not on Linux: always fails with ERR_METHOD_NOT_IMPLEMENTED. */
  lchmod(path: PathLike, mode: ModeLike): Promise<void>;
  lchown(path: PathLike, uid: number, gid: number): Promise<void>;
  link(existing: PathLike, path: PathLike): Promise<void>;
  lstat(path: PathLike, options?: StatOptions & { readonly bigint?: false }): Promise<Stats>;
  lstat(path: PathLike, options: StatOptions & { readonly bigint: true }): Promise<BigIntStats>;
  lstat(path: PathLike, options?: StatOptions): Promise<Stats | BigIntStats>;
  lutimes(path: PathLike, atime: TimeLike, mtime: TimeLike): Promise<void>;
  /** With `recursive`, the first directory that was made, if one was. */
  mkdir(path: PathLike, options: MkdirOptions & { readonly recursive: true }): Promise<string | undefined>;
  mkdir(
    path: PathLike,
    options?: (MkdirOptions & { readonly recursive?: false }) | ModeLike | null,
  ): Promise<void>;
  mkdir(path: PathLike, options?: MkdirOptions | ModeLike | null): Promise<string | undefined>;
  mkdtemp(prefix: PathLike, options?: Text | null): Promise<string>;
  mkdtemp(prefix: PathLike, options: Raw): Promise<Buffer>;
  mkdtemp(prefix: PathLike, options?: NameOptions): Promise<string | Buffer>;
  open(path: PathLike, flags?: string | number, mode?: ModeLike | null): Promise<FileHandle>;
  opendir(path: PathLike, options?: OpendirOptions | BufferEncoding): Promise<Dir>;
  readdir(
    path: PathLike,
    options?:
      | (Listing & { readonly encoding?: BufferEncoding | null; readonly withFileTypes?: false })
      | BufferEncoding
      | null,
  ): Promise<string[]>;
  readdir(
    path: PathLike,
    options: (Listing & { readonly encoding: 'buffer'; readonly withFileTypes?: false }) | 'buffer',
  ): Promise<Buffer[]>;
  readdir(
    path: PathLike,
    options: Listing & { readonly encoding?: BufferEncoding | null; readonly withFileTypes: true },
  ): Promise<Dirent[]>;
  readdir(
    path: PathLike,
    options: Listing & { readonly encoding: 'buffer'; readonly withFileTypes: true },
  ): Promise<Dirent<Buffer>[]>;
  readFile(
    file: PathLike | FileHandle,
    options?: (Reading & { readonly encoding?: null }) | null,
  ): Promise<Buffer>;
  readFile(
    file: PathLike | FileHandle,
    options: (Reading & { readonly encoding: BufferEncoding }) | BufferEncoding,
  ): Promise<string>;
  readFile(
    file: PathLike | FileHandle,
    options?: ReadFileOptions | BufferEncoding | null,
  ): Promise<string | Buffer>;
  readlink(path: PathLike, options?: Text | null): Promise<string>;
  readlink(path: PathLike, options: Raw): Promise<Buffer>;
  readlink(path: PathLike, options?: NameOptions): Promise<string | Buffer>;
  realpath(path: PathLike, options?: Text | null): Promise<string>;
  realpath(path: PathLike, options: Raw): Promise<Buffer>;
  realpath(path: PathLike, options?: NameOptions): Promise<string | Buffer>;
  /** Within a tree; from one to another it is EXDEV. */
  rename(from: PathLike, to: PathLike): Promise<void>;
  rm(path: PathLike, options?: RmOptions): Promise<void>;
  rmdir(path: PathLike, options?: { readonly recursive?: boolean }): Promise<void>;
  stat(path: PathLike, options?: StatOptions & { readonly bigint?: false }): Promise<Stats>;
  stat(path: PathLike, options: StatOptions & { readonly bigint: true }): Promise<BigIntStats>;
  stat(path: PathLike, options?: StatOptions): Promise<Stats | BigIntStats>;
  statfs(path: PathLike, options?: StatOptions & { readonly bigint?: false }): Promise<StatFs<number>>;
  statfs(path: PathLike, options: StatOptions & { readonly bigint: true }): Promise<StatFs<bigint>>;
  statfs(path: PathLike, options?: StatOptions): Promise<StatFs>;
  /** `type` is of no consequence, as on Linux. */
  symlink(target: PathLike, path: PathLike, type?: string | null): Promise<void>;
  truncate(path: PathLike, length?: number): Promise<void>;
  unlink(path: PathLike): Promise<void>;
  utimes(path: PathLike, atime: TimeLike, mtime: TimeLike): Promise<void>;
  /** 9P does not tell of changes: always fails, with ERR_FEATURE_UNAVAILABLE_ON_PLATFORM. */
  watch(
    path: PathLike,
    options?: object | string,
  ): AsyncIterable<{ eventType: string; filename: string | null }>;
  writeFile(
    file: PathLike | FileHandle,
    data: Data,
    options?: WriteFileOptions | BufferEncoding | null,
  ): Promise<void>;
  readonly constants: typeof constants;
  /** This very object, for what takes `node:fs` and uses its `promises`. */
  readonly promises: NamespaceFs;
}

/** @param root - a Namespace, or whatever else has a root. */
export function namespaceFs(root: FsRoot): NamespaceFs {
  const scope = new Scope(root);
  const fs = {
    access: attributes.access.bind(undefined, scope),
    appendFile: files.appendFile.bind(undefined, scope),
    chmod: attributes.chmod.bind(undefined, scope),
    chown: (path: PathLike, uid: number, gid: number) => attributes.chown(scope, path, uid, gid),
    copyFile: files.copyFile.bind(undefined, scope),
    cp: cp.bind(undefined, scope),
    lchmod: attributes.lchmod,
    lchown: (path: PathLike, uid: number, gid: number) => attributes.chown(scope, path, uid, gid, false),
    link: links.link.bind(undefined, scope),
    lstat: (path: PathLike, options?: StatOptions) => attributes.stat(scope, path, options, false),
    lutimes: (path: PathLike, atime: TimeLike, mtime: TimeLike) =>
      attributes.utimes(scope, path, atime, mtime, false),
    mkdir: directories.mkdir.bind(undefined, scope),
    mkdtemp: directories.mkdtemp.bind(undefined, scope),
    open: files.open.bind(undefined, scope),
    opendir: directories.opendir.bind(undefined, scope),
    readdir: directories.readdir.bind(undefined, scope),
    readFile: files.readFile.bind(undefined, scope),
    readlink: (path: PathLike, options?: NameOptions) => links.readlink(scope, path, options),
    realpath: (path: PathLike, options?: NameOptions) => links.realpath(scope, path, options),
    rename: links.rename.bind(undefined, scope),
    rm: rm.bind(undefined, scope),
    rmdir: (path: PathLike, options?: { readonly recursive?: boolean }) =>
      options?.recursive ? rm(scope, path, { recursive: true }) : directories.rmdir(scope, path),
    stat: (path: PathLike, options?: StatOptions) => attributes.stat(scope, path, options),
    statfs: attributes.statfs.bind(undefined, scope),
    symlink: (target: PathLike, path: PathLike) => links.symlink(scope, target, path),
    truncate: files.truncate.bind(undefined, scope),
    unlink: links.unlink.bind(undefined, scope),
    utimes: (path: PathLike, atime: TimeLike, mtime: TimeLike) =>
      attributes.utimes(scope, path, atime, mtime),
    watch,
    writeFile: (
      file: PathLike | FileHandle,
      data: Data,
      options?: WriteFileOptions | BufferEncoding | null,
    ) => files.writeFile(scope, file, data, options),
    constants,
  };
  return Object.assign(fs, { promises: fs }) as unknown as NamespaceFs;
}

function watch(): never {
  throw unavailable(
    'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
    'watch() is not to be had over 9P, which does not tell of changes: look again with stat() or readdir()',
  );
}
