/** Who changes the mount table: mount, bind and unmount (bind(2)), by path. */
import { NEVER, unlessAborted } from '../client/abort.ts';
import {
  Chan,
  FileError,
  codeOf,
  dir,
  rules,
  text,
  type File,
  type Request,
  type User,
} from '../file/index.ts';
import { invalid } from './error.ts';
import { LONGEST_PATH, NamespaceFile, type Way } from './file.ts';
import { MCREATE, MORDER, MREPL } from './flags.ts';
import { Held } from './held.ts';
import { leadsTo } from './loop.ts';
import { DEADLINE, Mount, type Need } from './mount.ts';
import { Table, mountsOf, type Member } from './table.ts';
import type { View } from './view.ts';

/** What is asked for, besides what and where. */
export interface Wish extends Pick<Mount, 'verb' | 'from' | 'flags' | 'aname'> {
  /** Default: those of the tree that is bound, or of all mounts. */
  readonly deadline: number | undefined;
  readonly policy: Mount['policy'] | undefined;
}

/** A tree to be mounted, and what to do when it is not needed any more. */
export interface Owned {
  readonly file: File;
  readonly giveUp: () => void;
}

/** Where something is to be mounted: on a file that is there, or on one that has yet to be made for it. */
interface Point {
  readonly path: string;
  readonly file: NamespaceFile;
  /** What is mounted on; if names are missing, the directory in which they are made. */
  readonly on: File;
  /** The names below that are missing: only in the namespace's own tree. */
  readonly missing: readonly string[];
  readonly needs: readonly Need[];
}

export class Binder {
  readonly view: View & { table: Table };
  /** Lives as long as the Binder. */
  readonly root: NamespaceFile;
  readonly #user: User;
  readonly #top: Chan;

  /** @param held - keeps the tree at '/', whose root is `base` */
  constructor(base: File, held: Held, table: Table, user: User) {
    this.view = { root: held, table };
    this.#user = user;
    this.root = new NamespaceFile(this.view, base, held);
    this.#top = Chan.attach(this.root, { borrowed: true });
  }

  request(signal: AbortSignal = NEVER): Request {
    return { user: this.#user, aname: '', signal };
  }

  /** Mounts what `open` gives. The mount point is looked for first: nobody is dialled in vain. */
  async mount(names: readonly string[], wish: Wish, open: () => Promise<Owned>, r: Request): Promise<void> {
    const point = await this.#point(names, r);
    try {
      const { file, giveUp } = await unlessAborted(r.signal, open, (late) => late.giveUp());
      const mount = newMount(wish, point, []);
      try {
        await file.admit?.(r);
        await this.#refuseLoop(file, mount, r);
      } catch (error) {
        giveUp();
        throw error;
      }
      this.#add(point, mount, [
        { file, within: this.#keep(point, mount, giveUp), create: creates(mount), mount },
      ]);
    } finally {
      point.file.release();
    }
  }

