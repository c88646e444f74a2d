/**
 * `file:DIR[?ro][&map=auto|none|squash|passthrough][&devices]`: a directory of the host as a tree of Files, complete, and without
 * a way out of it.
 *
 * No symbolic link is followed here, wherever it leads: clients read them and follow them on their side. Every step goes
 * by one name from the descriptor of a directory, and is checked to lead to the file that is meant: where another one
 * has taken its name, the answer is ESTALE. A File has a descriptor only while it is open, apart from a bounded number
 * that directories share for at most a second.
 */
import { FileError, type File } from '../../file/index.ts';
import { HostDirectory } from './directory.ts';
import type { Ownership } from './owner.ts';
import { HostTree } from './tree.ts';

export type { Ownership } from './owner.ts';

export interface HostDirectoryOptions {
  /** Refuses every change with EROFS. */
  readonly readOnly?: boolean;
  /** Who owns what callers create, and whether owners can be changed. Default: `auto`. */
  readonly map?: Ownership;
  /**
   * Device nodes may be made, by uid 0 and if the server's user may (CAP_MKNOD). They are not opened here in any case.
   * Default: true for root with `auto`.
   */
  readonly allowDevices?: boolean;
}

/**
 * The directory at `path` as a File. Its release ends the export: what is open stays open, and everything else is ENOENT.
 *
 * @throws Node's error (ENOENT, ENOTDIR, EACCES …) if it cannot be opened; EOPNOTSUPP where there is no /proc, EPERM for
 * `passthrough` without root.
 */
export function hostDirectory(path: string, options: HostDirectoryOptions = {}): File {
  const { readOnly = false, map = 'auto' } = options;
  const isRoot = process.geteuid?.() === 0;
  if (map === 'passthrough' && !isRoot) {
    throw new FileError(
      'EPERM',
      'map=passthrough: only a server that runs as root can give files to their users',
    );
  }
  const asRoot = map === 'auto' && isRoot;
  const { allowDevices = asRoot } = options;
  return new HostRoot(
    new HostTree(path, { readOnly, map: map === 'auto' && !asRoot ? 'none' : map, allowDevices }),
  );
}

class HostRoot extends HostDirectory {
  #owners = 1;

  constructor(tree: HostTree) {
    super(tree, tree.root);
  }

  share(): void {
    this.#owners++;
  }

  override release(): void {
    if (--this.#owners === 0) this.tree.close();
  }
}
