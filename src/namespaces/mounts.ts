/** Several trees as one: each at its path, in directories that are made for it. */
import { dir, type File } from '../file/index.ts';

export interface Mount {
  readonly file: File;
  /** Absolute; '/' for a tree that stands alone. */
  readonly path: string;
}

interface Branch {
  file?: File;
  readonly below: Map<string, Branch>;
}

/** @throws an error of code EINVAL for two trees at one path, or one below another. */
export function mountAll(mounts: readonly Mount[]): File {
  const root: Branch = { below: new Map() };
  for (const mount of mounts) place(root, mount);
  return build(root);
}

function place(root: Branch, { file, path }: Mount): void {
  if (!path.startsWith('/')) throw refusal(`${path} is no absolute path`);
  let at = root;
  for (const name of path.split('/').filter(Boolean)) {
    if (name === '.' || name === '..') throw refusal(`${path}: '.' and '..' are no names of mount points`);
    if (at.file) throw refusal(`${path} lies inside a tree that is mounted already`);
    const next = at.below.get(name) ?? { below: new Map() };
    at.below.set(name, next);
    at = next;
  }
  if (at.file || at.below.size > 0) throw refusal(`${path} holds another mount already`);
  at.file = file;
}

function build(branch: Branch): File {
  return branch.file ?? dir(new Map([...branch.below].map(([name, below]) => [name, build(below)])));
}

function refusal(message: string): Error {
  return Object.assign(new Error(message), { code: 'EINVAL' });
}
