/**
 * Where a file stands in the exported tree: the directory and the name that it is found by, and which file it has to be.
 * Several Files, and whatever they have open, share one Node; it knows its directory's Nodes that are in use, so that a
 * rename moves all that is below, and nothing has to be searched for.
 */
import type { FileType, Qid } from '../../file/index.ts';
import { FileError } from '../../file/index.ts';
import type { Stat } from '../../host/index.ts';
import { versionOf, type QidPaths } from './qids.ts';

export class Node {
  /** Undefined for the root. */
  parent: Node | undefined;
  name: string;
  readonly type: FileType;
  readonly #dev: number;
  readonly #ino: bigint;
  #qid: Qid;
  #removed = false;
  #holders = 1;
  #children: Map<string, Node> | undefined;
  #descriptors: number[] | undefined;

  constructor(stat: Stat, paths: QidPaths, parent?: Node, name = '') {
    this.parent = parent?.hold();
    this.name = name;
    this.type = stat.type;
    this.#dev = stat.dev;
    this.#ino = stat.ino;
    this.#qid = paths.qid(stat);
    if (parent) parent.#adopt(this);
  }

  get qid(): Qid {
    return this.#qid;
  }

  /** Its name was removed through this tree: nothing is to be looked up under it any more. */
  get removed(): boolean {
    return this.#removed;
  }

  /** A descriptor of the file itself, if anybody has it open: it reaches the file even where it has no name. */
  get descriptor(): number | undefined {
    return this.#descriptors?.[0];
  }

  opened(fd: number): void {
    this.#descriptors ??= [];
    this.#descriptors.push(fd);
  }

  closed(fd: number): void {
    this.#descriptors = this.#descriptors?.filter((other) => other !== fd);
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    Node.#release(this);
  }

  /** The Node in use of that name. */
  child(name: string): Node | undefined {
    return this.#children?.get(name);
  }

  is(stat: Stat): boolean {
    return this.#ino === stat.ino && this.#dev === stat.dev && this.type === stat.type;
  }

  /** Takes notice of what the file is like now; ESTALE if this is another file. */
  seen(stat: Stat): void {
    if (!this.is(stat)) throw new FileError('ESTALE');
    const version = versionOf(stat);
    if (version !== this.#qid.version) this.#qid = { ...this.#qid, version };
  }

  moved(parent: Node, name: string): void {
    const before = this.parent;
    if (before) before.#forget(this);
    this.parent = parent.hold();
    this.name = name;
    parent.#adopt(this);
    before?.release();
  }

  remove(): void {
    this.#removed = true;
    if (this.parent) this.parent.#forget(this);
  }

  static #release(first: Node): void {
    for (let node = first; --node.#holders === 0;) {
      const { parent } = node;
      if (!parent) return;
      parent.#forget(node);
      node = parent;
    }
  }

  #adopt(child: Node): void {
    this.#children ??= new Map();
    this.#children.set(child.name, child);
  }

  #forget(child: Node): void {
    if (this.#children?.get(child.name) === child) this.#children.delete(child.name);
  }
}