  /** Makes what is seen at one path visible at another: of a union all members. */
  async bind(from: readonly string[], names: readonly string[], wish: Wish, r: Request): Promise<void> {
    const source = await this.find(from, r);
    try {
      const point = await this.#point(names, r);
      try {
        const { members } = source;
        const { mount: tree } = members[0].within;
        const { deadline = tree?.deadline, policy = tree?.policy } = wish;
        const needs = [...this.#needsOf(source.way), ...mountsOf(members).map((mount) => ({ mount }))];
        const mount = newMount({ ...wish, deadline, policy }, point, needs);
        const copies = members.map(({ file, within }): Member => {
          source.share();
          within.hold();
          const giveUp = (): void => {
            within.release();
            source.release();
          };
          return { file, within: this.#keep(point, within.mount, giveUp), create: creates(mount), mount };
        });
        this.#add(point, mount, copies);
      } finally {
        point.file.release();
      }
    } finally {
      source.release();
    }
  }

  /** Takes away what was mounted at a path, as far as `which` is true; EINVAL if there is nothing like that. */
  async unmount(
    names: readonly string[],
    which: (member: Member, mount: Mount) => boolean,
    r: Request,
  ): Promise<void> {
    const at = await this.find(names, r);
    try {
      if (!at.head) throw invalid('nothing is mounted there');
      const spot = { on: at.base, old: pathOf(names), needs: this.#needsOf(at.way) };
      if (!this.#change().remove(spot, which)) throw invalid('that is not mounted there');
    } finally {
      at.release();
    }
  }

  /** The file at a path, whatever is mounted on it. Whoever asks releases it. */
  async find(names: readonly string[], r: Request): Promise<NamespaceFile> {
    const { chan, error } = await this.#top.walk(names, r);
    if (!chan) throw error;
    return taken(chan, r);
  }

  /** Unmounts everything. What is in use stays until it is closed. */
  clear(): void {
    this.view.table.release();
    this.view.table = new Table();
  }

  close(): void {
    this.view.table.release();
    this.view.table = new Table();
    this.root.release();
  }

  #change(): Table {
    return (this.view.table = this.view.table.own());
  }

  /** A mount point that is not there is made, but in a tree that was mounted: that is not ours. */
  async #point(names: readonly string[], r: Request): Promise<Point> {
    const path = pathOf(names);
    const { chan, files, error } = await this.#top.walk(names, r);
    if (chan) {
      const file = taken(chan, r);
      return { path, file, on: file.base, missing: [], needs: this.#needsOf(file.way, true) };
    }
    if (codeOf(error) !== 'ENOENT') throw error;
    const missing = names.slice(files.length);
    checkPoint(path, missing);
    const file = await this.find(names.slice(0, files.length), r);
    const own = file.members.find(({ within }) => !within.mount);
    if (own && rules.isDirectory(own.file)) {
      const needs = [...(own.mount ? [{ mount: own.mount }] : []), ...this.#needsOf(file.way, true)];
      return { path, file, on: own.file, missing, needs };
    }
    file.release();
    const absent = pathOf(names.slice(0, files.length + 1));
    const advice = 'in a tree that was mounted: make it first, or mount elsewhere';
    throw new FileError('ENOENT', `${absent} is not there, ${advice}`);
  }

  async #refuseLoop(file: File, mount: Mount, r: Request): Promise<void> {
    const loops = rules.isDirectory(file)
      ? await mount.ask(r, (limited) => leadsTo(this.view, file, limited, rules.lookup))
      : this.#shows(file);
    if (!loops) return;
    throw new FileError(
      'ELOOP',
      `${mount.from ?? 'the tree'} leads back to this namespace: it would never end`,
    );
  }

  /** Whether a file, which has no names to ask for, is one of this namespace, or of one that shows it. */
  #shows(file: File): boolean {
    return file instanceof NamespaceFile && (file.view === this.view || this.#shows(file.seen));
  }

  /** @param mends - what is missing of the path is made then: mount points do not matter, but beside other things */
  #needsOf(way: Way | undefined, mends = false): readonly Need[] {
    const needs: Need[] = [];
    for (let at = way; at; at = at.before) {
      const { through } = at;
      const made = 'point' in through;
      const mount = made ? this.view.table.makerOf(through.point) : through.mount;
      // None, if the mount point has vanished since.
      if (mount) needs.push({ mount, ...(made && mends && { beside: through.beside }) });
    }
    return needs;
  }

  /** What is mounted on stays the same file for as long as something is: the members keep it. */
  #keep({ file }: Point, mount: Mount | undefined, giveUp: () => void): Held {
    file.share();
    return new Held(mount, () => {
      giveUp();
      file.release();
    });
  }

  /** Members that cannot be added are given up. */
  #add(point: Point, mount: Mount, members: readonly Member[]): void {
    const isDir = rules.isDirectory(members[0].file);
    const table = this.#change();
    try {
      const on = made(table, point, isDir);
      refuseMismatch(isDir, on, mount);
      const self = (): Member => {
        const within = this.#keep(point, point.file.within.mount, () => undefined);
        return { file: on, within, create: false, mount: undefined };
      };
      table.add(on, self, mount, members);
    } catch (error) {
      table.prune();
      for (const { within } of members) within.release();
      throw error;
    }
  }
}

function newMount(wish: Wish, { path, needs }: Point, sources: readonly Need[]): Mount {
  const { deadline = DEADLINE, policy = 'skip' } = wish;
  return new Mount({ ...wish, deadline, policy, old: path, needs: [...sources, ...needs] });
}

function creates({ flags }: Mount): boolean {
  return (flags & MCREATE) !== 0;
}

/** The mount point; what is missing of it is made, unless somebody was quicker. */
function made(table: Table, { on, missing }: Point, isDir: boolean): File {
  let at = on;
  missing.forEach((name, i) => {
    let point = table.pointsIn(at)?.get(name);
    if (!point) {
      point = isDir || i < missing.length - 1 ? dir({}) : text('');
      table.addPoint(at, name, point);
    }
    at = point;
  });
  return at;
}

function refuseMismatch(isDir: boolean, on: File, { flags }: Mount): void {
  if (isDir !== rules.isDirectory(on)) {
    const [what, where] = isDir ? ['a directory', 'a file'] : ['a file', 'a directory'];
    throw new FileError('ENOTDIR', `${what} cannot take the place of ${where}`);
  }
  if (!isDir && (flags & MORDER) !== MREPL) {
    throw new FileError('ENOTDIR', 'only directories make a union: a file can but replace another');
  }
}

/** A mount point that is to be made must be one that can be walked to. */
function checkPoint(path: string, missing: readonly string[]): void {
  missing.forEach(rules.checkName);
  if (path.length > LONGEST_PATH)
    throw new FileError('ENAMETOOLONG', `a path of more than ${LONGEST_PATH} bytes`);
}

function pathOf(names: readonly string[]): string {
  return `/${names.join('/')}`;
}

/** The file that a Chan leads to, without the Chan. */
function taken(chan: Chan, r: Request): NamespaceFile {
  const file = chan.file as NamespaceFile;
  file.share();
  void chan.close('clunk', r);
  return file;
}
