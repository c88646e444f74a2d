/** What is known of files, whatever their names: by (tree, qid.path). */

/** What makes two Files the same one. */
export interface Identity {
  readonly tree: object;
  readonly qid: { readonly path: bigint };
}

export class ByFile<T> {
  readonly #trees = new Map<object, Map<bigint, T>>();

  get({ tree, qid }: Identity): T | undefined {
    return this.#trees.get(tree)?.get(qid.path);
  }

  set({ tree, qid }: Identity, value: T): void {
    const paths = this.#trees.get(tree) ?? new Map<bigint, T>();
    this.#trees.set(tree, paths.set(qid.path, value));
  }

  delete({ tree, qid }: Identity): void {
    const paths = this.#trees.get(tree);
    paths?.delete(qid.path);
    if (paths?.size === 0) this.#trees.delete(tree);
  }

  /** Whether something is known of any file of the tree. */
  knows(tree: object): boolean {
    return this.#trees.has(tree);
  }

  *values(): Generator<T> {
    for (const paths of this.#trees.values()) yield* paths.values();
  }

  *entries(): Generator<readonly [Identity, T]> {
    for (const [tree, paths] of this.#trees) {
      for (const [path, value] of paths) yield [{ tree, qid: { path } }, value];
    }
  }

  copy(): ByFile<T> {
    const copy = new ByFile<T>();
    for (const [tree, paths] of this.#trees) copy.#trees.set(tree, new Map(paths));
    return copy;
  }
}
