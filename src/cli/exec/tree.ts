/** The trees that a program's world is put together from, as its builder sees them. */
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Fid, FileStat } from '../../client/index.ts';
import { codeOf } from '../../file/errors.ts';
import { decodeName, encodeName } from '../../host/index.ts';
import { resolveLinks } from '../links.ts';

/** What is at a path: something to be bound, or a link to be made again. */
export type Kind = 'dir' | 'file' | { readonly link: string };

export interface Tree {
  /** Where the file at a path is for whoever mounts; undefined if it is mounted there only later. */
  at(path: string): string | undefined;
  /** Undefined if nothing is there. */
  look(path: string): Promise<Kind | undefined>;
  /** The directory's entries; none if there is no such directory. */
  list(path: string): Promise<ReadonlyMap<string, Kind>>;
  /** Where a path leads, without links; undefined if it leads nowhere. */
  resolve(path: string): Promise<string | undefined>;
}

/** This machine's. Directories are looked at, and nothing that is in them is touched. */
export const hostTree: Tree = {
  at: (path) => path,
  async look(path) {
    return unlessMissing(async () => hostKind(await lstat(encodeName(path)), path));
  },
  async list(path) {
    const kinds = new Map<string, Kind>();
    const entries = await unlessMissing(() =>
      readdir(encodeName(path), { withFileTypes: true, encoding: 'buffer' }),
    );
    for (const entry of entries ?? []) {
      const name = decodeName(entry.name);
      kinds.set(name, await hostKind(entry, posix.join(path, name)));
    }
    return kinds;
  },
  resolve: (path) =>
    unlessMissing(async () => decodeName(await realpath(encodeName(path), { encoding: 'buffer' }))),
};

interface Typed {
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

async function hostKind(entry: Typed, path: string): Promise<Kind> {
  if (!entry.isSymbolicLink()) return entry.isDirectory() ? 'dir' : 'file';
  return { link: decodeName(await readlink(encodeName(path), { encoding: 'buffer' })) };
}

/** The namespace's, which is mounted at `mountpoint`: the builder asks the tree itself, and not the mount that it serves. */
export function servedTree(root: Fid, mountpoint: string): Tree {
  const kindOf = async (type: FileStat['type'], path: string): Promise<Kind> => {
    if (type !== 'symlink') return type === 'dir' ? 'dir' : 'file';
    await using fid = await root.walk(path);
    return { link: await fid.readlink() };
  };
  return {
    at: (path) => posix.join(mountpoint, path),
    look: (path) => unlessMissing(async () => kindOf((await root.stat(path)).type, path)),
    async list(path) {
      const kinds = new Map<string, Kind>();
      await unlessMissing(async () => {
        for await (const { name, type } of root.list({ path })) {
          kinds.set(name, await kindOf(type, posix.join(path, name)));
        }
      });
      return kinds;
    },
    resolve: (path) =>
      unlessMissing(async () => {
        const found = await resolveLinks(root, path);
        await root.stat(found);
        return found;
      }),
  };
}

/** What a tree has at the path `from`, as if it were at `to`. */
export function movedTree(tree: Tree, from: string, to: string): Tree {
  if (from === to) return tree;
  const back = (path: string): string => posix.join(from, posix.relative(to, path));
  return {
    at: (path) => tree.at(back(path)),
    look: (path) => tree.look(back(path)),
    list: (path) => tree.list(back(path)),
    resolve: (path) => tree.resolve(back(path)),
  };
}

/** A directory to be mounted on later. */
export const laterTree: Tree = {
  at: () => undefined,
  look: async () => 'dir',
  list: async () => new Map(),
  resolve: async (path) => path,
};

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error))) return undefined;
    throw error;
  }
}
