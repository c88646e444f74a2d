/**
 * A Chan (Plan 9's word) is a File in use by somebody: where it was found, and the open, if it is open. It holds the
 * rules once, for the server, for namespaces and for gateways alike: permission bits, modes, exclusive use, append
 * only, remove on close. Nobody else checks, and nobody else calls a File's methods.
 *
 * What is at hand comes back as a value, not as a promise (see {@link Awaitable}).
 */
import type { Attr, Change, StatFs } from './attr.ts';
import { after, isPromise, rescue, type Awaitable } from './awaitable.ts';
import { checkChange } from './change.ts';
import { FileError, codeOf } from './errors.ts';
import { claim } from './exclusive.ts';
import type {
  CloseReason,
  CreateSpec,
  Entry,
  File,
  NodeSpec,
  OpenFile,
  Qid,
  Removal,
  Request,
  Xattrs,
} from './file.ts';
import { sameFile } from './file.ts';
import type { Lock, LockRequest } from './locks.ts';
import type { OpenMode } from './mode.ts';
import { checkName } from './name.ts';
import { MAY, isSuperuser, permitted } from './permission.ts';
import { Place } from './place.ts';

/** How far a walk came. */
export interface Walked {
  /** One for each name that was found: good for nothing but to say which files they were. */
  readonly files: readonly Pick<File, 'qid' | 'tree'>[];
  /** Where it ends, if all names were found. */
  readonly chan?: Chan;
  /** Why it ended early. */
  readonly error?: unknown;
}

/** A file's qid may change (its version does, at every write): it is read when it is needed. */
export class Chan {
  #place: Place;
  #readOnly: boolean;
  #open: OpenFile | undefined;
  #mode: OpenMode | undefined;
  #unclaim: (() => void) | undefined;

  private constructor(place: Place, readOnly: boolean) {
    this.#place = place;
    this.#readOnly = readOnly;
  }

  /** The root of a tree: `..` ends here. Releases the file when it is closed, unless it is `borrowed`. */
  static attach(
    root: File,
    options: { readonly readOnly?: boolean; readonly borrowed?: boolean } = {},
  ): Chan {
    const place = options.borrowed ? new Place(root, undefined, '/', () => {}) : new Place(root);
    return new Chan(place, options.readOnly ?? false);
  }

