/**
 * An exported directory, and the way to each file in it: one step after the other from the root's descriptor, each by a
 * single name that is never followed if it is a symbolic link, and each checked to lead to the file that is meant.
 */
import { accessSync, constants, openSync } from 'node:fs';
import { FileError } from '../../file/index.ts';
import { O_PATH, openAt, statAt, statDescriptor, type Stat } from '../../host/index.ts';
import { close, pathOf } from './calls.ts';
import { DirectoryDescriptors } from './descriptors.ts';
import { HostLocks } from './locks.ts';
import { Node } from './node.ts';
import type { Ownership } from './owner.ts';
import { QidPaths } from './qids.ts';

export interface TreeOptions {
  readonly readOnly: boolean;
  readonly map: Ownership;
  readonly allowDevices: boolean;
}

export class HostTree {
  readonly options: TreeOptions;
  readonly root: Node;
  readonly paths: QidPaths;
  readonly locks: HostLocks;
  #rootDescriptor: number | undefined;
  readonly #directories = new DirectoryDescriptors();

  constructor(path: string, options: TreeOptions) {
    this.options = options;
    this.locks = new HostLocks(options.readOnly);
    const fd = openRoot(path);
    const stat = statDescriptor(fd);
    this.paths = new QidPaths(stat.dev);
    this.root = new Node(stat, this.paths);
    this.root.opened(fd);
    this.#rootDescriptor = fd;
  }

  /** Closes the descriptors of directories. What is open stays so; nothing more can be found. */
  close(): void {
    const fd = this.#rootDescriptor;
    if (fd === undefined) return;
    this.#rootDescriptor = undefined;
    this.#directories.clear();
    this.root.closed(fd);
    close(fd);
  }

  /** EROFS where nothing is to be changed. */
  checkWritable(): void {
    if (this.options.readOnly) throw new FileError('EROFS');
  }

  /** A descriptor of a directory, for steps from there: good until the next but one is asked for, or the event loop runs. */
  directory(dir: Node): number {
    const way: Node[] = [];
    let start: number | undefined;
    for (let at = dir; (start = this.#known(at)) === undefined; at = parentOf(at)) way.push(at);
    if (way.length === 0) return start;
    const fd = descend(start, way.toReversed());
    this.#directories.put(dir, fd);
    return fd;
  }

  stat(node: Node): Stat {
    const open = node.descriptor;
    const stat = open === undefined ? this.#look(parentOf(node), node.name) : statDescriptor(open);
    if (!stat) throw new FileError('ENOENT');
    node.seen(stat);
    return stat;
  }

  /** Calls `use` with a descriptor of the file itself, which may be an O_PATH one, and what the file is like. */
  reach<T>(node: Node, use: (fd: number, stat: Stat) => T): T {
    const open = node.descriptor;
    if (open !== undefined) return use(open, statDescriptor(open));
    const fd = openAt(this.directory(parentOf(node)), node.name, O_PATH);
    try {
      const stat = statDescriptor(fd);
      node.seen(stat);
      return use(fd, stat);
    } finally {
      close(fd);
    }
  }

  /** What is found under a name in a directory; undefined if there is nothing. */
  find(dir: Node, name: string): Node | undefined {
    const stat = this.#look(dir, name);
    return stat && this.node(dir, name, stat);
  }

  /** The Node, held for the caller, of what was found under the name. */
  node(dir: Node, name: string, stat: Stat): Node {
    const known = dir.child(name);
    if (!known?.is(stat)) return new Node(stat, this.paths, dir, name);
    known.seen(stat);
    return known.hold();
  }

  /** The name was removed, or another file has taken it. */
  removed(dir: Node, name: string): void {
    const node = dir.child(name);
    if (!node) return;
    node.remove();
    this.#directories.drop(node);
  }

  /** The rename was done: Nodes in use follow. */
  renamed(from: Node, name: string, to: Node, toName: string): void {
    const moved = from.child(name);
    const replaced = to.child(toName);
    // Of two names of one file rename(2) replaces neither.
    if (replaced && !this.#leadsTo(replaced)) this.removed(to, toName);
    if (moved && !this.#leadsTo(moved)) moved.moved(to, toName);
  }

  /** Whether the Node's name still is its file's. */
  #leadsTo(node: Node): boolean {
    const stat = this.#look(parentOf(node), node.name);
    return stat !== undefined && node.is(stat);
  }

  #look(dir: Node, name: string): Stat | undefined {
    return statAt(this.directory(dir), name);
  }

  #known(dir: Node): number | undefined {
    return dir.descriptor ?? this.#directories.get(dir);
  }
}

/** The directory to look a file up in. */
function parentOf(node: Node): Node {
  if (node.removed || !node.parent) throw new FileError('ENOENT');
  return node.parent;
}

/** From directory to directory; the descriptors in between are closed again. */
function descend(start: number, way: readonly Node[]): number {
  let fd = start;
  for (const dir of way) {
    const passed = fd;
    try {
      fd = stepInto(passed, dir);
    } finally {
      if (passed !== start) close(passed);
    }
  }
  return fd;
}

/** The step into a directory, from its parent's descriptor. */
function stepInto(parent: number, dir: Node): number {
  const fd = openAt(parent, dir.name, O_PATH);
  try {
    dir.seen(statDescriptor(fd));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** Here alone symbolic links are followed: the path is what whoever serves has named. */
function openRoot(path: string): number {
  if (process.platform !== 'linux') {
    throw new FileError(
      'EOPNOTSUPP',
      `a host directory can be served on Linux only, not on ${process.platform}`,
    );
  }
  const fd = openSync(path, O_PATH | constants.O_DIRECTORY);
  try {
    accessSync(pathOf(fd));
    return fd;
  } catch (cause) {
    close(fd);
    throw new FileError('EOPNOTSUPP', 'a host directory can be served only where /proc is mounted', {
      cause,
    });
  }
}
