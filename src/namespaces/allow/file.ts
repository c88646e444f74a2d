/** A file of a tree of which each user sees what is allowed to them. */
import {
  FileError,
  after,
  openWith,
  rules,
  type Attr,
  type Awaitable,
  type Change,
  type CreateSpec,
  type Created,
  type Entry,
  type File,
  type NodeSpec,
  type OpenFile,
  type OpenMode,
  type Qid,
  type Removal,
  type Request,
  type SavedOpen,
  type StatFs,
  type Xattrs,
} from '../../file/index.ts';
import type { Grant, Sight } from './grant.ts';
import { readOnlyOpen, veiled, wayOpen } from './open.ts';
import { AllowedXattrs } from './xattrs.ts';

/** The file as the users of a grant see it; one that walks several names in one message goes on doing so. */
export function allowed(file: File, grant: Grant): AllowedFile {
  return file.walkAll ? new AllowedFarFile(file, grant) : new AllowedFile(file, grant);
}

/**
 * Decides by the path by which the file was reached, for whoever asks, at each call. What a user may not see is not
 * there (ENOENT); what they may see and not change is read-only (EROFS), whether it is there or not.
 */
export class AllowedFile implements File {
  readonly tree: object;
  protected readonly file: File;
  protected readonly grant: Grant;

  constructor(file: File, grant: Grant) {
    this.tree = file.tree;
    this.file = file;
    this.grant = grant;
  }

  get qid(): Qid {
    return this.file.qid;
  }

  get guarded(): boolean {
    return this.file.guarded === true;
  }

  get stopsEarly(): boolean {
    return this.file.stopsEarly === true;
  }

  get xattrs(): Xattrs | undefined {
    const { xattrs } = this.file;
    return xattrs && new AllowedXattrs(xattrs, (r) => this.#see(r));
  }

  /** @throws EACCES for a user whom no line allows anything. */
  admit(r: Request): Awaitable<void> {
    this.#see(r);
    return this.file.admit?.(r);
  }

  attr(r: Request): Awaitable<Attr> {
    return this.#see(r) === 'way' ? after(this.file.attr(r), veiled) : this.file.attr(r);
  }

  walk(name: string, r: Request): Awaitable<File | undefined> {
    const grant = this.grant.child(name);
    if (grant.sight(r.user) === 'none') return undefined;
    return after(this.file.walk?.(name, r), (file) => file && this.show([file], [grant], r)[0]);
  }

  open(mode: OpenMode, r: Request): Awaitable<OpenFile> {
    const sight = this.#mayOpen(mode, r);
    if (!this.file.open) throw rules.notPossible(this.file);
    return after(this.file.open(mode, r), (open) => this.#opened(open, sight));
  }

  restore(saved: SavedOpen, mode: OpenMode, r: Request): Awaitable<OpenFile> {
    const sight = this.#mayOpen(mode, r);
    if (!this.file.restore) throw new FileError('EOPNOTSUPP');
    return after(this.file.restore(saved, mode, r), (open) => this.#opened(open, sight));
  }

  create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Awaitable<Created> {
    const grant = this.#mayMake(name, r);
    if (mode.removeOnClose) this.#mayTake(name, r);
    if (!this.file.create) throw rules.notPossible(this.file);
    return after(this.file.create(name, spec, mode, r), ({ file, open }) => {
      return { file: allowed(file, grant), open };
    });
  }

  mkdir(name: string, spec: CreateSpec, r: Request): Awaitable<File> {
    return this.#make(name, r, (dir) => dir.mkdir?.(name, spec, r));
  }

  symlink(name: string, target: string, spec: CreateSpec, r: Request): Awaitable<File> {
    return this.#make(name, r, (dir) => dir.symlink?.(name, target, spec, r));
  }

  mknod(name: string, spec: NodeSpec, r: Request): Awaitable<File> {
    return this.#make(name, r, (dir) => dir.mknod?.(name, spec, r));
  }

  /** Another name is another way to change the file: what is read-only under one name gets no second one. */
  link(name: string, file: File, r: Request): Awaitable<void> {
    const target = this.#ofSameTree(file);
    this.#mayMake(name, r);
    target.#mayChange(r);
    if (!this.file.link) throw rules.notPossible(this.file);
    return this.file.link(name, target.file, r);
  }

  unlink(name: string, what: Removal, r: Request): Awaitable<void> {
    this.#mayTake(name, r);
    if (!this.file.unlink) throw rules.notPossible(this.file);
    return this.file.unlink(name, what, r);
  }

  /** What is moved takes along all that is below, and so may not hold, nor come to, what is allowed otherwise. */
  rename(name: string, to: File, toName: string, replace: boolean, r: Request): Awaitable<void> {
    const target = this.#ofSameTree(to);
    this.#mayTake(name, r);
    target.#mayTake(toName, r);
    if (!this.file.rename) throw rules.notPossible(this.file);
    return this.file.rename(name, target.file, toName, replace, r);
  }

  readlink(r: Request): Awaitable<string> {
    this.#see(r);
    if (!this.file.readlink) throw new FileError('EINVAL');
    return this.file.readlink(r);
  }

  change(change: Change, r: Request): Awaitable<void> {
    this.#mayChange(r);
    if (!this.file.change) throw rules.notPossible(this.file);
    return this.file.change(change, r);
  }

  statfs(r: Request): Awaitable<StatFs> {
    this.#see(r);
    if (!this.file.statfs) throw new FileError('EOPNOTSUPP');
    return this.file.statfs(r);
  }

  share(): void {
    this.file.share?.();
  }

  release(): void {
    this.file.release?.();
  }

  /** The files that a walk led to, as far as the user may see them. */
  protected show(files: readonly File[], grants: readonly Grant[], r: Request): readonly AllowedFile[] {
    const seen = files.map((file, i) => allowed(file, grants[i]));
    const end = seen.findIndex((file) => file.#sight(r) === 'none');
    if (end < 0) return seen;
    for (const hidden of seen.slice(end)) hidden.release();
    return seen.slice(0, end);
  }

  /** Only a directory is on the way to anything. */
  #sight(r: Request): Sight {
    const sight = this.grant.sight(r.user);
    return sight === 'way' && !rules.isDirectory(this.file) ? 'none' : sight;
  }

  /** What the user has of it; nothing is an error. */
  #see(r: Request): Exclude<Sight, 'none'> {
    const sight = this.#sight(r);
    if (sight !== 'none') return sight;
    if (this.grant.parent) throw new FileError('ENOENT');
    throw new FileError('EACCES', `nothing here is allowed to ${r.user.name}`);
  }

  #mayChange(r: Request): void {
    if (this.#see(r) !== 'rw') throw new FileError('EROFS');
  }

  #mayOpen(mode: OpenMode, r: Request): Sight {
    const sight = this.#see(r);
    if (mode.write || mode.truncate || mode.removeOnClose) this.#mayChange(r);
    if (mode.removeOnClose && !(this.grant.whole(r.user) && this.grant.parent?.sight(r.user) === 'rw')) {
      throw new FileError('EROFS');
    }
    return sight;
  }

  #mayMake(name: string, r: Request): Grant {
    this.#mayChange(r);
    const grant = this.grant.child(name);
    if (grant.sight(r.user) !== 'rw') throw new FileError('EROFS');
    return grant;
  }

