/** Which part of a tree answers what libfuse asks. */
import type { Settings } from '../fuse/options.ts';
import { Calls, type Work } from './calls.ts';
import type { Operations } from './package.ts';
import type { Tree } from './tree.ts';

const OF_PATHS = [
  'access',
  'chmod',
  'chown',
  'create',
  'getattr',
  'getxattr',
  'link',
  'listxattr',
  'mkdir',
  'mknod',
  'open',
  'opendir',
  'readdir',
  'readlink',
  'removexattr',
  'rename',
  'rmdir',
  'setxattr',
  'statfs',
  'symlink',
  'truncate',
  'unlink',
  'utimens',
] as const;

const OF_OPENS = ['flush', 'fsync', 'ftruncate', 'read', 'release', 'write'] as const;

export function operationsOf(tree: Tree, settings: Settings): Operations {
  const calls = new Calls(settings);
  const { opens } = tree;
  const entry = (name: string, work: Work, of: object) =>
    [name, calls.answering(name, work.bind(of))] as const;
  return Object.fromEntries([
    ...OF_PATHS.map((name) => entry(name, tree[name], tree)),
    ...OF_OPENS.map((name) => entry(name, opens[name], opens)),
  ]);
}
