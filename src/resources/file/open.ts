/** What open files and open directories of the host have in common: a descriptor, which is the file from now on. */
import { constants } from 'node:fs';
import type { Attr, Change, OpenFile, OpenMode, Request } from '../../file/index.ts';
import { statDescriptor } from '../../host/index.ts';
import { attrOf } from './attr.ts';
import { close, sync } from './calls.ts';
import { changeFile } from './change.ts';
import type { Node } from './node.ts';
import type { HostTree } from './tree.ts';

/** The flags of open(2) that a mode stands for. */
export function openFlags(mode: OpenMode): number {
  const reads = mode.read || mode.execute;
  const access = mode.write ? (reads ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY;
  const { O_APPEND, O_TRUNC } = constants;
  return access | (mode.append ? O_APPEND : 0) | (mode.truncate ? O_TRUNC : 0);
}

export abstract class OpenHost implements OpenFile {
  protected readonly tree: HostTree;
  protected readonly node: Node;
  protected readonly fd: number;
  readonly #writes: boolean;
  #running = 0;
  #idle: (() => void) | undefined;

  /** Takes over the descriptor. */
  constructor(tree: HostTree, node: Node, fd: number, writes = false) {
    this.#writes = writes;
    this.tree = tree;
    this.node = node.hold();
    this.fd = fd;
    node.opened(fd);
  }

  attr(): Attr {
    const stat = statDescriptor(this.fd);
    this.node.seen(stat);
    return attrOf(stat);
  }

  change(change: Change, r: Request): void {
    this.tree.checkWritable();
    const { map } = this.tree.options;
    changeFile(this.fd, statDescriptor(this.fd), change, { map, user: r.user, writes: this.#writes });
  }

  sync(dataOnly: boolean): Promise<void> {
    return this.running(sync(this.fd, dataOnly));
  }

  close(): void | Promise<void> {
    if (this.#running === 0) return this.end();
    return new Promise<void>((resolve) => (this.#idle = resolve)).then(() => this.end());
  }

  /** The descriptor stays open until the work is done: its number may soon be another file's. */
  protected running<T>(work: Promise<T>): Promise<T> {
    this.#running++;
    return work.finally(() => {
      if (--this.#running === 0) this.#idle?.();
    });
  }

  protected end(): void {
    this.node.closed(this.fd);
    this.node.release();
    close(this.fd);
  }
}
