/**
 * Descriptors of directories, for the steps that begin there: a bounded number, the ones last used, and none for longer
 * than a second. So a directory that is moved or unmounted on the host meanwhile is not held for long.
 */
import { close } from './calls.ts';
import type { Node } from './node.ts';

const LIMIT = 256;
const KEPT_MS = 1000;

export class DirectoryDescriptors {
  /** In the order of their last use. */
  readonly #fds = new Map<Node, number>();
  #timer: NodeJS.Timeout | undefined;

  get(dir: Node): number | undefined {
    const fd = this.#fds.get(dir);
    if (fd === undefined) return undefined;
    this.#fds.delete(dir);
    this.#fds.set(dir, fd);
    return fd;
  }

  /** Takes over the descriptor. What was got or put just before this stays open. */
  put(dir: Node, fd: number): void {
    this.#fds.set(dir.hold(), fd);
    if (this.#fds.size > LIMIT) this.drop(this.#fds.keys().next().value!);
    this.#timer ??= setTimeout(() => this.clear(), KEPT_MS).unref();
  }

  drop(dir: Node): void {
    const fd = this.#fds.get(dir);
    if (fd === undefined) return;
    this.#fds.delete(dir);
    close(fd);
    dir.release();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const dir of this.#fds.keys()) this.drop(dir);
  }
}
