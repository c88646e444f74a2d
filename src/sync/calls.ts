/** The blocking calls on files, in the shape of `node:fs`: each is asked of another thread. */
import { codeOf } from '../file/index.ts';
import { checkInteger, invalid, optionsOf } from '../namespaces/fs/arguments.ts';
import { bytesOf, encodingOf, viewOf, type Bytes } from '../namespaces/fs/bytes.ts';
import { constants } from '../namespaces/fs/constants.ts';
import type { Dirent } from '../namespaces/fs/dirent.ts';
import type {
  CpOptions,
  MkdirOptions,
  ModeLike,
  ReadFileOptions,
  ReaddirOptions,
  RmOptions,
  StatOptions,
  TimeLike,
  WriteFileOptions,
} from '../namespaces/fs/options.ts';
import { pathOf, type PathLike } from '../namespaces/fs/path.ts';
import { readRange, writeRange, type ReadOptions, type WriteRangeOptions } from '../namespaces/fs/range.ts';
import type { BigIntStats, StatFs, Stats } from '../namespaces/fs/stats.ts';
import type { Question } from './wire.ts';

export interface StatSyncOptions extends StatOptions {
  /** Whether it is an error that nothing is there (the default), or the result is undefined. */
  readonly throwIfNoEntry?: boolean;
}

type Name = Extract<Question, { on: 'fs' }>['name'];
type FileName = Extract<Question, { on: 'file' }>['name'];
type NameOptions =
  { readonly encoding?: BufferEncoding | 'buffer' | null } | BufferEncoding | 'buffer' | null;

const FD_MAX = 2 ** 31 - 1;

/** What is not said of a call here is said in the documentation of `node:fs`. */
export abstract class SyncCalls {
  readonly constants: typeof constants = constants;

  /** @param what - the name of the call, for messages */
  protected abstract ask(question: Question, what: string): unknown;

  accessSync(path: PathLike, mode?: number): void {
    this.#do('access', pathOf(path), mode);
  }

  appendFileSync(
    file: PathLike | number,
    data: string | Bytes,
    options?: WriteFileOptions | BufferEncoding | null,
  ): void {
    this.#put('appendFile', file, data, options);
  }

  chmodSync(path: PathLike, mode: ModeLike): void {
    this.#do('chmod', pathOf(path), mode);
  }

  chownSync(path: PathLike, uid: number, gid: number): void {
    this.#do('chown', pathOf(path), uid, gid);
  }

  closeSync(fd: number): void {
    this.#file('close', 'close', fd);
  }

  copyFileSync(source: PathLike, destination: PathLike, mode?: number): void {
    this.#do('copyFile', pathOf(source, 'src'), pathOf(destination, 'dest'), mode);
  }

  /** Without a `filter`, which would have to run in the other thread. */
  cpSync(source: PathLike, destination: PathLike, options: Omit<CpOptions, 'filter'> = {}): void {
    if ('filter' in options) throw invalid('ERR_INVALID_ARG_VALUE', 'cpSync of a namespace takes no filter');
    this.#do('cp', pathOf(source, 'src'), pathOf(destination, 'dest'), options);
  }

  /** Never fails: what cannot be asked for is not there. */
  existsSync(path: PathLike): boolean {
    try {
      this.accessSync(path);
      return true;
    } catch {
      return false;
    }
  }

  fchmodSync(fd: number, mode: ModeLike): void {
    this.#file('chmod', 'fchmod', fd, mode);
  }

  fchownSync(fd: number, uid: number, gid: number): void {
    this.#file('chown', 'fchown', fd, uid, gid);
  }

  fdatasyncSync(fd: number): void {
    this.#file('datasync', 'fdatasync', fd);
  }

  fstatSync(fd: number, options?: StatOptions & { readonly bigint?: false }): Stats;
  fstatSync(fd: number, options: StatOptions & { readonly bigint: true }): BigIntStats;
  fstatSync(fd: number, { bigint }: StatOptions = {}): Stats | BigIntStats {
    return this.#file('stat', 'fstat', fd, { bigint }) as Stats | BigIntStats;
  }

  fsyncSync(fd: number): void {
    this.#file('sync', 'fsync', fd);
  }

