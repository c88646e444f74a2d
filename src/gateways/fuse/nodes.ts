/** The files that the kernel knows, by number and by identity, and which of them are held. */
import {
  FileError,
  after,
  codeOf,
  rescue,
  type Awaitable,
  type Chan,
  type Request,
  type Walked,
} from '../../file/index.ts';
import { abandon } from './chans.ts';
import { Node, ROOT } from './node.ts';

/**
 * Files that are held though nobody has them open: each costs a fid at a server. The limit goes down where a server says
 * that it has no more (EMFILE).
 */
const HELD = 4096;
const HELD_LEAST = 16;

/** Milliseconds between looks for files that were not used since the look before. */
const IDLE = 30_000;

export class Nodes {
  readonly root: Node;
  readonly #byId = new Map<number, Node>();
  /** Those that are no directories, by identity. */
  readonly #byTree = new Map<object, Map<bigint, Node>>();
  readonly #reaching = new Map<Node, Promise<Chan>>();
  /** Those with a Chan, in about the order in which they were last used. */
  readonly #held = new Set<Node>();
  /** As whom files are given up. */
  readonly #r: Request;
  readonly #timer: NodeJS.Timeout;
  #lastId = ROOT;
  #limit = HELD;

  constructor(root: Chan, r: Request) {
    this.#r = r;
    this.root = new Node(ROOT, root, undefined, '/');
    this.root.lookups = 1;
    this.#add(this.root);
    this.#timer = setInterval(() => this.#giveUpIdle(), IDLE).unref();
  }

