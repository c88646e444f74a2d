/** Extended attributes of host files: those of `user.`, and access control lists. */
import { FileError, type Request, type Xattrs } from '../../file/index.ts';
import { getXattr, listXattr, removeXattr, setXattr } from '../../host/index.ts';
import { attrOf } from './attr.ts';
import { pathOf } from './calls.ts';
import type { Node } from './node.ts';
import { actsAsOwner } from './owner.ts';
import type { HostTree } from './tree.ts';

/**
 * `security.` and `trusted.` are between the host's kernel and its administrator: a client neither sees nor sets them.
 * Linux's client asks for `security.capability` before every write, and is answered without a look at the file.
 */
function served(name: string): boolean {
  return name.startsWith('user.') || name.startsWith('system.');
}

export class HostXattrs implements Xattrs {
  readonly #tree: HostTree;
  readonly #node: Node;

  constructor(tree: HostTree, node: Node) {
    this.#tree = tree;
    this.#node = node;
  }

  list(): readonly string[] {
    return this.#tree.reach(this.#node, (fd) => listXattr(pathOf(fd))).filter(served);
  }

  get(name: string): Uint8Array {
    if (!served(name)) throw new FileError('ENODATA');
    return this.#tree.reach(this.#node, (fd) => getXattr(pathOf(fd), name));
  }

  set(name: string, value: Uint8Array, how: 'create' | 'replace' | 'any', r: Request): void {
    this.#change(name, r, (path) => setXattr(path, name, value, how));
  }

  remove(name: string, r: Request): void {
    this.#change(name, r, (path) => removeXattr(path, name));
  }

  #change(name: string, r: Request, change: (path: string) => void): void {
    this.#tree.checkWritable();
    if (!served(name)) throw new FileError('EOPNOTSUPP');
    this.#tree.reach(this.#node, (fd, stat) => {
      // An access control list is a file's mode in other words.
      const ownersOnly = !name.startsWith('user.');
      if (ownersOnly && !actsAsOwner(this.#tree.options.map, r.user, attrOf(stat))) {
        throw new FileError('EPERM');
      }
      change(pathOf(fd));
    });
  }
}
