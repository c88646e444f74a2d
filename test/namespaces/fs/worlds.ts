/** Trees of all kinds, near and far, with an `fs` over each. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attach } from '../../../src/client/index.ts';
import { dial } from '../../../src/dial.ts';
import type { File, User } from '../../../src/file/index.ts';
import { MCREATE, MREPL } from '../../../src/namespaces/flags.ts';
import { Namespace } from '../../../src/namespaces/namespace.ts';
import { namespaceFs } from '../../../src/namespaces/fs/fs.ts';
import { processUser } from '../../../src/owner.ts';
import { hostDirectory, ram } from '../../../src/resources/index.ts';
import { hostServer, serve } from '../../../src/serve.ts';
import { pipe } from '../../../src/transport/index.ts';
import type { FsLike, World } from './ground.ts';

export const user: User = processUser();

/** The `fs` of a namespace with a tree as its root, or with one that is mounted at `base`. */
export async function worldOf(
  tree: File,
  end: () => Promise<void> = async () => undefined,
  base = '',
): Promise<World> {
  const namespace = new Namespace(base === '' ? { root: tree, user } : { user });
  if (base !== '') await namespace.mount(tree, base, MREPL | MCREATE);
  return {
    fs: namespaceFs(namespace) as unknown as FsLike,
    base,
    cwd: namespace.cwd,
    async [Symbol.asyncDispose]() {
      await namespace.close();
      await end();
    },
  };
}

interface Tree {
  readonly file: File;
  readonly end?: () => void;
}

export const TREES: Readonly<Record<string, () => Tree>> = {
  'ram:': () => ({ file: ram() }),
  'file:': () => {
    const folder = newFolder();
    return { file: hostDirectory(folder), end: () => rmSync(folder, { recursive: true, force: true }) };
  },
};

export const newFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'nines-fs-')));

/** How a tree is reached. */
export const WAYS: Readonly<Record<string, (tree: Tree) => Promise<World>>> = {
  'in this process': async ({ file, end }) => worldOf(file, async () => end?.()),
  'mounted in a namespace': async ({ file, end }) => worldOf(file, async () => end?.(), '/mnt/tree'),
  'over a pipe': async ({ file, end }) => {
    const server = hostServer(file);
    const [theirs, ours] = pipe();
    server.accept(theirs);
    return worldOf(await attach(ours, { user }), async () => {
      await server.close();
      end?.();
    });
  },
  'over TCP': async ({ file, end }) => {
    const serving = await serve('tcp://127.0.0.1:0', file);
    return worldOf(await dial(serving.address), async () => {
      await serving.close();
      end?.();
    });
  },
};

/** The real one. */
export async function nodeWorld(): Promise<World> {
  const base = newFolder();
  return {
    fs: nodeFs,
    base,
    cwd: process.cwd(),
    async [Symbol.asyncDispose]() {
      await nodeFs.rm(base, { recursive: true, force: true });
    },
  };
}