  ftruncateSync(fd: number, length?: number): void {
    this.#file('truncate', 'ftruncate', fd, length);
  }

  futimesSync(fd: number, atime: TimeLike, mtime: TimeLike): void {
    this.#file('utimes', 'futime', fd, atime, mtime);
  }

  lchownSync(path: PathLike, uid: number, gid: number): void {
    this.#do('lchown', pathOf(path), uid, gid);
  }

  linkSync(existing: PathLike, path: PathLike): void {
    this.#do('link', pathOf(existing, 'existingPath'), pathOf(path, 'newPath'));
  }

  lstatSync(
    path: PathLike,
    options?: StatSyncOptions & { readonly bigint?: false; readonly throwIfNoEntry?: true },
  ): Stats;
  lstatSync(
    path: PathLike,
    options: StatSyncOptions & { readonly bigint: true; readonly throwIfNoEntry?: true },
  ): BigIntStats;
  lstatSync(path: PathLike, options?: StatSyncOptions): Stats | BigIntStats | undefined;
  lstatSync(path: PathLike, options: StatSyncOptions = {}): Stats | BigIntStats | undefined {
    return this.#stat('lstat', path, options);
  }

  lutimesSync(path: PathLike, atime: TimeLike, mtime: TimeLike): void {
    this.#do('lutimes', pathOf(path), atime, mtime);
  }

  /** With `recursive`, the first directory that was made, if one was. */
  mkdirSync(path: PathLike, options?: MkdirOptions | ModeLike | null): string | undefined {
    return this.#do('mkdir', pathOf(path), options) as string | undefined;
  }

  mkdtempSync(prefix: PathLike): string {
    return this.#do('mkdtemp', pathOf(prefix, 'prefix')) as string;
  }

  /** The number of an open file, for the calls that take one. No other namespace knows it. */
  openSync(path: PathLike, flags?: string | number, mode?: ModeLike | null): number {
    return this.#do('open', pathOf(path), flags, mode) as number;
  }

  readSync(
    fd: number,
    buffer: Bytes,
    offset?: number | null,
    length?: number | null,
    position?: number | bigint | null,
  ): number;
  readSync(fd: number, buffer: Bytes, options?: Omit<ReadOptions, 'buffer'>): number;
  readSync(fd: number, ...given: readonly unknown[]): number {
    const { part, position } = readRange(given);
    const question = { on: 'read', fd: fdOf(fd), length: part.length, position } as const;
    const bytes = this.ask(question, 'readSync') as Uint8Array;
    part.set(bytes);
    return bytes.length;
  }

  readdirSync(
    path: PathLike,
    options?:
      | (Omit<ReaddirOptions, 'encoding' | 'withFileTypes'> & {
          readonly encoding?: BufferEncoding | null;
          readonly withFileTypes?: false;
        })
      | BufferEncoding
      | null,
  ): string[];
  readdirSync(
    path: PathLike,
    options:
      | (Omit<ReaddirOptions, 'encoding' | 'withFileTypes'> & {
          readonly encoding: 'buffer';
          readonly withFileTypes?: false;
        })
      | 'buffer',
  ): Buffer[];
  readdirSync(
    path: PathLike,
    options: Omit<ReaddirOptions, 'withFileTypes'> & { readonly withFileTypes: true },
  ): Dirent[];
  readdirSync(path: PathLike, options?: ReaddirOptions | BufferEncoding | 'buffer' | null): unknown {
    return this.#do('readdir', pathOf(path), options);
  }

  readFileSync(
    file: PathLike | number,
    options?: { readonly encoding?: null; readonly flag?: string | number } | null,
  ): Buffer;
  readFileSync(
    file: PathLike | number,
    options: { readonly encoding: BufferEncoding; readonly flag?: string | number } | BufferEncoding,
  ): string;
  readFileSync(file: PathLike | number, options?: ReadFileOptions | BufferEncoding | null): string | Buffer {
    const { encoding, flag } = optionsOf<ReadFileOptions>(options);
    if (typeof file === 'number')
      return this.#file('readFile', 'read', file, { encoding }) as string | Buffer;
    return this.#do('readFile', pathOf(file), { encoding, flag }) as string | Buffer;
  }

