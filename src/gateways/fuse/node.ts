/** A file that the kernel knows by a number. */
import { FileError, type Attr, type Chan, type File, type Request } from '../../file/index.ts';
import { abandon } from './chans.ts';
import type { Open } from './opens.ts';

/** The kernel's number for the root (FUSE_ROOT_ID). */
export const ROOT = 1;

/** Of the attributes that the kernel was told, what is of use later. */
export type Told = Pick<Attr, 'nature' | 'append' | 'mode' | 'uid' | 'gid' | 'nlink' | 'size' | 'mtime'>;

/** A copy: the record of a tree may be a live one. */
export function toldOf({ nature, append, mode, uid, gid, nlink, size, mtime }: Attr): Told {
  return { nature, append, mode, uid, gid, nlink, size, mtime };
}

/** A name, and the directory that it is in. */
interface Place {
  readonly parent: Node;
  readonly name: string;
}

/** There are a great many files of which nobody has any open. */
const NONE: ReadonlySet<Open> = new Set();

/**
 * What the kernel has looked up and not forgotten. It says so of a great many files, so the File of one that is not in use
 * may be given up: then it is walked to again, by its name.
 */
export class Node {
  readonly id: number;
  /** Which file it is, whatever its name. */
  readonly identity: Pick<File, 'tree' | 'qid'>;
  readonly isDir: boolean;
  /** The directory that it was last found in, and the name; a file without is gone from there. */
  parent: Node | undefined;
  name: string;
  /** How often the kernel was told of it, less what it has forgotten. */
  lookups = 0;
  /** Which thread last looked it up by that name, and when: milliseconds of `performance.now()`. */
  finder = 0;
  found = 0;
  /** What the kernel was last told of it. */
  told: Told | undefined;
  /** Used since somebody last looked for what can be given up. */
  recent = true;
  #chan: Chan | undefined;
  /** Calls that are at work with the Chan. */
  #uses = 0;
  /** The Chan is to be given up when they are done: the way by which it was found leads there no more. */
  #strayed = false;
  #ended = false;
  #children: Map<string, Node> | undefined;
  /** Further names of a file that has several. */
  #others: Place[] | undefined;
  #opens: Set<Open> | undefined;

  constructor(id: number, chan: Chan, parent: Node | undefined, name: string) {
    const { file } = chan;
    this.id = id;
    this.identity = { tree: file.tree, qid: file.qid };
    this.isDir = chan.isDir;
    this.parent = parent;
    this.name = name;
    this.#chan = chan;
    parent?.adopt(name, this);
  }

  get tree(): object {
    return this.identity.tree;
  }

  get path(): bigint {
    return this.identity.qid.path;
  }

  get chan(): Chan | undefined {
    return this.#chan;
  }

  get opens(): ReadonlySet<Open> {
    return this.#opens ?? NONE;
  }

  /** An open of this file, whatever its name is by now. */
  get open(): Open | undefined {
    for (const open of this.opens) return open;
    return undefined;
  }

