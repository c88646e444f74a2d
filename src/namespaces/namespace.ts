/** A namespace: the world of one program, made of trees that are mounted and bound over each other (bind(2)). */
import {
  Fid,
  type CreateOptions,
  type FidEntry,
  type FileStat,
  type Limits,
  type ListOptions,
  type MakeDirOptions,
  type Mode,
  type RenameOptions,
  type StreamOptions,
  type WriteFileOptions,
} from '../client/index.ts';
import { FileError, dir, rules, sameFile, type Change, type File, type User } from '../file/index.ts';
import { Binder, type Owned, type Wish } from './binder.ts';
import { MountError, invalid } from './error.ts';
import { MREPL, areFlags } from './flags.ts';
import { namespaceFs, type NamespaceFs } from './fs/fs.ts';
import { Held } from './held.ts';
import { DEADLINE, type Mount, type Policy } from './mount.ts';
import { absolute, namesOf } from './path.ts';
import { printTable } from './print.ts';
import { statusOf, type MountStatus } from './status.ts';
import { Table, type Member } from './table.ts';

/** What a mount asks of whoever dials. */
export interface DialWish {
  readonly user: User;
  readonly aname?: string;
  /** Milliseconds that a call may wait for a lost connection to come back. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

/** How an address becomes a File: `dial` of the package's front, or a program's own. */
export type Dial = (url: string, options: DialWish) => Promise<File>;

export interface NamespaceOptions {
  /**
   * The tree at '/', released with the namespace and its forks; by default empty directories of the usual names: /dev,
   * /mnt, /n, /net, /srv and /tmp. A mount point that it lacks is made as something is mounted there.
   */
  readonly root?: File;
  /** As whom the namespace is used, and trees are mounted. Default: the user who runs this process. */
  readonly user?: User;
  /** Without it, only Files can be mounted. */
  readonly dial?: Dial;
}

export interface MountOptions {
  /** The tree that is asked for (attach(5)); default '', the server's own choice. */
  readonly aname?: string;
  /** Milliseconds that the tree has to answer a walk or a stat, in a union also an open; default 10,000. */
  readonly deadline?: number;
  /** What a union does when this member fails: go on without it (the default), or fail. `status` tells. */
  readonly policy?: Policy;
  /** Aborted when the mount is not wanted any more, before it is made. */
  readonly signal?: AbortSignal;
}

export type BindOptions = Omit<MountOptions, 'aname'>;

const SELF: User = {
  name: 'nobody',
  uid: globalThis.process?.geteuid?.(),
  gid: globalThis.process?.getegid?.(),
  serves: true,
};

const USUAL = ['dev', 'mnt', 'n', 'net', 'srv', 'tmp'];

/**
 * Trees as one: mounted and bound over each other, private to whoever has the namespace until it is shared or served.
 *
 * A path is absolute, or one from {@link cwd}. The calls on files are those of a {@link Fid}, and fail as those do; a
 * mount that fails is a {@link MountError}, and changes nothing.
 *
 * @example
 * const world = newNamespace();
 * await world.mount('tcp://127.0.0.1:5640', '/n/box', MCREATE);
 * await world.bind('/n/box/bin', '/bin', MAFTER);
 * await world.readText('/bin/README');
 */
export class Namespace implements AsyncDisposable {
  protected readonly options: NamespaceOptions;
  readonly #base: File;
  readonly #held: Held;
  readonly #binder: Binder;
  readonly #top: Fid;
  #cwd = '/';
  #fs: NamespaceFs | undefined;
  #closed = false;

  constructor(options: NamespaceOptions = {}, parent?: Namespace) {
    this.options = options;
    this.#base = parent
      ? parent.#base
      : (options.root ?? dir(Object.fromEntries(USUAL.map((name) => [name, dir({})]))));
    this.#held = parent ? parent.#held.hold() : new Held(undefined, () => options.root?.release?.());
    const table = parent ? parent.#binder.view.table.share() : new Table();
    this.#binder = new Binder(this.#base, this.#held, table, this.user);
    this.#top = this.root();
    this.#cwd = parent?.cwd ?? '/';
  }

  /** As whom the namespace is used. */
  get user(): User {
    return this.options.user ?? SELF;
  }

  /** Where relative paths begin. */
  get cwd(): string {
    return this.#cwd;
  }

  /** The namespace in the shape of `node:fs/promises`, for what takes an `fs`. Links are followed in it. */
  get fs(): NamespaceFs {
    this.#fs ??= namespaceFs(this);
    return this.#fs;
  }