  #mayTake(name: string, r: Request): void {
    this.#mayChange(r);
    if (!this.grant.child(name).whole(r.user)) throw new FileError('EROFS');
  }

  #make(name: string, r: Request, make: (dir: File) => Awaitable<File> | undefined): Awaitable<File> {
    const grant = this.#mayMake(name, r);
    const made = make(this.file);
    if (made === undefined) throw rules.notPossible(this.file);
    return after(made, (file) => allowed(file, grant));
  }

  #ofSameTree(file: File): AllowedFile {
    if (file instanceof AllowedFile && file.grant.root === this.grant.root) return file;
    throw new FileError('EXDEV');
  }

  #opened(open: OpenFile, sight: Sight): OpenFile {
    // A clone file: what the open has made is allowed as the clone file is.
    const own = open.file ? openWith(open, { file: allowed(open.file, this.grant) }) : open;
    switch (sight) {
      case 'rw':
        return own;
      case 'ro':
        return readOnlyOpen(own);
      default:
        return wayOpen(own, (entry, r) => this.#entry(entry, r));
    }
  }

  /** An entry of a directory on the way, if the user may see it. */
  #entry(entry: Entry, r: Request): Entry | undefined {
    const sight = this.grant.child(entry.name).sight(r.user);
    if (sight === 'none') return undefined;
    if (sight !== 'way') return entry;
    if (entry.type !== 'dir') return undefined;
    return entry.attr ? { ...entry, attr: veiled(entry.attr) } : entry;
  }
}

class AllowedFarFile extends AllowedFile {
  walkAll(names: readonly string[], r: Request): Awaitable<readonly File[]> {
    const grants: Grant[] = [];
    let { grant } = this;
    for (const name of names) {
      grant = grant.child(name);
      if (grant.sight(r.user) === 'none') break;
      grants.push(grant);
    }
    if (grants.length === 0) throw new FileError('ENOENT');
    return after(this.file.walkAll!(names.slice(0, grants.length), r), (files) =>
      this.show(files, grants, r),
    );
  }
}
