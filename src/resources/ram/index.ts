/** The resource `ram:[SIZE]`: a file system in memory. */
import { totalmem } from 'node:os';
import type { File, User } from '../../file/index.ts';
import { RamDir } from './dir.ts';
import type { RamTree } from './node.ts';
import { Quota } from './quota.ts';

export interface RamOptions {
  /** Bytes that contents, names and attributes may take together; as with tmpfs half of the machine's memory. */
  readonly size?: number;
  /** Who owns the root; the user who serves, if not given. */
  readonly owner?: User;
  /** Permission bits of the root; 0755 if not given. */
  readonly mode?: number;
}

/** An empty file system in memory. It is gone with the last reference to it. */
export function ram(options: RamOptions = {}): File {
  const { size = Math.floor(totalmem() / 2), owner, mode = 0o755 } = options;
  // Another tree's files have other paths: whoever finds this one in its place does not take them for the same.
  const lastPath = BigInt(Math.floor(Math.random() * 2 ** 31)) << 16n;
  const tree: RamTree = { quota: new Quota(size), nodes: 0, lastPath };
  return new RamDir(tree, { mode }, owner);
}