  opened(open: Open): void {
    (this.#opens ??= new Set()).add(open);
  }

  closed(open: Open): void {
    this.#opens?.delete(open);
    if (this.#opens?.size === 0) this.#opens = undefined;
  }

  /** The path from the root, for people. */
  get where(): string {
    let path = '';
    let node: Node = this;
    for (; node.parent; node = node.parent) path = `/${node.name}${path}`;
    return node.id === ROOT ? path || '/' : `(${node.name}, removed)${path}`;
  }

  is(file: Pick<File, 'tree' | 'qid'>): boolean {
    return this.tree === file.tree && this.path === file.qid.path;
  }

  /** The file was found once more: the newest name is the one that counts, and the way that leads there. */
  foundAs(chan: Chan, parent: Node, name: string, r: Request): void {
    const before = this.#chan;
    const renamed = !this.#isAt(parent, name);
    if (renamed) this.#settle(parent, name);
    parent.adopt(name, this);
    if (before && this.#uses > 0) {
      this.#strayed ||= renamed;
      abandon(chan, 'clunk', r);
    } else {
      this.#chan = chan;
      if (before) abandon(before, 'clunk', r);
    }
  }

  /** One of its names is another from now on. */
  moved(from: Node, name: string, parent: Node, toName: string): void {
    from.disown(name, this);
    parent.adopt(toName, this);
    if (this.#isAt(from, name)) {
      this.parent = parent;
      this.name = toName;
    } else {
      this.#settle(parent, toName);
    }
  }

  /** One of its names is gone: nothing is to be looked for under it. Another one takes its place, if there is one. */
  removed(parent: Node, name: string, r: Request): void {
    parent.disown(name, this);
    if (!this.#isAt(parent, name)) return;
    const next = this.#rest(parent, name).pop();
    this.parent = undefined;
    if (next) {
      this.#settle(next.parent, next.name);
      this.#stray(r);
    }
  }

  /** The name that it is looked for under; the one until now remains one of its names. */
  #settle(parent: Node, name: string): void {
    const others = this.#rest(parent, name);
    if (this.parent) others.push({ parent: this.parent, name: this.name });
    this.#others = others.length > 0 ? others : undefined;
    this.parent = parent;
    this.name = name;
  }

  /** The further names but this one that, as far as is known, still are its own. */
  #rest(parent: Node, name: string): Place[] {
    const all = this.#others ?? [];
    return all.filter(
      (at) => at.parent.child(at.name) === this && !(at.parent === parent && at.name === name),
    );
  }

  #isAt(parent: Node, name: string): boolean {
    return this.parent === parent && this.name === name;
  }

  child(name: string): Node | undefined {
    return this.#children?.get(name);
  }

  adopt(name: string, child: Node): void {
    this.#children ??= new Map();
    this.#children.set(name, child);
  }

  disown(name: string, child: Node): void {
    if (this.#children?.get(name) === child) this.#children.delete(name);
  }

  /** A call begins to work with the Chan. */
  enter(): void {
    this.recent = true;
    this.#uses++;
  }

  /** The call is done. A file that has lost its name meanwhile could not be found again. */
  leave(r: Request): void {
    if (--this.#uses === 0 && this.#strayed && (this.parent || this.#ended)) this.#drop(r);
  }

  /** Gives the Chan up, and those of all that is known below: their way to the tree is no longer true. */
  strayed(r: Request): void {
    const all: Node[] = [this];
    for (const node of all) {
      node.#stray(r);
      for (const child of node.#children?.values() ?? []) all.push(child);
    }
  }

  /** Gives the Chan up if nothing is being done with it; it has to be found again by its name. */
  giveUp(r: Request): boolean {
    if (!this.#chan || this.#uses > 0 || !this.parent) return false;
    this.#drop(r);
    return true;
  }

  /** Takes a Chan that was walked to the file again. @throws FileError ESTALE if it is another one's. */
  regain(chan: Chan, r: Request): Chan {
    const right = this.is(chan.file) && !this.#ended;
    if (right && !this.#chan) return (this.#chan = chan);
    abandon(chan, 'clunk', r);
    if (!right) throw new FileError('ESTALE');
    return this.#chan!;
  }

  /** The kernel has forgotten it; a call that it does not wait for any more may still be at work. */
  end(r: Request): void {
    this.parent?.disown(this.name, this);
    for (const { parent, name } of this.#others ?? []) parent.disown(name, this);
    this.parent = this.#others = undefined;
    this.#ended = true;
    // What is known in it is known by other names, or about to be forgotten, too.
    for (const [name, child] of this.#children ?? []) child.removed(this, name, r);
    this.#stray(r);
  }

  #stray(r: Request): void {
    if (this.#uses > 0) this.#strayed = true;
    else this.#drop(r);
  }

  #drop(r: Request): void {
    const chan = this.#chan;
    this.#chan = undefined;
    this.#strayed = false;
    if (chan) abandon(chan, 'clunk', r);
  }
}
