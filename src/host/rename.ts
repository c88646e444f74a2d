/** renameat2(2): a rename that refuses to replace, or that exchanges two files, in one step. */
import { renameSync } from 'node:fs';
import { failure, Feature } from './native.ts';
import { component, nodePath, procPath, type Text } from './path.ts';

/** What becomes of a file of the new name: replaced as by rename(2), refused (EEXIST), or given the old name. */
export type RenameHow = 'replace' | 'noreplace' | 'exchange';

const FLAGS: Readonly<Record<RenameHow, number>> = { replace: 0, noreplace: 1, exchange: 2 };

interface Calls {
  readonly renameat2: (fromDir: number, from: Text, dir: number, name: Text, flags: number) => number;
}

export const rename = new Feature<Calls>('rename', 'renames that replace nothing, or exchange', (libc) => ({
  renameat2: libc.func(
    'int renameat2(int olddirfd, void *from, int newdirfd, void *name, unsigned int flags)',
  ),
}));

/**
 * Renames `from` in `fromDir` to `name` in `dir`; with `AT_FDCWD` in place of a directory the name is a path. A file
 * system that cannot do other than replace says EINVAL. `replace` works without koffi.
 */
export function renameAt(fromDir: number, from: string, dir: number, name: string, how: RenameHow): void {
  const calls = how === 'replace' ? rename.find() : rename.calls;
  if (!calls) renameSync(nodePath(procPath(fromDir, from)), nodePath(procPath(dir, name)));
  else if (calls.renameat2(fromDir, component(fromDir, from), dir, component(dir, name), FLAGS[how]) < 0) {
    throw failure('renameat2', from);
  }
}