  readlinkSync(path: PathLike, options?: NameOptions): string {
    return this.#do('readlink', pathOf(path), options) as string;
  }

  realpathSync(path: PathLike, options?: NameOptions): string {
    return this.#do('realpath', pathOf(path), options) as string;
  }

  renameSync(from: PathLike, to: PathLike): void {
    this.#do('rename', pathOf(from, 'oldPath'), pathOf(to, 'newPath'));
  }

  rmSync(path: PathLike, options?: RmOptions): void {
    this.#do('rm', pathOf(path), options);
  }

  rmdirSync(path: PathLike): void {
    this.#do('rmdir', pathOf(path));
  }

  statSync(
    path: PathLike,
    options?: StatSyncOptions & { readonly bigint?: false; readonly throwIfNoEntry?: true },
  ): Stats;
  statSync(
    path: PathLike,
    options: StatSyncOptions & { readonly bigint: true; readonly throwIfNoEntry?: true },
  ): BigIntStats;
  statSync(path: PathLike, options?: StatSyncOptions): Stats | BigIntStats | undefined;
  statSync(path: PathLike, options: StatSyncOptions = {}): Stats | BigIntStats | undefined {
    return this.#stat('stat', path, options);
  }

  statfsSync(path: PathLike): StatFs<number> {
    return this.#do('statfs', pathOf(path)) as StatFs<number>;
  }

  symlinkSync(target: PathLike, path: PathLike): void {
    this.#do('symlink', pathOf(target, 'target'), pathOf(path));
  }

  truncateSync(path: PathLike, length?: number): void {
    this.#do('truncate', pathOf(path), length);
  }

  unlinkSync(path: PathLike): void {
    this.#do('unlink', pathOf(path));
  }

  utimesSync(path: PathLike, atime: TimeLike, mtime: TimeLike): void {
    this.#do('utimes', pathOf(path), atime, mtime);
  }

  writeFileSync(
    file: PathLike | number,
    data: string | Bytes,
    options?: WriteFileOptions | BufferEncoding | null,
  ): void {
    this.#put('writeFile', file, data, options);
  }

  writeSync(
    fd: number,
    buffer: Bytes,
    offset?: number | null,
    length?: number | null,
    position?: number | bigint | null,
  ): number;
  writeSync(fd: number, buffer: Bytes, options?: WriteRangeOptions): number;
  writeSync(
    fd: number,
    data: string,
    position?: number | bigint | null,
    encoding?: BufferEncoding | null,
  ): number;
  writeSync(fd: number, ...given: readonly unknown[]): number {
    const { part, position } = writeRange(given);
    const written = this.#file('write', 'write', fd, Uint8Array.from(part), 0, part.length, position);
    return (written as { readonly bytesWritten: number }).bytesWritten;
  }

  #do(name: Name, ...args: readonly unknown[]): unknown {
    return this.ask({ on: 'fs', name, args }, `${name}Sync`);
  }

  #file(name: FileName, syscall: string, fd: number, ...args: readonly unknown[]): unknown {
    return this.ask({ on: 'file', fd: fdOf(fd), syscall, name, args }, `${syscall} of a file`);
  }

  #stat(
    name: 'stat' | 'lstat',
    path: PathLike,
    { bigint, throwIfNoEntry = true }: StatSyncOptions,
  ): Stats | BigIntStats | undefined {
    try {
      return this.#do(name, pathOf(path), { bigint }) as Stats | BigIntStats;
    } catch (error) {
      if (!throwIfNoEntry && codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The bytes go over as they are: a piece of a larger buffer would take that with it. */
  #put(
    name: 'writeFile' | 'appendFile',
    file: PathLike | number,
    data: string | Bytes,
    options: WriteFileOptions | BufferEncoding | null | undefined,
  ): void {
    const { encoding, flag, mode } = optionsOf<WriteFileOptions>(options);
    const bytes = Uint8Array.from(viewOf(bytesOf(data, encodingOf(encoding))));
    if (typeof file === 'number') this.#file(name, 'write', file, bytes);
    else this.#do(name, pathOf(file), bytes, flag === undefined ? { mode } : { flag, mode });
  }
}

function fdOf(fd: unknown): number {
  return checkInteger(fd, 'fd', 0, FD_MAX);
}
