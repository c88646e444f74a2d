import {
  FileError,
  type CreateSpec,
  type Created,
  type Entry,
  type File,
  type NodeSpec,
  type OpenFile,
  type OpenMode,
  type Removal,
  type Request,
  type User,
} from '../../file/index.ts';
import { RamFile, RamSpecial, RamSymlink } from './data.ts';
import { RamNode, type RamTree } from './node.ts';
import { NAME_COST } from './quota.ts';

const SETGID = 0o2000;

interface Link {
  readonly node: RamNode;
  /** Counts up, so that a listing can go on after it whatever was removed. */
  readonly cookie: bigint;
}

export class RamDir extends RamNode {
  readonly #links = new Map<string, Link>();
  #lastCookie = 0n;
  /** The directory that this one is in; itself for the root. */
  #parent: RamDir;

  constructor(tree: RamTree, spec: CreateSpec, creator: User | undefined, parent?: RamDir) {
    super(tree, 'dir', spec, creator);
    this.#parent = parent ?? this;
    this.attributes.nlink = 2;
  }

  get empty(): boolean {
    return this.#links.size === 0;
  }

  walk(name: string): RamNode | undefined {
    return this.#links.get(name)?.node;
  }

  open(): OpenFile {
    return {
      prompt: true,
      list: (cookie) => this.#list(cookie),
    };
  }

  create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Created {
    const file = this.#add(name, r, () => new RamFile(this.tree, this.#inherited(spec), r.user));
    return { file, open: file.open(mode, r) };
  }

  mkdir(name: string, spec: CreateSpec, r: Request): RamDir {
    // A set-group-id directory hands that bit on to the directories in it (inode(7)).
    const inherited = this.#inherited({ ...spec, mode: spec.mode | (this.attributes.mode & SETGID) });
    const made = this.#add(name, r, () => new RamDir(this.tree, inherited, r.user, this));
    this.attributes.nlink++;
    return made;
  }

  symlink(name: string, target: string, spec: CreateSpec, r: Request): RamSymlink {
    const whole = { ...this.#inherited(spec), mode: 0o777 };
    return this.#add(name, r, () => new RamSymlink(this.tree, target, whole, r.user));
  }

  mknod(name: string, spec: NodeSpec, r: Request): RamNode {
    const whole = { ...spec, ...this.#inherited(spec) };
    return this.#add(name, r, () =>
      spec.type === 'file'
        ? new RamFile(this.tree, whole, r.user)
        : new RamSpecial(this.tree, spec.type, whole, r.user),
    );
  }

  link(name: string, file: File, r: Request): void {
    if (!(file instanceof RamNode) || file.attributes.nlink === 0) throw new FileError('ENOENT');
    this.#add(name, r, () => file);
    file.attributes.nlink++;
    file.renewed();
  }

  unlink(name: string, what: Removal, r: Request): void {
    const node = this.#node(name);
    if (node instanceof RamDir) {
      if (what === 'file') throw new FileError('EISDIR');
      if (!node.empty) throw new FileError('ENOTEMPTY');
    } else if (what === 'dir') throw new FileError('ENOTDIR');
    this.#drop(name, r);
    discard(node);
  }

  rename(name: string, to: File, toName: string, replace: boolean, r: Request): void {
    if (!(to instanceof RamDir)) throw new FileError('ENOTDIR');
    const node = this.#node(name);
    const there = to.#links.get(toName)?.node;
    if (there && !replace) throw new FileError('EEXIST');
    // Two names of one file: rename(2) does nothing.
    if (there === node) return;
    if (node instanceof RamDir && to.#isIn(node)) throw new FileError('EINVAL');
    if (there) mayReplace(node, there);
    if (to.attributes.nlink === 0) throw new FileError('ENOENT');
    if (!there) this.tree.quota.take(NAME_COST + toName.length);
    to.#put(toName, node, r);
    this.#drop(name, r);
    if (node instanceof RamDir) {
      node.#parent = to;
      to.attributes.nlink++;
    }
    node.renewed();
    if (there) {
      if (there instanceof RamDir) to.attributes.nlink--;
      discard(there);
    }
  }

  protected override resize(): void {
    // A length of 0 is what a directory has anyway (stat(5)).
  }

  *#list(cookie: bigint): Generator<Entry> {
    for (const [name, link] of this.#links) {
      if (link.cookie <= cookie) continue;
      const { node } = link;
      yield { name, qid: node.qid, type: node.attributes.type, cookie: link.cookie, attr: node.attributes };
    }
  }

  #node(name: string): RamNode {
    const link = this.#links.get(name);
    if (!link) throw new FileError('ENOENT');
    return link.node;
  }

  #isIn(dir: RamDir): boolean {
    for (let at: RamDir = this; ; at = at.#parent) {
      if (at === dir) return true;
      if (at === at.#parent) return false;
    }
  }

  /** New files have the group that was asked for, or in a set-group-id directory the directory's. */
  #inherited<T extends CreateSpec>(spec: T): T {
    return this.attributes.gid !== undefined && (this.attributes.mode & SETGID || spec.gid === undefined)
      ? { ...spec, gid: this.attributes.gid }
      : spec;
  }

  #add<T extends RamNode>(name: string, r: Request, make: () => T): T {
    if (this.attributes.nlink === 0) throw new FileError('ENOENT');
    if (this.#links.has(name)) throw new FileError('EEXIST');
    const cost = NAME_COST + name.length;
    this.tree.quota.take(cost);
    try {
      const node = make();
      this.#put(name, node, r);
      return node;
    } catch (error) {
      this.tree.quota.give(cost);
      throw error;
    }
  }

  #put(name: string, node: RamNode, r: Request): void {
    this.#links.delete(name);
    this.#links.set(name, { node, cookie: ++this.#lastCookie });
    this.touched(r);
  }

  #drop(name: string, r: Request): void {
    const { node } = this.#links.get(name)!;
    this.#links.delete(name);
    this.tree.quota.give(NAME_COST + name.length);
    if (node instanceof RamDir) this.attributes.nlink--;
    this.touched(r);
  }
}

/** A directory loses both its name and its own `.`. */
function discard(node: RamNode): void {
  if (node instanceof RamDir) node.attributes.nlink--;
  node.unlinked();
}

/** What rename(2) allows to be replaced by what. */
function mayReplace(node: RamNode, there: RamNode): void {
  if (there instanceof RamDir) {
    if (!(node instanceof RamDir)) throw new FileError('EISDIR');
    if (!there.empty) throw new FileError('ENOTEMPTY');
  } else if (node instanceof RamDir) throw new FileError('ENOTDIR');
}