  /** The same file as the root of an attach of its own: `..` stays there. */
  asRoot(): Chan {
    const place = this.#place.hold();
    return new Chan(new Place(place.file, undefined, '/', () => place.release()), this.#readOnly);
  }

  get file(): File {
    return this.#place.file;
  }

  get qid(): Qid {
    return this.file.qid;
  }

  /** The last name of the path; '/' at the root. */
  get name(): string {
    return this.#place.name;
  }

  /** The path from the root, for messages. */
  get path(): string {
    return this.#place.path;
  }

  /** What `..` is: the file itself at the root. */
  get parentFile(): File {
    return (this.#place.parent ?? this.#place).file;
  }

  get isDir(): boolean {
    return (this.qid.type & 0x80) !== 0;
  }

  get mode(): OpenMode | undefined {
    return this.#mode;
  }

  /** The open file's state; undefined until it is open. */
  get opened(): OpenFile | undefined {
    return this.#open;
  }

  /** Another Chan for the same file, not open. */
  clone(): Chan {
    return new Chan(this.#place.hold(), this.#readOnly);
  }

  /** Follows the names as far as they go, `..` included. This Chan stays where it is. */
  walk(names: readonly string[], r: Request): Awaitable<Walked> {
    return walkOn(this.#place.hold(), names, [], r, (place) => new Chan(place, this.#readOnly));
  }

  /** The file of a name in this directory, without a Chan for it; whoever asks releases it. */
  lookup(name: string, r: Request): Awaitable<File | undefined> {
    if (!this.isDir) throw new FileError('ENOTDIR');
    return after(mayWalk(this.file, r), () => {
      if (!this.file.walkAll) return this.file.walk?.(name, r);
      return rescue<File | undefined>(
        () => after(this.file.walkAll!([name], r), ([found]) => found),
        (error) => {
          if (codeOf(error) !== 'ENOENT') throw error;
          return undefined;
        },
      );
    });
  }

  attr(r: Request): Awaitable<Attr> {
    return this.#open?.attr ? this.#open.attr(r) : this.file.attr(r);
  }

  /** Opens the file for the mode's purposes; permissions are checked here and not again (open(5)). */
  open(mode: OpenMode, r: Request): Awaitable<void> {
    if (this.#open) throw new FileError('EBADF', 'bad use of fid');
    const changes = mode.write || mode.truncate || mode.removeOnClose;
    if (this.isDir && (changes || mode.execute)) throw new FileError('EISDIR');
    if (this.#readOnly && changes) throw new FileError('EROFS');
    if (this.file.guarded) return this.#openChecked(mode, r);
    return after(this.file.attr(r), (attr) => {
      this.#mayOpen(attr, mode, r);
      return after(mode.removeOnClose ? this.#mayRemove(r) : undefined, () => {
        if (attr.exclusive) this.#unclaim = claim(this.file);
        // On an append-only file truncation succeeds and does nothing (open(5)).
        const effective = attr.append ? { ...mode, append: true, truncate: false } : mode;
        return rescue(
          () => this.#openChecked(effective, r),
          (error) => {
            this.#endExclusive();
            throw error;
          },
        );
      });
    });
  }

  /** Takes an open back that nobody wants any more: the Chan is as it was before. */
  unopen(r: Request): Awaitable<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#mode = undefined;
    this.#endExclusive();
    return open?.close?.('lost', r);
  }

  /** Makes a file in this directory and opens it: the Chan is the new file's from then on. */
  create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Awaitable<void> {
    if (this.#open) throw new FileError('EBADF', 'bad use of fid');
    return after(this.#mayEnter(name, r), () => {
      const { file } = this;
      if (!file.create) throw notPossible(file);
      return after(file.create(name, spec, mode, r), (created) => {
        if (spec.exclusive) this.#unclaim = claim(created.file);
        this.#become(new Place(created.file, this.#place, name));
        this.#open = created.open;
        this.#mode = mode;
      });
    });
  }

  mkdir(name: string, spec: CreateSpec, r: Request): Awaitable<Qid> {
    return this.#enter(name, r, (dir) => dir.mkdir?.(name, spec, r));
  }

  symlink(name: string, target: string, spec: CreateSpec, r: Request): Awaitable<Qid> {
    return this.#enter(name, r, (dir) => dir.symlink?.(name, target, spec, r));
  }

  mknod(name: string, spec: NodeSpec, r: Request): Awaitable<Qid> {
    const device = spec.type === 'char' || spec.type === 'block';
    if (device && !this.file.guarded && !isSuperuser(r.user)) throw new FileError('EPERM');
    return this.#enter(name, r, (dir) => dir.mknod?.(name, spec, r));
  }

  link(name: string, target: Chan, r: Request): Awaitable<void> {
    if (target.isDir) throw new FileError('EPERM');
    return after(this.#mayEnter(name, r), () => {
      const { file } = this;
      if (file.tree !== target.file.tree) throw new FileError('EXDEV');
      if (!file.link) throw notPossible(file);
      return file.link(name, target.file, r);
    });
  }

  readlink(r: Request): Awaitable<string> {
    if (!this.file.readlink) throw new FileError('EINVAL');
    return this.file.readlink(r);
  }

  /** Removes a name from this directory. */
  unlink(name: string, what: Removal, r: Request): Awaitable<void> {
    checkName(name);
    return after(this.#mayWrite(r), () => {
      if (!this.file.unlink) throw notPossible(this.file);
      return this.file.unlink(name, what, r);
    });
  }

  /** Removes the file that this Chan is, if its name still is its own. The Chan must be closed afterwards, always. */
  remove(r: Request): Awaitable<void> {
    const { parent, name } = this.#place;
    if (!parent) throw new FileError('EPERM', 'cannot remove root');
    const dir = new Chan(parent.hold(), this.#readOnly);
    const check = after(dir.lookup(name, r), (now) => {
      if (!now) throw new FileError('ENOENT');
      const same = sameFile(now, this.file);
      if (now !== this.file) now.release?.();
      if (!same) throw new FileError('ESTALE');
    });
    return finallyClose(
      dir,
      r,
      after(check, () => dir.unlink(name, 'any', r)),
    );
  }

  /** Moves a name of this directory into `to`, replacing what is there unless `replace` is false. */
  rename(name: string, to: Chan, toName: string, replace: boolean, r: Request): Awaitable<void> {
    checkName(name);
    return after(this.#mayWrite(r), () =>
      after(to.#mayEnter(toName, r), () => {
        if (this.file.tree !== to.file.tree) throw new FileError('EXDEV');
        if (!this.file.rename) throw notPossible(this.file);
        return this.file.rename(name, to.file, toName, replace, r);
      }),
    );
  }

  /** Renames the file that this Chan is: into `to`, or within its directory. */
  renameSelf(to: Chan | undefined, toName: string, replace: boolean, r: Request): Awaitable<void> {
    const { parent, name } = this.#place;
    if (!parent) throw new FileError('EBUSY');
    const dir = new Chan(parent.hold(), this.#readOnly);
    return finallyClose(dir, r, dir.rename(name, to ?? dir, toName, replace, r));
  }

  /** Another Chan renamed `name` of the directory `from`: if this is that file, it has moved. */
  follow(from: File, name: string, to: Chan, toName: string): void {
    const { parent } = this.#place;
    if (parent && this.name === name && sameFile(parent.file, from)) this.#place.moved(to.#place, toName);
  }

  /** The Chan of the directory that the file was found in; undefined at the root. Close it after use. */
  parent(): Chan | undefined {
    const { parent } = this.#place;
    return parent && new Chan(parent.hold(), this.#readOnly);
  }

  /** Changes attributes: all of them or none. */
  change(change: Change, r: Request): Awaitable<void> {
    if (this.#readOnly) throw new FileError('EROFS');
    const open = this.#open?.change ? this.#open : undefined;
    const target = open ?? this.file;
    const apply = (): Awaitable<void> => {
      if (!target.change) throw notPossible(this.file);
      return target.change(change, r);
    };
    if (this.file.guarded) return apply();
    return after(this.attr(r), (attr) => {
      checkChange(change, attr, r.user, this.#mode?.write === true);
      return apply();
    });
  }

  statfs(r: Request): Awaitable<StatFs> {
    if (!this.file.statfs) throw new FileError('EOPNOTSUPP');
    return this.file.statfs(r);
  }

  /** Reads into `into`, for files that fill buffers; see {@link OpenFile.take} for the others. */
  read(offset: number, into: Uint8Array, r: Request): Awaitable<number> {
    const open = this.#readable();
    if (open.read) return open.read(offset, into, r);
    return after(open.take!(offset, into.length, r), (bytes) => {
      into.set(bytes);
      return bytes.length;
    });
  }

  /** At most `count` bytes, which never change afterwards. */
  take(offset: number, count: number, r: Request): Awaitable<Uint8Array> {
    const open = this.#readable();
    if (open.take) return open.take(offset, count, r);
    const into = new Uint8Array(count);
    return after(open.read!(offset, into, r), (length) => into.subarray(0, length));
  }

  /** Writes all of `data`, or fails; `offset` does not matter where the file is opened to append. */
  write(offset: number, data: Uint8Array, r: Request): Awaitable<number> {
    const open = this.#writable();
    if (offset + data.length > Number.MAX_SAFE_INTEGER) throw new FileError('EFBIG');
    if (!open.write) throw notPossible(this.file);
    return open.write(offset, data, r);
  }

  /** The entries after `cookie`, without `.` and `..`. */
  list(cookie: bigint, r: Request): Iterable<Entry> | AsyncIterable<Entry> {
    const open = this.#opened();
    if (!this.isDir || !open.list) throw new FileError('ENOTDIR');
    return open.list(cookie, r);
  }

  sync(dataOnly: boolean, r: Request): Awaitable<void> {
    return this.#opened().sync?.(dataOnly, r);
  }

  flush(r: Request): Awaitable<void> {
    return this.#opened().flush?.(r);
  }

  lock(request: LockRequest, r: Request): Awaitable<boolean> {
    const open = this.#opened();
    if (!open.lock) throw new FileError('EOPNOTSUPP');
    return open.lock(request, r);
  }

  getLock(request: LockRequest, r: Request): Awaitable<Lock | undefined> {
    const open = this.#opened();
    if (!open.getLock) throw new FileError('EOPNOTSUPP');
    return open.getLock(request, r);
  }

  allocate(offset: number, length: number, keepSize: boolean, r: Request): Awaitable<void> {
    const open = this.#writable();
    if (!open.allocate) throw new FileError('EOPNOTSUPP');
    return open.allocate(offset, length, keepSize, r);
  }

  seek(offset: number, what: 'data' | 'hole', r: Request): Awaitable<number> {
    const open = this.#opened();
    if (!open.seek) throw new FileError('EOPNOTSUPP');
    return open.seek(offset, what, r);
  }

  /** The file's extended attributes, for those who may read the file, or write it (xattr(7), `user.`). */
  xattrs(purpose: 'read' | 'write', r: Request): Awaitable<Xattrs> {
    const { xattrs } = this.file;
    if (!xattrs) throw new FileError('EOPNOTSUPP');
    return after(purpose === 'read' ? this.#may(MAY.READ, r) : this.#mayWrite(r), () => xattrs);
  }

  /**
   * Ends the use of the file: closes it if it is open, removes it if that was agreed. The Chan is of no use afterwards,
   * also if this fails: the error is that of what was to be committed (clunk(5)).
   */
  close(reason: CloseReason, r: Request): Awaitable<void> {
    const open = this.#open;
    if (!open) return this.#place.release();
    this.#open = undefined;
    const closed = rescue(
      () => open.close?.(reason, r),
      (error) => {
        this.#ended(r);
        throw error;
      },
    );
    return after(closed, () => this.#ended(r));
  }

  /** After the close itself, whether it succeeded or not. */
  #ended(r: Request): Awaitable<void> {
    this.#endExclusive();
    const removed = this.#mode?.removeOnClose
      ? rescue(
          () => this.remove(r),
          // Somebody else was quicker; there is nobody to tell at a lost connection.
          () => undefined,
        )
      : undefined;
    return after(removed, () => this.#place.release());
  }

  #endExclusive(): void {
    this.#unclaim?.();
    this.#unclaim = undefined;
  }

  #become(place: Place): void {
    const before = this.#place;
    this.#place = place;
    before.release();
  }

  #openChecked(mode: OpenMode, r: Request): Awaitable<void> {
    if (!this.file.open) throw notPossible(this.file);
    return after(this.file.open(mode, r), (open) => {
      // A clone file: the fid now names what the open has made.
      if (open.file) this.#become(new Place(open.file, this.#place.parent, this.name));
      this.#open = open;
      this.#mode = mode;
    });
  }

  #mayOpen(attr: Attr, mode: OpenMode, r: Request): void {
    if (attr.type === 'symlink') throw new FileError('ELOOP');
    const need =
      (mode.read ? MAY.READ : 0) |
      (mode.write || mode.truncate ? MAY.WRITE : 0) |
      (mode.execute ? MAY.EXECUTE : 0);
    if (!permitted(r.user, attr, need)) throw new FileError('EACCES');
  }

  #mayRemove(r: Request): Awaitable<void> {
    const { parent } = this.#place;
    if (!parent) throw new FileError('EPERM', 'cannot remove root');
    return after(parent.file.guarded ? undefined : parent.file.attr(r), (attr) => {
      if (attr && !permitted(r.user, attr, MAY.WRITE)) throw new FileError('EACCES');
    });
  }

  #mayWrite(r: Request): Awaitable<void> {
    if (this.#readOnly) throw new FileError('EROFS');
    return this.#may(MAY.WRITE, r);
  }

  #may(need: number, r: Request): Awaitable<void> {
    if (this.file.guarded) return undefined;
    return after(this.file.attr(r), (attr) => {
      if (!permitted(r.user, attr, need)) throw new FileError('EACCES');
    });
  }

  #mayEnter(name: string, r: Request): Awaitable<void> {
    checkName(name);
    if (!this.isDir) throw new FileError('ENOTDIR');
    return this.#mayWrite(r);
  }

  #enter(name: string, r: Request, make: (dir: File) => Awaitable<File> | undefined): Awaitable<Qid> {
    return after(this.#mayEnter(name, r), () => {
      const made = make(this.file);
      if (made === undefined) throw notPossible(this.file);
      return after(made, (file) => {
        const { qid } = file;
        file.release?.();
        return qid;
      });
    });
  }

  #opened(): OpenFile {
    if (!this.#open) throw new FileError('EBADF', 'bad use of fid');
    return this.#open;
  }

  #readable(): OpenFile {
    const open = this.#opened();
    if (this.isDir) throw new FileError('EISDIR');
    if (!this.#mode!.read && !this.#mode!.execute) throw new FileError('EBADF', 'bad use of fid');
    if (!open.read && !open.take) throw notPossible(this.file);
    return open;
  }

  #writable(): OpenFile {
    const open = this.#opened();
    if (this.isDir) throw new FileError('EISDIR');
    if (!this.#mode!.write) throw new FileError('EBADF', 'bad use of fid');
    return open;
  }
}