  /** How many mounts and binds there are. */
  get mounts(): number {
    return this.#binder.view.table.mounts.length;
  }

  /**
   * Attaches a tree at `old`: one of this process, or what an address leads to. A File that can be shared stays the
   * caller's as well. A path that is missing is made, unless that would be in a tree that is mounted.
   *
   * @param flags - {@link MREPL}, {@link MBEFORE} or {@link MAFTER}, with {@link MCREATE} if new files may be made in it
   * @throws MountError: EINVAL for bad flags, ENOENT, ENOTDIR, ELOOP for a tree that leads back to this namespace, or
   * whatever dialling fails with.
   */
  async mount(what: File | string, old: string, flags = MREPL, options: MountOptions = {}): Promise<void> {
    const from = typeof what === 'string' ? what : undefined;
    const names = namesOf(this.#cwd, old);
    const { aname = '', signal } = options;
    const mount = async (): Promise<void> => {
      const open = () => this.#open(what, aname, options);
      const wish = wishFor('mount', from, flags, options, aname);
      await this.#binder.mount(names, wish, open, this.#binder.request(signal));
    };
    await this.#try('mount', `mount ${from ?? 'a tree'} on ${old}`, names, mount, signal);
  }

  /** Makes what is at the path `from` visible at `old` as well. */
  async bind(from: string, old: string, flags = MREPL, options: BindOptions = {}): Promise<void> {
    const source = namesOf(this.#cwd, from);
    const names = namesOf(this.#cwd, old);
    const { signal } = options;
    const bind = async (): Promise<void> => {
      const wish = wishFor('bind', `/${source.join('/')}`, flags, options, '');
      await this.#binder.bind(source, names, wish, this.#binder.request(signal));
    };
    await this.#try('bind', `bind ${from} on ${old}`, names, bind, signal);
  }

  /**
   * Undoes what was mounted on `old`: all of it, or what came from the address or the path `from`. Files that are open
   * stay so.
   *
   * @throws MountError of code EINVAL if that is not mounted.
   */
  async unmount(old: string): Promise<void>;
  async unmount(from: string, old: string): Promise<void>;
  async unmount(first: string, second?: string): Promise<void> {
    const [from, old] = second === undefined ? [undefined, first] : [first, second];
    const names = namesOf(this.#cwd, old);
    const what = from === undefined ? old : `${from} from ${old}`;
    await this.#try('unmount', `unmount ${what}`, names, async () => {
      const which = from === undefined ? () => true : await this.#mountedFrom(from);
      await this.#binder.unmount(names, which, this.#binder.request());
    });
  }

  /** A namespace of its own that begins as this one is now: what either mounts from now on is not seen by the other. */
  fork(): Namespace {
    return new Namespace(this.options, this);
  }

  /** Unmounts everything. */
  clear(): void {
    this.#binder.clear();
    this.#cwd = '/';
  }

  async cd(path: string): Promise<void> {
    const names = namesOf(this.#cwd, path);
    await this.#try('cd', `cd to ${path}`, names, async () => {
      const file = await this.#binder.find(names, this.#binder.request());
      const isDir = rules.isDirectory(file);
      file.release();
      if (!isDir) throw new FileError('ENOTDIR');
      this.#cwd = `/${names.join('/')}`;
    });
  }

  /** The commands that make this namespace again, a line each (namespace(6)). */
  print(): string {
    return printTable(this.#binder.view.table, this.#cwd);
  }

  /** How the mounts fare, in the order in which they were made. */
  status(): readonly MountStatus[] {
    return statusOf(this.#binder.view.table);
  }

  /**
   * The namespace as a File: to be served, mounted elsewhere, exported. What is mounted later is seen in it. Whoever
   * asks releases it.
   */
  file(): File {
    this.#binder.root.share();
    return this.#binder.root;
  }

  /** The same for what is at a path: nothing above it can be reached from there. */
  async fileAt(path: string): Promise<File> {
    return this.#binder.find(namesOf(this.#cwd, path), this.#binder.request());
  }

  /** A Fid for '/'. To be closed. */
  root(): Fid {
    return new Fid(this.file(), { user: this.user });
  }

  walk(path: string, limits?: Limits): Promise<Fid> {
    return this.#top.walk(this.#at(path), limits);
  }

  async open(path: string, mode: Mode = 'r', limits?: Limits): Promise<Fid> {
    const fid = await this.walk(path, limits);
    try {
      return await fid.open(mode, limits);
    } catch (error) {
      await fid.close();
      throw error;
    }
  }

  create(path: string, options?: CreateOptions): Promise<Fid> {
    return this.#top.create(this.#at(path), options);
  }

  stat(path: string, limits?: Limits): Promise<FileStat> {
    return this.#top.stat(this.#at(path), limits);
  }

  change(path: string, change: Change, limits?: Limits): Promise<void> {
    return this.#top.change(this.#at(path), change, limits);
  }

  list(path: string, options: Omit<ListOptions, 'path'> = {}): AsyncGenerator<FidEntry> {
    return this.#top.list({ ...options, path: this.#at(path) });
  }

  stream(path: string, options: Omit<StreamOptions, 'path'> = {}): AsyncGenerator<Uint8Array> {
    return this.#top.stream({ ...options, path: this.#at(path) });
  }

  lines(path: string, limits?: Limits): AsyncGenerator<string> {
    return this.#top.lines(this.#at(path), limits);
  }

  readFile(path: string, limits?: Limits): Promise<Uint8Array> {
    return this.#top.readFile(this.#at(path), limits);
  }

  readText(path: string, limits?: Limits): Promise<string> {
    return this.#top.readText(this.#at(path), limits);
  }

  /** Makes the data the file's content; a file that is not there is made. */
  writeFile(path: string, data: Uint8Array | string, options?: WriteFileOptions): Promise<void> {
    return this.#top.writeFile(this.#at(path), data, options);
  }

  mkdir(path: string, options?: MakeDirOptions): Promise<void> {
    return this.#top.mkdir(this.#at(path), options);
  }

  mkdirAll(path: string, options?: MakeDirOptions): Promise<void> {
    return this.#top.mkdirAll(this.#at(path), options);
  }

  remove(path: string, limits?: Limits): Promise<void> {
    return this.#top.remove(this.#at(path), limits);
  }

  removeAll(path: string, limits?: Limits): Promise<void> {
    return this.#top.removeAll(this.#at(path), limits);
  }

  rename(from: string, to: string, options?: RenameOptions): Promise<void> {
    return this.#top.rename(this.#at(from), this.#at(to), options);
  }

  symlink(path: string, target: string, limits?: Limits): Promise<void> {
    return this.#top.symlink(this.#at(path), target, limits);
  }

  readlink(path: string, limits?: Limits): Promise<string> {
    return this.#top.readlink(this.#at(path), limits);
  }

  /** Makes another name for a file of the same tree. */
  link(path: string, existing: string, limits?: Limits): Promise<void> {
    return this.#top.link(this.#at(path), this.#at(existing), limits);
  }

  /** Releases what is mounted. Files that are open stay so until they are closed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#top.close();
    this.#binder.close();
    this.#held.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #at(path: string): string {
    return absolute(this.#cwd, path);
  }

  async #open(what: File | string, aname: string, wanted: MountOptions): Promise<Owned> {
    if (typeof what !== 'string') {
      if (aname !== '') throw invalid('a file of this process has no aname: the file itself is mounted');
      what.share?.();
      return { file: what, giveUp: () => what.share && what.release?.() };
    }
    const { dial } = this.options;
    if (!dial) throw new FileError('EOPNOTSUPP', 'this namespace was made without a way to dial addresses');
    const { deadline = DEADLINE, signal } = wanted;
    const asked = { user: this.user, deadline, signal, ...(aname !== '' && { aname }) };
    const file = await dial(what, asked);
    return { file, giveUp: () => file.release?.() };
  }

  /** What came from there: an address or a path as it was given, or the file that is at the path now. */
  async #mountedFrom(from: string): Promise<(member: Member, mount: Mount) => boolean> {
    const path = this.#at(from);
    const there = await this.fileAt(path).catch(() => undefined);
    const seen = there && { qid: there.qid, tree: there.tree };
    there?.release?.();
    return ({ file }, mount) =>
      mount.from === from ||
      (mount.verb === 'bind' && mount.from === path) ||
      (seen !== undefined && sameFile(file, seen as File));
  }

  async #try(
    op: MountError['op'],
    what: string,
    names: readonly string[],
    work: () => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      throw new MountError(op, what, `/${names.join('/')}`, error);
    }
  }
}

function wishFor(
  verb: Wish['verb'],
  from: string | undefined,
  flags: number,
  { deadline, policy }: MountOptions,
  aname: string,
): Wish {
  if (!areFlags(flags)) {
    throw invalid(
      `${flags} are no flags: MREPL, MBEFORE or MAFTER, with MCREATE and MCACHE if need be, were expected`,
    );
  }
  return { verb, from, flags, aname, deadline, policy };
}