  /** How many files the kernel knows, and how many of them are held. */
  get size(): { readonly known: number; readonly held: number } {
    return { known: this.#byId.size, held: this.#held.size };
  }

  /** @throws FileError ESTALE: the kernel never asks for what it has forgotten. */
  get(id: number): Node {
    const node = this.#byId.get(id);
    if (!node) throw new FileError('ESTALE');
    return node;
  }

  /** The file of that number, if the kernel has not forgotten it. */
  find(id: number): Node | undefined {
    return this.#byId.get(id);
  }

  /** Notes that a name was found to be a file's, and tells the kernel of it: once more to be forgotten. */
  found(parent: Node, name: string, chan: Chan): Node {
    let node = this.#known(parent, name, chan);
    if (node) node.foundAs(chan, parent, name, this.#r);
    else this.#add((node = new Node(++this.#lastId, chan, parent, name)));
    node.lookups++;
    this.#hold(node);
    return node;
  }

  /** The kernel takes back so many of what it was told. */
  forget(id: number, lookups: number): void {
    const node = this.#byId.get(id);
    if (!node || id === ROOT) return;
    node.lookups -= lookups;
    if (node.lookups > 0) return;
    this.#byId.delete(id);
    this.#held.delete(node);
    this.#forgetIdentity(node);
    node.end(this.#r);
  }

  /** A name is gone. Where it was the file's last one, its number may come to be another's. */
  removed(parent: Node, name: string): void {
    const node = parent.child(name);
    if (!node) return;
    node.removed(parent, name, this.#r);
    const nlink = (node.told?.nlink ?? 1) - 1;
    if (node.told) node.told = { ...node.told, nlink };
    if (nlink < 1 && !node.parent) this.#forgetIdentity(node);
  }

  /** A file has another name; what stood there is gone. */
  moved(from: Node, name: string, to: Node, toName: string): void {
    const node = from.child(name);
    if (node && node === to.child(toName)) return;
    this.removed(to, toName);
    if (!node) return;
    node.moved(from, name, to, toName);
    node.strayed(this.#r);
  }

  /** Works with the file's Chan, which is walked to if it was given up. Once more, if the server's fids were at an end. */
  use<T>(node: Node, r: Request, work: (chan: Chan) => Awaitable<T>): Awaitable<T> {
    return rescue(
      () => this.#useNow(node, r, work),
      (error) => {
        if (codeOf(error) !== 'EMFILE' || !this.#shed()) throw error;
        return this.#useNow(node, r, work);
      },
    );
  }

  close(): void {
    clearInterval(this.#timer);
    for (const node of this.#byId.values()) node.end(this.#r);
    this.#byId.clear();
    this.#byTree.clear();
    this.#held.clear();
  }

  #useNow<T>(node: Node, r: Request, work: (chan: Chan) => Awaitable<T>): Awaitable<T> {
    node.enter();
    let result: Awaitable<T>;
    try {
      const { chan } = node;
      result = chan ? work(chan) : this.#reach(node, r).then(work);
    } catch (error) {
      node.leave(this.#r);
      throw error;
    }
    if (result instanceof Promise) return result.finally(() => node.leave(this.#r));
    node.leave(this.#r);
    return result;
  }

  /** Walks to a file that was given up; all who want it at a time share the walk. */
  async #reach(node: Node, r: Request): Promise<Chan> {
    for (;;) {
      if (node.chan) return node.chan;
      const walking = this.#reaching.get(node);
      if (!walking) break;
      // Whoever walks may be interrupted: then it is our turn.
      await walking.catch(() => undefined);
    }
    const walk = this.#walkTo(node, r);
    this.#reaching.set(node, walk);
    try {
      return await walk;
    } finally {
      this.#reaching.delete(node);
    }
  }

  async #walkTo(node: Node, r: Request): Promise<Chan> {
    const names: string[] = [];
    let above = node;
    while (!above.chan) {
      if (!above.parent) throw new FileError('ESTALE');
      names.unshift(above.name);
      above = above.parent;
    }
    const { chan, error } = await this.#useNow(above, r, (from) => this.#walk(from, names, r));
    if (!chan) throw codeOf(error) === 'ENOENT' ? new FileError('ESTALE') : error;
    try {
      return node.regain(chan.asRoot(), r);
    } finally {
      abandon(chan, 'clunk', r);
      if (node.chan) this.#hold(node);
    }
  }

  /** Who has a file open, or is in a directory, may use it also where he may not look it up any more. */
  #walk(from: Chan, names: readonly string[], r: Request): Awaitable<Walked> {
    return after(from.walk(names, r), (walked) => {
      if (walked.chan || codeOf(walked.error) !== 'EACCES') return walked;
      return from.walk(names, this.#r);
    });
  }

  /**
   * A file has any number of names. A directory has one place in Linux, and where a tree shows it in two (a bind), they
   * are two to the kernel.
   */
  #known(parent: Node, name: string, { file, isDir }: Chan): Node | undefined {
    if (!isDir) return this.#byTree.get(file.tree)?.get(file.qid.path);
    const there = parent.child(name);
    return there?.isDir && there.is(file) ? there : undefined;
  }

  #add(node: Node): void {
    this.#byId.set(node.id, node);
    if (node.isDir) return;
    let tree = this.#byTree.get(node.tree);
    if (!tree) this.#byTree.set(node.tree, (tree = new Map()));
    tree.set(node.path, node);
  }

  #forgetIdentity(node: Node): void {
    const tree = this.#byTree.get(node.tree);
    if (tree?.get(node.path) !== node) return;
    tree.delete(node.path);
    if (tree.size === 0) this.#byTree.delete(node.tree);
  }

  #hold(node: Node): void {
    this.#held.add(node);
    if (this.#held.size > this.#limit) this.#giveUp(this.#held.size - Math.ceil(this.#limit * 0.75));
  }

  /** Gives up those that were not used for longest, about: whatever was used since it was last looked at stays a while. */
  #giveUp(count: number): void {
    let left = count;
    for (let look = 2 * this.#held.size; left > 0 && look > 0; look--) {
      const [node] = this.#held;
      this.#held.delete(node);
      if (!node.chan) continue;
      if (!node.recent && node.giveUp(this.#r)) left--;
      else this.#held.add(node);
      node.recent = false;
    }
  }

  /** The server has no more fids: fewer files are held from now on. False if there is nothing left to give up. */
  #shed(): boolean {
    const before = this.#held.size;
    this.#limit = Math.max(HELD_LEAST, Math.min(this.#limit, before) >> 1);
    if (before > this.#limit) this.#giveUp(before - this.#limit);
    return this.#held.size < before;
  }

  #giveUpIdle(): void {
    for (const node of this.#held) {
      if (!node.chan || (!node.recent && node.giveUp(this.#r))) this.#held.delete(node);
      node.recent = false;
    }
  }
}
