/** A file of an exported host directory, of whatever type. */
import {
  FileError,
  type Attr,
  type Change,
  type File,
  type OpenFile,
  type OpenMode,
  type Qid,
  type Request,
  type StatFs,
  type Xattrs,
} from '../../file/index.ts';
import { readlinkAt, statDescriptor, statfsDescriptor } from '../../host/index.ts';
import { attrOf } from './attr.ts';
import { reopen } from './calls.ts';
import { changeFile } from './change.ts';
import { OpenHostFile } from './content.ts';
import { OpenHostDirectory } from './listing.ts';
import type { Node } from './node.ts';
import { openFlags } from './open.ts';
import type { HostTree } from './tree.ts';
import { HostXattrs } from './xattrs.ts';

export class HostFile implements File {
  readonly tree: HostTree;
  readonly node: Node;

  /** Takes over the caller's hold on the Node. */
  constructor(tree: HostTree, node: Node) {
    this.tree = tree;
    this.node = node;
  }

  get qid(): Qid {
    return this.node.qid;
  }

  /** Where everybody acts as the server's user, the kernel's rules for that user are the only ones. */
  get guarded(): boolean {
    return this.tree.options.map === 'squash';
  }

  get xattrs(): Xattrs {
    return new HostXattrs(this.tree, this.node);
  }

  attr(): Attr {
    return attrOf(this.tree.stat(this.node));
  }

  /** Regular files and directories only: to open a FIFO, a socket or a device waits or acts, on the wrong machine. */
  open(mode: OpenMode): OpenFile {
    if (mode.write || mode.truncate) this.tree.checkWritable();
    const { tree, node } = this;
    if (node.type === 'dir') return new OpenHostDirectory(tree, node, this.#descriptor(mode));
    if (node.type === 'file') return new OpenHostFile(tree, node, this.#descriptor(mode), mode.write);
    throw new FileError(node.type === 'symlink' ? 'ELOOP' : 'ENXIO');
  }

  readlink(): string {
    const { tree, node } = this;
    if (tree.stat(node).type !== 'symlink' || !node.parent) throw new FileError('EINVAL');
    return readlinkAt(tree.directory(node.parent), node.name);
  }

  change(change: Change, r: Request): void {
    const { tree, node } = this;
    tree.checkWritable();
    tree.reach(node, (fd, stat) => {
      changeFile(fd, stat, change, { map: tree.options.map, user: r.user, writes: false });
      node.seen(statDescriptor(fd));
    });
  }

  statfs(): StatFs {
    const { type: _, ...figures } = this.tree.reach(this.node, statfsDescriptor);
    return figures;
  }

  release(): void {
    this.node.release();
  }

  #descriptor(mode: OpenMode): number {
    const fd = this.tree.reach(this.node, (fd) => reopen(fd, openFlags(mode)));
    if (mode.truncate) this.node.seen(statDescriptor(fd));
    return fd;
  }
}
