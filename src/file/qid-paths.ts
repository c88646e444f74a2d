/**
 * One path for each file of all the trees that are served as one, and the same for as long as the
 * server lives.
 *
 * A path's upper 16 bits are given out anew, by tree: each pair of a tree and such bits has others. So a tree that is a
 * served namespace itself, which uses them for its own trees, is no different from others. The root's paths go out as they
 * are while those bits of them are 0, as with nearly all file systems.
 */
const LOW = 48n;
const LOW_BITS = (1n << LOW) - 1n;
/** Stands before paths that are given out one by one, when all others are taken. */
const LAST = 0xffffn;

interface Tree {
  /** What stands for upper bits. */
  readonly prefixes: Map<bigint, bigint>;
  /** What stands for whole paths. */
  readonly paths: Map<bigint, bigint>;
}

export class QidPaths {
  readonly #root: object;
  readonly #trees = new WeakMap<object, Tree>();
  #lastPrefix = 0n;
  #lastPath = 0n;

  constructor(root: object) {
    this.#root = root;
  }

  of(tree: object, path: bigint): bigint {
    const high = path >> LOW;
    if (high === 0n && tree === this.#root) return path;
    const known = this.#known(tree);
    let prefix = known.prefixes.get(high);
    if (prefix === undefined) {
      if (this.#lastPrefix + 1n === LAST) return this.#single(known, path);
      known.prefixes.set(high, (prefix = ++this.#lastPrefix));
    }
    return (prefix << LOW) | (path & LOW_BITS);
  }

  #known(tree: object): Tree {
    const known = this.#trees.get(tree) ?? { prefixes: new Map(), paths: new Map() };
    this.#trees.set(tree, known);
    return known;
  }

  #single({ paths }: Tree, path: bigint): bigint {
    const given = paths.get(path) ?? (LAST << LOW) | ++this.#lastPath;
    paths.set(path, given);
    return given;
  }
}
