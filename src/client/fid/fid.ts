/** A file in use, the comfortable way: over any File, behind a connection or in this process. */
import {
  Chan,
  FileError,
  READ,
  REWRITE,
  codeOf,
  openMode,
  type Awaitable,
  type Change,
  type File,
  type OpenMode,
  type Qid,
  type Request,
} from '../../file/index.ts';
import { joinPath, splitPath } from '../path.ts';
import { Calls } from './calls.ts';
import { FidError } from './error.ts';
import { listAt, type Listed } from './list.ts';
import { modeOf, type Mode } from './mode.ts';
import type {
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
} from './options.ts';
import type { Limits } from './patience.ts';
import { abandon, createAt, makeDirs, openAt, openOrCreate, reach, reachParent } from './reach.ts';
import { PIECE, collect, linesOf, readPieces } from './read.ts';
import { removeTree } from './remove.ts';
import { committing, piecesOf, writeAll, writePieces } from './write.ts';

const READ_AHEAD = 8;
const FILE_PERM = 0o644;
const DIR_PERM = 0o755;

/**
 * A place in a tree, and the state of an open file once it is opened.
 *
 * A `path` is relative to this file; '' is the file itself, `..` stays at the root, and a path that begins with '/' is
 * one from the root of the tree. Symbolic links are not followed. Every call takes {@link Limits}, and fails with a
 * {@link FidError}, or with the reason of its signal if that was aborted.
 */
export class Fid implements AsyncDisposable {
  #chan: Chan;
  readonly #calls: Calls;
  #position = 0;

  /**
   * @param file - a root, released when this Fid and all that were walked from it are closed; or a Chan, which is the
   * Fid's from now on.
   */
  constructor(file: File | Chan, options: FidOptions = {}) {
    this.#chan = file instanceof Chan ? file : Chan.attach(file);
    this.#calls = new Calls(options, () => this.path);
  }

  /** The last name of the path; '/' at the root. */
  get name(): string {
    return this.#chan.name;
  }

  /** From the root of the tree. */
  get path(): string {
    return this.#chan.path;
  }

  get qid(): Qid {
    return this.#chan.qid;
  }

  get isDir(): boolean {
    return this.#chan.isDir;
  }

  /** How it is open; undefined if it is not. */
  get mode(): OpenMode | undefined {
    return this.#chan.mode;
  }

  /** Another file, not open; to be closed on its own. '' gives another Fid for the same file. */
  async walk(path: string, limits: Limits = {}): Promise<Fid> {
    return this.#fid(await this.#calls.take('walk to', path, limits, (r) => reach(this.#chan, path, r)));
  }