/** What a missing method means: a directory without `create` takes no new files, and so on. */
function notPossible(file: File): FileError {
  return new FileError((file.qid.type & 0x80) !== 0 ? 'EPERM' : 'EOPNOTSUPP');
}

function finallyClose<T>(chan: Chan, r: Request, result: Awaitable<T>): Awaitable<T> {
  const close = (): Awaitable<void> => chan.close('clunk', r);
  if (isPromise(result)) return result.finally(close);
  return after(close(), () => result);
}

/** Walks from a Place that is held for it, and hands the one where it ends to `found`, or releases it. */
function walkOn(
  place: Place,
  names: readonly string[],
  files: File[],
  r: Request,
  found: (place: Place) => Chan,
): Awaitable<Walked> {
  const failed = (error: unknown): Walked => {
    place.release();
    return { files, error };
  };
  try {
    while (files.length < names.length) {
      const next = step(place, names, files.length, r);
      if (isPromise(next)) {
        return next.then((places) => walkOn(arrive(place, places, files), names, files, r, found), failed);
      }
      place = arrive(place, next, files);
    }
  } catch (error) {
    return failed(error);
  }
  return { files, chan: found(place) };
}

function arrive(from: Place, places: readonly Place[], files: File[]): Place {
  for (const place of places) files.push(place.file);
  // Each of them holds the one before it.
  from.release();
  for (const place of places.slice(0, -1)) place.release();
  return places[places.length - 1]!;
}

