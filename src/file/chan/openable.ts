/** A Chan that is opened, read, written and closed (open(5), read(5), clunk(5)). */
import type { Attr } from '../attr.ts';
import { after, rescue, type Awaitable } from '../awaitable.ts';
import { FileError } from '../errors.ts';
import { claim } from '../exclusive.ts';
import type { CloseReason, Created, Entry, OpenFile, Request } from '../file.ts';
import type { Lock, LockRequest } from '../locks.ts';
import type { OpenMode } from '../mode.ts';
import { MAY, permitted } from '../permission.ts';
import { Place } from '../place.ts';
import { ChanBase } from './base.ts';
import { notPossible } from './rules.ts';

export abstract class OpenableChan extends ChanBase {
  #unclaim: (() => void) | undefined;
  /** Where the Chan was before an open or a create made it another file's. */
  #before: Place | undefined;

  /** Removes the file under the name that it was found by. */
  abstract remove(r: Request): Awaitable<void>;

  /** Opens the file for the mode's purposes; permissions are checked here and not again (open(5)). */
  open(mode: OpenMode, r: Request): Awaitable<void> {
    if (this.openFile) throw new FileError('EBADF', 'bad use of fid');
    const changes = mode.write || mode.truncate || mode.removeOnClose;
    if (this.isDir && (changes || mode.execute)) throw new FileError('EISDIR');
    if (this.readOnly && changes) throw new FileError('EROFS');
    if (this.file.guarded) return this.openMade(mode, r);
    return after(this.file.attr(r), (attr) => {
      this.#mayOpen(attr, mode, r);
      return after(mode.removeOnClose ? this.#mayRemove(r) : undefined, () => {
        if (attr.exclusive) this.#unclaim = claim(this.file);
        // On an append-only file truncation succeeds and does nothing (open(5)).
        const effective = attr.append ? { ...mode, append: true, truncate: false } : mode;
        return rescue(
          () => this.openMade(effective, r),
          (error) => {
            this.#endExclusive();
            throw error;
          },
        );
      });
    });
  }

  /** Opens what was made just now, whatever its permissions: a create includes that (open(5)). */
  openMade(mode: OpenMode, r: Request): Awaitable<void> {
    if (!this.file.open) throw notPossible(this.file);
    return after(this.file.open(mode, r), (open) => {
      // A clone file: the fid now names what the open has made.
      if (open.file) this.#moveTo(new Place(open.file, this.place.parent, this.name));
      this.openFile = open;
      this.openMode = mode;
    });
  }

  /** Takes an open back that nobody wants any more: the Chan is as it was before. */
  unopen(r: Request): Awaitable<void> {
    const open = this.openFile;
    this.openFile = undefined;
    this.openMode = undefined;
    this.#endExclusive();
    this.#goBack();
    return open?.close?.('lost', r);
  }

  /** Takes a create back that nobody wants any more: the file is removed, and the Chan is the directory's again. */
  uncreate(r: Request): Awaitable<void> {
    const removed = rescue(
      () => this.remove(r),
      // Somebody has it by now, or was quicker.
      () => undefined,
    );
    return after(removed, () => this.unopen(r));
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

  /**
   * Ends the use of the file: closes it if it is open, removes it if that was agreed. The Chan is of no use afterwards,
   * also if this fails: the error is that of what was to be committed (clunk(5)).
   */
  close(reason: CloseReason, r: Request): Awaitable<void> {
    const open = this.openFile;
    if (!open) return this.place.release();
    this.openFile = undefined;
    this.#before?.release();
    const closed = rescue(
      () => open.close?.(reason, r),
      (error) =>
        after(this.#ended(r), () => {
          throw error;
        }),
    );
    return after(closed, () => this.#ended(r));
  }

  /** The Chan is a file's that was made just now, and is open. */
  protected become(name: string, { file, open }: Created, mode: OpenMode, exclusive: boolean): void {
    if (exclusive) this.#unclaim = claim(file);
    this.#moveTo(new Place(file, this.place, name));
    this.openFile = open;
    this.openMode = mode;
  }

  /** After the close itself, whether it succeeded or not. */
  #ended(r: Request): Awaitable<void> {
    this.#endExclusive();
    const removed = this.openMode?.removeOnClose
      ? rescue(
          () => this.remove(r),
          // Somebody else was quicker; there is nobody to tell at a lost connection.
          () => undefined,
        )
      : undefined;
    return after(removed, () => this.place.release());
  }

  #endExclusive(): void {
    this.#unclaim?.();
    this.#unclaim = undefined;
  }

  #moveTo(place: Place): void {
    this.#before = this.place;
    this.place = place;
  }

  #goBack(): void {
    if (!this.#before) return;
    this.place.release();
    this.place = this.#before;
    this.#before = undefined;
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
    const { parent } = this.place;
    if (!parent) throw new FileError('EPERM', 'cannot remove root');
    return after(parent.file.guarded ? undefined : parent.file.attr(r), (attr) => {
      if (attr && !permitted(r.user, attr, MAY.WRITE)) throw new FileError('EACCES');
    });
  }

  #opened(): OpenFile {
    if (!this.openFile) throw new FileError('EBADF', 'bad use of fid');
    return this.openFile;
  }

  #readable(): OpenFile {
    const open = this.#opened();
    if (this.isDir) throw new FileError('EISDIR');
    if (!this.openMode!.read && !this.openMode!.execute) throw new FileError('EBADF', 'bad use of fid');
    if (!open.read && !open.take) throw notPossible(this.file);
    return open;
  }

  #writable(): OpenFile {
    const open = this.#opened();
    if (this.isDir) throw new FileError('EISDIR');
    if (!this.openMode!.write) throw new FileError('EBADF', 'bad use of fid');
    return open;
  }
}
