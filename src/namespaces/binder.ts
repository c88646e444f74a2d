/** Who changes the mount table: mount, bind and unmount (bind(2)), by path. */
import { NEVER } from '../client/abort.ts';
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
import { NamespaceFile } from './file.ts';
import { MCREATE } from './flags.ts';
import { Held } from './held.ts';
import { leadsTo } from './loop.ts';
import { Mount } from './mount.ts';
import { Table, type Member } from './table.ts';
import type { View } from './view.ts';

/** What is asked for, besides what and where. */
export type Wish = Pick<Mount, 'verb' | 'from' | 'flags' | 'aname' | 'deadline' | 'policy'>;

/** A tree to be mounted, and what to do when it is not needed any more. */
export interface Owned {
  readonly file: File;
  readonly giveUp: () => void;
}

/** Where something is to be mounted: on a file that is there, or on one that has yet to be made for it. */
interface Point {
  readonly path: string;
  readonly file: NamespaceFile;
  /** The names below the file that are missing: only in the namespace's own tree. */
  readonly missing: readonly string[];
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
      const { file, giveUp } = await open();
      try {
        await this.#refuseLoop(file, wish, r);
        this.#add(point, wish, [file], (mount) => [
          { file, within: this.#keep(point, mount, giveUp), create: false, mount },
        ]);
      } catch (error) {
        giveUp();
        throw error;
      }
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
        const files = source.members.map(({ file }) => file);
        this.#add(point, wish, files, (mount) =>
          source.members.map(({ file, within }) => {
            source.share();
            within.hold();
            const giveUp = (): void => {
              within.release();
              source.release();
            };
            return { file, within: this.#keep(point, within.mount, giveUp), create: false, mount };
          }),
        );
      } finally {
        point.file.release();
      }
    } finally {
      source.release();
    }
  }

  /** Takes away those members at a path for which `which` is true; EINVAL, in other words, if there are none. */
  async unmount(names: readonly string[], which: (member: Member) => boolean, r: Request): Promise<void> {
    const on = await this.find(names, r);
    try {
      if (!on.head) throw invalid('nothing is mounted there');
      if (!on.head.some(which)) throw invalid('that is not mounted there');
      const table = this.#change();
      table.remove(on.base, which);
      table.prune();
    } finally {
      on.release();
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
    const path = `/${names.join('/')}`;
    const { chan, files, error } = await this.#top.walk(names, r);
    if (chan) return { path, file: taken(chan, r), missing: [] };
    if (codeOf(error) !== 'ENOENT') throw error;
    const found = names.slice(0, files.length);
    const missing = names.slice(files.length);
    const file = await this.find(found, r);
    const own =
      file.within === this.view.root && (file.head ?? [{ mount: undefined }]).some(({ mount }) => !mount);
    if (own && rules.isDirectory(file.base)) return { path, file, missing };
    file.release();
    const text_ = `/${[...found, missing[0]].join('/')} is not there, in a tree that was mounted: make it first, or mount elsewhere`;
    throw new FileError('ENOENT', text_);
  }

  async #refuseLoop(file: File, { from }: Wish, r: Request): Promise<void> {
    if (!rules.isDirectory(file) || !(await leadsTo(this.view, file, r, rules.lookup))) return;
    throw new FileError('ELOOP', `${from ?? 'the tree'} leads back to this namespace: it would never end`);
  }

  /** What is mounted on stays the same file for as long as something is: the members keep it. */
  #keep({ file }: Point, mount: Mount | undefined, giveUp: () => void): Held {
    file.share();
    return new Held(mount, () => {
      giveUp();
      file.release();
    });
  }

  #add(point: Point, wish: Wish, [first]: readonly File[], make: (mount: Mount) => readonly Member[]): void {
    const isDir = rules.isDirectory(first);
    if (point.missing.length === 0 && isDir !== rules.isDirectory(point.file.base)) {
      const [what, on] = isDir ? ['a directory', 'a file'] : ['a file', 'a directory'];
      throw new FileError('ENOTDIR', `${what} cannot take the place of ${on}`);
    }
    const mount = new Mount({ ...wish, old: point.path });
    const create = (wish.flags & MCREATE) !== 0;
    const members = make(mount).map((member) => ({ ...member, create }));
    const table = this.#change();
    const on = this.#made(table, point, isDir);
    const self = (): Member => ({
      file: on,
      within: this.#keep(point, point.file.within.mount, () => undefined),
      create: false,
      mount: undefined,
    });
    table.add(on, self, members, wish.flags);
    table.prune();
  }

  #made(table: Table, { file, missing }: Point, isDir: boolean): File {
    let on = file.base;
    missing.forEach((name, i) => {
      const point = isDir || i < missing.length - 1 ? dir({}) : text('');
      table.addPoint(on, name, point);
      on = point;
    });
    return on;
  }
}

/** The file that a Chan leads to, without the Chan. */
function taken(chan: Chan, r: Request): NamespaceFile {
  const file = chan.file as NamespaceFile;
  file.share();
  void chan.close('clunk', r);
  return file;
}
