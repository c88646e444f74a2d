/** Trees to be mounted, and what is looked for in them. */
import { Fid } from '../../src/client/index.ts';
import type { File, User } from '../../src/file/index.ts';
import { newNamespace } from '../../src/namespace.ts';
import type { Namespace, NamespaceOptions } from '../../src/namespaces/index.ts';
import { ram } from '../../src/resources/index.ts';
import { GLENDA } from './users.ts';

/** A tree in memory, by paths: a text is a file's content, and what ends in '/' is a directory. */
export async function treeOf(paths: Readonly<Record<string, string>>, owner: User = GLENDA): Promise<File> {
  const tree = ram({ owner });
  const root = new Fid(tree, { user: owner });
  for (const [path, text] of Object.entries(paths)) {
    const above = path.split('/').slice(0, -1).join('/');
    await root.mkdirAll(above);
    if (!path.endsWith('/')) await root.writeFile(path, text);
  }
  return tree;
}

/** A tree with one file, `who`, that says the name, and another one with that name. */
export function named(name: string): Promise<File> {
  return treeOf({ who: name, [`only-${name}`]: name });
}

export function world(options: NamespaceOptions = {}): Namespace {
  return newNamespace({ user: GLENDA, ...options });
}

/** A namespace in which the trees of these names are mounted at /t/NAME. */
export async function worldWith(trees: Readonly<Record<string, File>>): Promise<Namespace> {
  const namespace = world();
  for (const [name, tree] of Object.entries(trees)) await namespace.mount(tree, `/t/${name}`);
  return namespace;
}

/** The names in a directory, in the order in which they come. */
export async function list(namespace: Pick<Namespace, 'list'>, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of namespace.list(path)) names.push(name);
  return names;
}

/** The error that the work fails with. */
export async function failure(work: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

export async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return (await failure(work)).code;
}
