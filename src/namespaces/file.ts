/** A file as it is seen in a namespace: what was walked to, or what is mounted there. */
import {
  Chan,
  FileError,
  after,
  openWith,
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
import { lastly, type Held } from './held.ts';
import { Listing, openFile } from './listing.ts';
import { noteProbe } from './loop.ts';
import type { Mount } from './mount.ts';
import { mountsOf, type Head, type Member, type Table } from './table.ts';
import { find, firstAnswer, holderOf, makerOf, targetOf } from './union.ts';
import type { View } from './view.ts';

/** Bytes of a path: what Linux takes (PATH_MAX), and the end of a walk in a tree that holds itself. */
export const LONGEST_PATH = 4096;

/** Namespaces that may be mounted in each other in this process: a walk asks all of them, one within the other. */
const DEEPEST = 32;

/** What a path led through, the last first: what was mounted, and mount points that were made. */
export interface Way {
  readonly through: { readonly mount: Mount } | MadePoint;
  readonly before: Way | undefined;
}

interface MadePoint {
  readonly point: File;
  /** What is mounted where it was found: there the name may be another file's, too. */
  readonly beside: readonly Mount[];
}

export class NamespaceFile implements File {
  /** A walk ends at each mount point, and goes on from there. */
  readonly stopsEarly = true;
  /** What was walked to: mounts are found by it. */
  readonly base: File;
  readonly view: View;
  /** The tree that it was found in, which stays for as long as the file is in use. */
  readonly within: Held;
  readonly way: Way | undefined;
  /** Bytes of the path that led here; 0 for the root, which its tree's Held looks after. */
  readonly #length: number;
  /** The namespaces that this one's files are seen through. */
  readonly #depth: number;
  #owners = 1;
  /** A name that the far side has just said it does not have. */
  #missing: string | undefined;

  /** @param base - this one's from now on, unless it is the root */
  constructor(view: View, base: File, within: Held, length = 0, way?: Way) {
    this.view = view;
    this.base = base;
    this.within = within.hold();
    this.way = way;
    this.#length = length;
    this.#depth = base instanceof NamespaceFile ? base.#depth + 1 : 0;
  }

  /** What is mounted on it. */
  get head(): Head | undefined {
    return this.view.table.head(behind(this.base));
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
    return behind(this).qid;
  }

  get tree(): object {
    return behind(this).tree;
  }

  /** A union looks after the permissions of each of its members. */
  get guarded(): boolean {
    return this.#isUnion || this.seen.guarded === true;
  }

  get xattrs(): Xattrs | undefined {
    const { seen } = this;
    if (!this.#isUnion || !seen.xattrs) return seen.xattrs;
    const chan = chanOf(seen);
    return {
      list: (r) => after(chan.xattrs('list', r), (xattrs) => xattrs.list(r)),
      get: (name, r) => after(chan.xattrs('read', r), (xattrs) => xattrs.get(name, r)),
      set: (name, value, how, r) =>
        after(chan.xattrs('write', r), (xattrs) => xattrs.set(name, value, how, r)),
      remove: (name, r) => after(chan.xattrs('write', r), (xattrs) => xattrs.remove(name, r)),
    };
  }

  attr(r: Request): Awaitable<Attr> {
    return this.#during(() => firstAnswer(this.members, r, (file, asked) => file.attr(asked)));
  }

  walkAll(names: readonly string[], r: Request): Awaitable<readonly File[]> {
    const [name] = names;
    noteProbe(name, this.view);
    if (this.#length + 1 + name.length > LONGEST_PATH) {
      throw new FileError('ENAMETOOLONG', `a path of more than ${LONGEST_PATH} bytes`);
    }
    if (this.#depth > DEEPEST) {
      throw new FileError('ELOOP', `more than ${DEEPEST} namespaces, mounted in each other`);
    }
    if (this.#missing === name) {
      this.#missing = undefined;
      throw new FileError('ENOENT');
    }
    return this.#during((table) =>
      after(find(table, this.members, names, r), ({ member, files }) =>
        this.#arrive(table, member, names, files),
      ),
    );
  }

  open(mode: OpenMode, r: Request): Awaitable<OpenFile> {
    return this.#during((table) => {
      const { head, members, seen, view } = this;
      if (!rules.isDirectory(seen)) return head ? this.#openMounted(head, mode, r) : openFile(seen, mode, r);
      if (!head && !table.touches(seen.tree)) return openFile(seen, mode, r);
      return Listing.open(() => view.table, members, mode, r);
    });
  }

  create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Awaitable<Created> {
    return this.#inMaker(name, r, (member) => {
      const { file: dir } = member;
      if (!dir.create) throw rules.notPossible(dir);
      return after(dir.create(name, spec, mode, r), ({ file, open }) => {
        return { file: this.#child(member, file, name), open };
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
    return this.#inMaker(name, r, ({ file: dir }) => {
      if (dir.tree !== target.tree) throw new FileError('EXDEV');
      if (!dir.link) throw rules.notPossible(dir);
      return dir.link(name, target, r);
    });
  }

  unlink(name: string, what: Removal, r: Request): Awaitable<void> {
    return this.#inHolder(name, r, (dir) => {
      if (!dir.unlink) throw rules.notPossible(dir);
      return dir.unlink(name, what, r);
    });
  }

  rename(name: string, to: File, toName: string, replace: boolean, r: Request): Awaitable<void> {
    if (!(to instanceof NamespaceFile)) throw new FileError('EXDEV');
    return this.#inHolder(name, r, (dir, table) =>
      after(targetOf(table, dir, to.members, toName, replace, r), (target) => {
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
    if (this.#isUnion) return chanOf(seen).change(change, r);
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
    if (this.#length > 0) this.base.release?.();
    this.within.release();
  }

  get #isUnion(): boolean {
    const { head } = this;
    return head !== undefined && head.length > 1;
  }

  /** Works with what is mounted here now: if it is unmounted meanwhile, it stays until the work is done. */
  #during<T>(work: (table: Table) => Awaitable<T>): Awaitable<T> {
    const { table } = this.view;
    if (!this.head) return work(table);
    table.share();
    return lastly(
      () => work(table),
      () => table.release(),
    );
  }

  /** A file that is mounted stays for as long as it is open. */
  #openMounted([{ file, within }]: Head, mode: OpenMode, r: Request): Awaitable<OpenFile> {
    return after(openFile(file, mode, r), (open) => {
      within.hold();
      const close: OpenFile['close'] = (reason, asked) =>
        lastly(
          () => open.close?.(reason, asked),
          () => within.release(),
        );
      return openWith(open, { close });
    });
  }

  #inMaker<T>(name: string, r: Request, work: (member: Member) => Awaitable<T>): Awaitable<T> {
    return this.#during((table) => after(makerOf(table, this.members, name, r), work));
  }

  #inHolder<T>(name: string, r: Request, work: (dir: File, table: Table) => Awaitable<T>): Awaitable<T> {
    return this.#during((table) => after(holderOf(table, this.members, name, r), (dir) => work(dir, table)));
  }

  #make(name: string, r: Request, make: (dir: File) => Awaitable<File> | undefined): Awaitable<File> {
    return this.#inMaker(name, r, (member) => {
      const made = make(member.file);
      if (made === undefined) throw rules.notPossible(member.file);
      return after(made, (file) => this.#child(member, file, name));
    });
  }

  /** The files that a walk led to, as they are seen here: up to the first that is mounted on. */
  #arrive(table: Table, member: Member, names: readonly string[], files: readonly File[]): readonly File[] {
    const crossed = files.findIndex((found) => table.head(found) !== undefined);
    const end = crossed < 0 ? files.length : crossed + 1;
    for (const beyond of files.slice(end)) beyond.release?.();
    const way = this.#wayTo(member, names[0]);
    let length = this.#length;
    const seen = files.slice(0, end).map((found, i) => {
      length += 1 + names[i].length;
      return new NamespaceFile(this.view, found, member.within, length, way);
    });
    if (crossed < 0 && saidAll(table, member.file, names, files)) seen[end - 1].#missing = names[end];
    return seen;
  }

  /** A file that was made just now. */
  #child(member: Member, file: File, name: string): NamespaceFile {
    const way = this.#wayTo(member, name);
    return new NamespaceFile(this.view, file, member.within, this.#length + 1 + name.length, way);
  }

  #wayTo({ file, mount }: Member, name: string): Way | undefined {
    const { way: before } = this;
    const way = mount ? { through: { mount }, before } : before;
    const point = this.view.table.pointsIn(file)?.get(name);
    return point ? { through: { point, beside: mountsOf(this.members) }, before: way } : way;
  }
}

/** The file that is seen, through however many namespaces. Each of them is asked once: there may be many. */
function behind(file: File): File {
  if (!(file instanceof NamespaceFile)) return file;
  const base = behind(file.base);
  const head = file.view.table.head(base);
  return head ? behind(head[0].file) : base;
}

/** Whether a far side that walks several names has said that the next one is not there. */
function saidAll(table: Table, dir: File, names: readonly string[], files: readonly File[]): boolean {
  const next = names[files.length];
  if (next === undefined || dir.walkAll === undefined || dir.stopsEarly === true) return false;
  const isMade = (on: File | undefined, name: string): boolean =>
    on !== undefined && table.pointsIn(on)?.has(name) === true;
  return !isMade(dir, names[0]) && !isMade(files.at(-1), next);
}

/** Holds the rules for a member of a union. */
function chanOf(file: File): Chan {
  return Chan.attach(file, { borrowed: true });
}
