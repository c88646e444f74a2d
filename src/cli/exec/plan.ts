/**
 * How the root of a world is put together: a tree that all is taken from, except what is taken from another one. Pure
 * but for the looks into the trees: what it gives is done by the builder.
 *
 * A directory is bound as a whole, with what is elsewhere mounted over what it has there. Only where it lacks a name is
 * it made anew: an empty directory in memory, with each of its entries bound into it. The root is always such a one.
 */
import { posix } from 'node:path';
import type { Kind, Tree } from './tree.ts';

export type Step =
  | { readonly make: 'dir' | 'file'; readonly path: string }
  | { readonly make: 'link'; readonly path: string; readonly target: string }
  /** With all that is mounted below; `final`: what was made here is not changed any more. */
  | { readonly make: 'bind'; readonly from: string; readonly path: string; readonly final?: true };

/** Which tree a path is taken from, with all that is below it. */
export type Choices = ReadonlyMap<string, Tree>;

/**
 * The steps, in their order.
 *
 * @param parts - a directory in which directories are made anew
 * @param root - the mountpoint where all of it is to be seen in the end
 */
export function plan(base: Tree, choices: Choices, parts: string, root: string): Promise<readonly Step[]> {
  const top = { tree: base, children: new Map<string, Branch>() };
  for (const [path, tree] of choices) branchAt(top, path).tree = tree;
  return new Planner(parts).plan(top, base, root);
}

/** A directory on the way to a choice, or one itself. */
interface Branch {
  tree: Tree | undefined;
  readonly children: Map<string, Branch>;
}

function branchAt(top: Branch, path: string): Branch {
  let at = top;
  for (const name of path.split('/').filter(Boolean)) {
    const next = at.children.get(name) ?? { tree: undefined, children: new Map<string, Branch>() };
    at.children.set(name, next);
    at = next;
  }
  return at;
}

class Planner {
  readonly #steps: Step[] = [];
  readonly #parts: string;
  #made = 0;

  constructor(parts: string) {
    this.#parts = parts;
  }

  async plan(top: Branch, base: Tree, root: string): Promise<readonly Step[]> {
    await this.#anew('/', top, base, root);
    return this.#steps;
  }

  /** Shows `tree` at `place`, where it is perhaps seen already, and what is chosen below. */
  async #show(path: string, branch: Branch, tree: Tree, place: string, isSeen: boolean): Promise<void> {
    if (!(await hasRoomFor(path, branch, tree))) return this.#anew(path, branch, tree, place);
    if (!isSeen) this.#bind(tree.at(path), place);
    for (const [name, child] of branch.children) {
      const isChosen = child.tree !== undefined && child.tree !== tree;
      await this.#show(posix.join(path, name), child, child.tree ?? tree, posix.join(place, name), !isChosen);
    }
  }

  /** The same, where the directory lacks names. */
  async #anew(path: string, branch: Branch, tree: Tree, place: string): Promise<void> {
    const part = posix.join(this.#parts, String(this.#made++));
    this.#steps.push({ make: 'dir', path: part });
    for (const [name, kind] of await tree.list(path)) {
      if (branch.children.has(name)) continue;
      this.#make(kind, posix.join(part, name));
      if (isBound(kind)) this.#bind(tree.at(posix.join(path, name)), posix.join(part, name));
    }
    for (const [name, child] of branch.children) {
      const [below, spot, from] = [posix.join(path, name), posix.join(part, name), child.tree ?? tree];
      // What is only on the way to something else, and is not there, is a directory.
      const kind = (await from.look(below)) ?? 'dir';
      this.#make(kind, spot);
      if (isBound(kind)) await this.#show(below, child, from, spot, false);
    }
    this.#steps.push({ make: 'bind', from: part, path: place, final: true });
  }

  #make(kind: Kind, path: string): void {
    this.#steps.push(isBound(kind) ? { make: kind, path } : { make: 'link', path, target: kind.link });
  }

  #bind(from: string | undefined, path: string): void {
    if (from !== undefined) this.#steps.push({ make: 'bind', from, path });
  }
}

const isBound = (kind: Kind): kind is 'dir' | 'file' => typeof kind === 'string';

/** Whether there is something of the right kind in the directory to mount each of the children on. */
async function hasRoomFor(path: string, { children }: Branch, tree: Tree): Promise<boolean> {
  for (const [name, child] of children) {
    const below = posix.join(path, name);
    const there = await tree.look(below);
    const needed = child.tree ? await child.tree.look(below) : 'dir';
    if (there === undefined || there !== needed) return false;
  }
  return true;
}