  /** Opens this file. */
  async open(mode: Mode = 'r', limits: Limits = {}): Promise<this> {
    const chan = await this.#calls.take('open', '', limits, (r) => {
      if (this.#chan.mode) throw new FileError('EBADF', 'it is open already');
      return openAt(this.#chan, '', modeOf(mode), r);
    });
    const before = this.#chan;
    this.#chan = chan;
    abandon(before, this.#calls.request());
    return this;
  }

  /** Makes a file and opens it: EEXIST if there is one. To be closed on its own. */
  async create(path: string, options: CreateOptions = {}): Promise<Fid> {
    const { mode = 'w', perm = FILE_PERM } = options;
    const create = (r: Request) => createAt(this.#chan, path, perm, modeOf(mode), r);
    return this.#fid(await this.#calls.take('create', path, options, create));
  }

  /** Ends the use of the file. Fails if what was written could not be kept; the Fid is closed all the same. */
  async close(limits: Limits = {}): Promise<void> {
    if (this.#calls.closed) return;
    if (this.#calls.options.signal?.aborted) return this.#giveUp();
    await this.#calls.run('close', '', limits, (r) => {
      this.#calls.closed = true;
      return this.#chan.close('clunk', r);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Up to `length` bytes, which are not to be changed: nothing at the end of the file. */
  async read(options: ReadOptions = {}): Promise<Uint8Array> {
    const { offset = this.#position, length = PIECE } = options;
    const bytes = await this.#calls.run('read', '', options, (r) => this.#chan.take(offset, length, r));
    if (options.offset === undefined) this.#position = offset + bytes.length;
    return bytes;
  }

  /**
   * Writes all of the data, and returns how many bytes that were; text is written as UTF-8. If the call is given up,
   * the data may still be read by whatever sends them.
   */
  async write(data: Uint8Array | string, options: WriteOptions = {}): Promise<number> {
    const { offset = this.#position } = options;
    const bytes = bytesOf(data);
    await this.#calls.run('write', '', options, (r) => writeAll(this.#chan, bytes, offset, r));
    if (options.offset === undefined) this.#position = offset + bytes.length;
    return bytes.length;
  }

  stat(path = '', limits: Limits = {}): Promise<FileStat> {
    return this.#at('stat', path, limits, async (chan, r) => {
      const attr = await chan.attr(r);
      return { ...attr, name: chan.name, qid: chan.qid };
    });
  }

  change(path: string, change: Change, limits: Limits = {}): Promise<void> {
    return this.#at('change', path, limits, (chan, r) => chan.change(change, r));
  }

  readlink(path = '', limits: Limits = {}): Promise<string> {
    return this.#at('readlink', path, limits, (chan, r) => chan.readlink(r));
  }

  /** The names in a directory, without `.` and `..`. */
  async *list({ path = '', stat = false, ...limits }: ListOptions = {}): AsyncGenerator<FidEntry> {
    const entries = this.#calls.during('list', path, limits, (r) => listAt(this.#chan, path, stat, r));
    for await (const entry of entries) yield this.#entry(entry, path);
  }

  /** Removes a file or an empty directory. Without a path it is this one, and the Fid is closed. */
  async remove(path = '', limits: Limits = {}): Promise<void> {
    if (path !== '') return this.#inDir('remove', path, limits, (dir, name, r) => dir.unlink(name, 'any', r));
    await this.#calls.run('remove', '', limits, (r) => this.#chan.remove(r));
    await this.close();
  }

  /** Removes whatever is there, with all that is below it. That nothing is there is no error. */
  async removeAll(path: string, limits: Limits = {}): Promise<void> {
    try {
      await this.#inDir('remove', path, limits, (dir, name, r) => removeTree(dir, name, r));
    } catch (error) {
      if (!(error instanceof FidError) || error.code !== 'ENOENT') throw error;
      const why = await this.whyMissing(path, limits);
      if (why !== undefined) throw why;
    }
  }

  /**
   * Why a file was not found, if "not there" is not the whole truth: a server says of a walk of several names how far it
   * came, and not why no further (walk(5)). So each name is walked alone; undefined if one is not there indeed.
   */
  async whyMissing(path: string, limits: Limits = {}): Promise<unknown> {
    let at = await this.walk(path.startsWith('/') ? '/' : '', limits);
    try {
      for (const name of splitPath(path)) {
        const next = await at.walk(name, limits);
        await at.close();
        at = next;
      }
      return undefined;
    } catch (error) {
      return codeOf(error) === 'ENOENT' ? undefined : error;
    } finally {
      await at.close();
    }
  }

  mkdir(path: string, options: MakeDirOptions = {}): Promise<void> {
    const { perm = DIR_PERM } = options;
    return this.#inDir('mkdir', path, options, async (dir, name, r) => {
      await dir.mkdir(name, { mode: perm }, r);
    });
  }

  /** Makes a directory and those above it. That it is there already is no error. */
  mkdirAll(path: string, options: MakeDirOptions = {}): Promise<void> {
    const { perm = DIR_PERM } = options;
    return this.#calls.run('mkdir', path, options, (r) => makeDirs(this.#chan, path, perm, r));
  }

  /** Makes a symbolic link that says `target`. */
  symlink(path: string, target: string, limits: Limits = {}): Promise<void> {
    return this.#inDir('symlink', path, limits, async (dir, name, r) => {
      await dir.symlink(name, target, { mode: DIR_PERM }, r);
    });
  }

  /** Makes another name for a file. */
  link(path: string, existing: string, limits: Limits = {}): Promise<void> {
    return this.#inDir('link', path, limits, async (dir, name, r) => {
      const target = await reach(this.#chan, existing, r);
      try {
        await dir.link(name, target, r);
      } finally {
        abandon(target, r);
      }
    });
  }

