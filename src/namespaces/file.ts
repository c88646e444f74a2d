/** A file as it is seen in a namespace: what was walked to, or what is mounted there. */
import {
  FileError,
  after,
  rules,
  type Attr,
  type Awaitable,
  type Change,
  type CreateSpec,
  type Created,
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
} from '../file/index.ts';
import type { Held } from './held.ts';
import { Listing, openFile } from './listing.ts';
import { noteProbe } from './loop.ts';
import type { Head, Member } from './table.ts';
import { find, firstAnswer, holderOf, makerOf, targetOf } from './union.ts';
import type { View } from './view.ts';

/** Bytes of a path: what Linux takes (PATH_MAX), and the end of a walk in a tree that holds itself. */
const LONGEST_PATH = 4096;

export class NamespaceFile implements File {
  /** A walk ends at each mount point, and goes on from there. */
  readonly stopsEarly = true;
  /** What was walked to: mounts are found by it. */
  readonly base: File;
  readonly view: View;
  /** The tree that it was found in, which stays for as long as the file is in use. */
  readonly within: Held;
  /** Bytes of the path that led here. */
  readonly #length: number;
  #owners = 1;
  /** A name that the far side has just said it does not have. */
  #missing: string | undefined;

  /** @param base - this one's from now on */
  constructor(view: View, base: File, within: Held, length = 0) {
    this.view = view;
    this.base = base;
    this.within = within.hold();
    this.#length = length;
  }

  /** What is mounted on it. */
  get head(): Head | undefined {
    return this.view.table.head(this.base);
  }

  /** The directories that are searched here, in order; of what is not mounted on, itself. */
  get members(): readonly Member[] {
    return this.head ?? [{ file: this.base, within: this.within, create: true, mount: undefined }];
  }

  /** The file that is seen: the first member of a union. */
  get seen(): File {
    return this.head?.[0].file ?? this.base;
  }

  get qid(): Qid {
    return this.seen.qid;
  }

  get tree(): object {
    return this.seen.tree;
  }

  /** A union looks after the permissions of each of its members. */
  get guarded(): boolean {
    const { head } = this;
    return (head !== undefined && head.length > 1) || this.seen.guarded === true;
  }

  get xattrs(): Xattrs | undefined {
    return this.seen.xattrs;
  }

  attr(r: Request): Awaitable<Attr> {
    return firstAnswer(this.members, r, (file, asked) => file.attr(asked));
  }

  walkAll(names: readonly string[], r: Request): Awaitable<readonly File[]> {
    const [name] = names;
    noteProbe(name, this.view);
    if (this.#length + 1 + name.length > LONGEST_PATH) {
      throw new FileError('ENAMETOOLONG', `a path of more than ${LONGEST_PATH} bytes`);
    }
    if (this.#missing === name) {
      this.#missing = undefined;
      throw new FileError('ENOENT');
    }
    return after(find(this.view.table, this.members, names, r), ({ member, files }) =>
      this.#arrive(member, names, files),
    );
  }

  open(mode: OpenMode, r: Request): Awaitable<OpenFile> {
    const { members, seen, view } = this;
    const { table } = view;
    const asItIs =
      !rules.isDirectory(seen) || !(members.length > 1 || table.touches(seen.tree) || table.pointsIn(seen));
    if (asItIs) return openFile(seen, mode, r);
    return Listing.open(() => view.table, members, mode, r);
  }

  create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Awaitable<Created> {
    return after(this.#maker(name, r), ({ file: dir, within }) => {
      if (!dir.create) throw rules.notPossible(dir);
      return after(dir.create(name, spec, mode, r), ({ file, open }) => {
        return { file: this.#child(file, within, name.length), open };
      });
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

  link(name: string, file: File, r: Request): Awaitable<void> {
    const target = file instanceof NamespaceFile ? file.seen : file;
    return after(this.#maker(name, r), ({ file: dir }) => {
      if (dir.tree !== target.tree) throw new FileError('EXDEV');
      if (!dir.link) throw rules.notPossible(dir);
      return dir.link(name, target, r);
    });
  }

  unlink(name: string, what: Removal, r: Request): Awaitable<void> {
    return after(this.#holder(name, r), (dir) => {
      if (!dir.unlink) throw rules.notPossible(dir);
      return dir.unlink(name, what, r);
    });
  }

  rename(name: string, to: File, toName: string, replace: boolean, r: Request): Awaitable<void> {
    if (!(to instanceof NamespaceFile)) throw new FileError('EXDEV');
    return after(this.#holder(name, r), (dir) =>
      after(targetOf(to.view.table, dir, to.members, toName, r), (target) => {
        if (!dir.rename) throw rules.notPossible(dir);
        return dir.rename(name, target, toName, replace, r);
      }),
    );
  }

  readlink(r: Request): Awaitable<string> {
    const { seen } = this;
    if (!seen.readlink) throw new FileError('EINVAL');
    return seen.readlink(r);
  }

  change(change: Change, r: Request): Awaitable<void> {
    const { seen } = this;
    if (!seen.change) throw rules.notPossible(seen);
    return seen.change(change, r);
  }

  statfs(r: Request): Awaitable<StatFs> {
    const { seen } = this;
    if (!seen.statfs) throw new FileError('EOPNOTSUPP');
    return seen.statfs(r);
  }

  restore(saved: SavedOpen, mode: OpenMode, r: Request): Awaitable<OpenFile> {
    const { seen } = this;
    if (!seen.restore) throw new FileError('EOPNOTSUPP');
    return seen.restore(saved, mode, r);
  }

  share(): void {
    this.#owners++;
  }

  release(): void {
    if (--this.#owners > 0) return;
    this.base.release?.();
    this.within.release();
  }

  #maker(name: string, r: Request): Awaitable<Member> {
    return makerOf(this.view.table, this.members, name, r);
  }

  #holder(name: string, r: Request): Awaitable<File> {
    return holderOf(this.view.table, this.members, name, r);
  }

  #make(name: string, r: Request, make: (dir: File) => Awaitable<File> | undefined): Awaitable<File> {
    return after(this.#maker(name, r), ({ file: dir, within }) => {
      const made = make(dir);
      if (made === undefined) throw rules.notPossible(dir);
      return after(made, (file) => this.#child(file, within, name.length));
    });
  }

  /** The files that a walk led to, as they are seen here: up to the first that is mounted on. */
  #arrive({ file, within }: Member, names: readonly string[], files: readonly File[]): readonly File[] {
    const { table } = this.view;
    const crossed = files.findIndex((found) => table.head(found) !== undefined);
    const end = crossed < 0 ? files.length : crossed + 1;
    for (const beyond of files.slice(end)) beyond.release?.();
    let length = 0;
    const seen = files.slice(0, end).map((found, i) => {
      length += 1 + names[i].length;
      return this.#child(found, within, length - 1);
    });
    // A far side that walks several names has said that the next one is not there.
    const made = table.pointsIn(file)?.has(names[0]) === true;
    const knows = file.walkAll !== undefined && file.stopsEarly !== true && !made;
    if (crossed < 0 && knows && end < names.length) seen[end - 1].#missing = names[end];
    return seen;
  }

  #child(file: File, within: Held, length: number): NamespaceFile {
    return new NamespaceFile(this.view, file, within, this.#length + 1 + length);
  }
}