/** The Places of one or more of the names, from the `from`th on. */
function step(place: Place, names: readonly string[], from: number, r: Request): Awaitable<readonly Place[]> {
  const { file } = place;
  const name = names[from]!;
  if (name === '..') return [(place.parent ?? place).hold()];
  if ((file.qid.type & 0x80) === 0) throw new FileError('ENOTDIR');
  // Nobody should send it (walk(5)); diod's diodls does, for every `.` that it reads.
  if (name === '.') return [place.hold()];
  if (name === '' || name.includes('/')) throw new FileError('ENOENT');
  return after(mayWalk(file, r), () => {
    if (file.walkAll) return stepAll(place, file, names, from, r);
    return after(file.walk?.(name, r), (found) => {
      if (!found) throw new FileError('ENOENT');
      return [new Place(found, place, name)];
    });
  });
}

function mayWalk(file: File, r: Request): Awaitable<void> {
  if (file.guarded || r.user.uid === 0) return undefined;
  return after(file.attr(r), (attr) => {
    if (!permitted(r.user, attr, MAY.EXECUTE)) throw new FileError('EACCES');
  });
}

function stepAll(
  place: Place,
  file: File,
  names: readonly string[],
  from: number,
  r: Request,
): Awaitable<readonly Place[]> {
  let to = names.findIndex((name, i) => i >= from && (name === '..' || name === '.'));
  if (to < 0) to = names.length;
  return after(file.walkAll!(names.slice(from, to), r), (files) => {
    if (files.length === 0) throw new FileError('ENOENT');
    const places: Place[] = [];
    let last = place;
    for (const [i, found] of files.entries()) {
      last = new Place(found, last, names[from + i]);
      places.push(last);
    }
    return places;
  });
}