  /** Moves a name within the tree; what has the new name is replaced, unless `replace` is false (EEXIST). */
  rename(from: string, to: string, options: RenameOptions = {}): Promise<void> {
    const { replace = true } = options;
    return this.#inDir('rename', from, options, async (dir, name, r) => {
      const target = await reachParent(this.#chan, to, r);
      try {
        await dir.rename(name, target.dir, target.name, replace, r);
      } finally {
        abandon(target.dir, r);
      }
    });
  }

  /** The content from `from` to the end, in pieces; of a stream, until it ends. */
  stream({
    path = '',
    from,
    readAhead = READ_AHEAD,
    ...limits
  }: StreamOptions = {}): AsyncGenerator<Uint8Array> {
    const read = this.#read.bind(this, path, from, readAhead);
    return this.#calls.during('read', path, limits, read);
  }

  readFile(path = '', limits: Limits = {}): Promise<Uint8Array> {
    return collect(this.stream({ ...limits, path, from: 0 }));
  }

  /** The content as UTF-8. */
  async readText(path = '', limits: Limits = {}): Promise<string> {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await this.readFile(path, limits));
  }

  /** The lines of a text, without their ends, as they come. */
  lines(path = '', limits: Limits = {}): AsyncGenerator<string> {
    return linesOf(this.stream({ ...limits, path }));
  }

  /** Makes the data the file's content; a file that is not there is made. */
  writeFile(path: string, data: Uint8Array | string, options: WriteFileOptions = {}): Promise<void> {
    const { append = false, perm = FILE_PERM } = options;
    const mode = openMode({ write: true, append, truncate: !append });
    return this.#calls.run('write', path, options, async (r) => {
      const chan = await openOrCreate(this.#chan, path, perm, mode, r);
      await committing(chan, r, () => writePieces(chan, piecesOf(bytesOf(data)), 0, r));
    });
  }

  /**
   * Writes the content of this file to another one, and returns how many bytes that were. What is not open is opened;
   * `to` is then rewritten.
   */
  copy(to: Fid, { progress, ...limits }: CopyOptions = {}): Promise<number> {
    return this.#calls.run('copy', '', limits, async (r) => {
      const pieces = this.#read('', undefined, READ_AHEAD, r);
      const request = to.#calls.request(r.signal);
      if (to.mode) return writePieces(to.#chan, pieces, to.#position, request, progress);
      const target = await openAt(to.#chan, '', REWRITE, request);
      return committing(target, request, () => writePieces(target, pieces, 0, request, progress));
    });
  }

  /** Whose every call has been ended cares no more how this one does. */
  #giveUp(): void {
    this.#calls.closed = true;
    abandon(this.#chan, this.#calls.request());
  }

  #fid(chan: Chan): Fid {
    return new Fid(chan, this.#calls.options);
  }

  /** The content of this file if it is open, or of the one at the path, opened for it. */
  async *#read(
    path: string,
    from: number | undefined,
    readAhead: number,
    r: Request,
  ): AsyncGenerator<Uint8Array> {
    if (path === '' && this.mode) {
      yield* readPieces(this.#chan, r, from ?? this.#position, readAhead);
      return;
    }
    const chan = await openAt(this.#chan, path, READ, r);
    try {
      yield* readPieces(chan, r, from ?? 0, readAhead);
    } finally {
      abandon(chan, r);
    }
  }

  #entry({ failure, ...entry }: Listed, path: string): FidEntry {
    const at = joinPath(joinPath(this.path, path), entry.name);
    return {
      ...entry,
      ...(failure !== undefined && { failure: new FidError('stat', at, failure) }),
      stat: (limits) => this.stat(joinPath(path || '.', entry.name), limits),
    };
  }

  /** Work with the file at a path, not opened for it. */
  #at<T>(
    op: string,
    path: string,
    limits: Limits,
    work: (chan: Chan, r: Request) => Awaitable<T>,
  ): Promise<T> {
    return this.#calls.run(op, path, limits, async (r) => {
      if (path === '') return work(this.#chan, r);
      const chan = await reach(this.#chan, path, r);
      try {
        return await work(chan, r);
      } finally {
        abandon(chan, r);
      }
    });
  }

  /** Work with a name in its directory. */
  #inDir(
    op: string,
    path: string,
    limits: Limits,
    work: (dir: Chan, name: string, r: Request) => Awaitable<void>,
  ): Promise<void> {
    return this.#calls.run(op, path, limits, async (r) => {
      const { dir, name } = await reachParent(this.#chan, path, r);
      try {
        await work(dir, name, r);
      } finally {
        abandon(dir, r);
      }
    });
  }
}

function bytesOf(data: Uint8Array | string): Uint8Array {
  return typeof data === 'string' ? new TextEncoder().encode(data) : data;
}
