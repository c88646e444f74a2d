/** Files of exclusive use (DMEXCL): one open in all, whatever the connection (open(5)). */
import { FileError } from './errors.ts';
import type { File } from './file.ts';

const open = new WeakMap<object, Set<bigint>>();

/** Notes the file as open; EAGAIN if it is. Returns what ends it. */
export function claim(file: File): () => void {
  const paths = open.get(file.tree) ?? new Set<bigint>();
  const { path } = file.qid;
  if (paths.has(path)) throw new FileError('EAGAIN', 'exclusive use file already open');
  open.set(file.tree, paths.add(path));
  return () => paths.delete(path);
}
