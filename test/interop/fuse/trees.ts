/** The file systems that the same work is done on: ours, and others that tell what is the work's own fault. */
import { mountBindfs, mountFuse, mountTmpfs, type Mount } from './mounts.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startNs, temporaryDirectory } from '../programs.ts';
import { startNamespace } from './servers.ts';

/** A file system that can be had in several ways; each is empty when it is mounted, and root's. */
export interface Tree {
  readonly name: string;
  /** @param options - of `ns export fuse -o`, for those of ours: others must have access */
  readonly mount: (options?: string) => Promise<Mount>;
}

/** Options without which root alone could use a mount. */
const USUAL = 'allow_other';

/** A file system of the kernel's own. */
export const plain: Tree = { name: 'a plain directory', mount: mountTmpfs };

/** The same through bindfs, which hands every call on over FUSE. */
export const bindfs: Tree = { name: 'bindfs', mount: () => overTmpfs(({ path }) => mountBindfs(path)) };

export const ram: Tree = { name: 'ram:', mount: (options = USUAL) => mountFuse('ram:', options) };

export const file: Tree = {
  name: 'file:',
  mount: (options = USUAL) => overTmpfs(({ path }) => mountFuse(`file:${path}`, options)),
};

/** The directory is served over 9P by one process, and mounted by another. */
export const remote: Tree = {
  name: 'file: over 9P',
  mount: (options = USUAL) =>
    overTmpfs(async ({ path }) => {
      const server = await startNs(`file:${path}`);
      return before(await mountFuse(`tcp://127.0.0.1:${server.port}`, options), server);
    }),
};

/** A directory of a namespace, which is served by one process and mounted by another. */
export const throughNamespace: Tree = {
  name: 'ram: in a namespace',
  async mount(options = USUAL) {
    await using directory = await temporaryDirectory();
    const world = join(directory.path, 'world.ns');
    await writeFile(world, 'mount -c ram: /n/box\nbind /n/box /mnt\nlisten tcp://127.0.0.1:0\n');
    const server = await startNamespace(world);
    return before(await mountFuse(`${server.url}/n/box`, options), server);
  },
};

/** The same with `-o cache=`. */
export function cached(tree: Tree, cache: 'none' | 'loose'): Tree {
  return { name: `${tree.name}, cache=${cache}`, mount: () => tree.mount(`${USUAL},cache=${cache}`) };
}

/** By name, of NINES_FUSE_ON: `NINES_FUSE_ON=plain,bindfs` does the work on those instead of ours. */
const ALL: Readonly<Record<string, Tree>> = { plain, bindfs, ram, file, remote };

/** Those that were asked for, or the given ones. */
export function chosenTrees(...usual: readonly Tree[]): readonly Tree[] {
  const names = process.env['NINES_FUSE_ON']?.split(',');
  return names?.map((name) => ALL[name]) ?? usual;
}

/** What is below goes when the mount is gone. */
function before(mount: Mount, below: AsyncDisposable): Mount {
  return {
    ...mount,
    async [Symbol.asyncDispose]() {
      await mount[Symbol.asyncDispose]();
      await below[Symbol.asyncDispose]();
    },
  };
}

async function overTmpfs(mount: (tmpfs: Mount) => Promise<Mount>): Promise<Mount> {
  const tmpfs = await mountTmpfs();
  try {
    return before(await mount(tmpfs), tmpfs);
  } catch (error) {
    await tmpfs[Symbol.asyncDispose]();
    throw error;
  }
}
