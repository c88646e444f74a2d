/** The places that a command is given: which tree a text means, and where in it. */
import { posix } from 'node:path';
import type { Fid, FidError } from '../client/index.ts';
import { FileError, codeOf } from '../file/errors.ts';
import type { File } from '../file/index.ts';
import { formatAddress, treePath, type Address } from '../transport/address.ts';
import { hasScheme, readAddress } from './address.ts';
import { dialOnce } from './dial.ts';
import { CommandError, UsageError, firstOf, isFidError } from './failure.ts';
import { isLink, resolveLinks } from './links.ts';
import { interruption } from './signals.ts';

/** How a tree is reached, and its files named. */
interface Way {
  readonly dial: (signal: AbortSignal) => Promise<File>;
  /** As a user would write a path in it. */
  readonly nameOf: (path: string) => string;
  /** What is known of an error with the file at a path, besides what the tree answers. */
  readonly explain?: (error: FidError, path: string) => Promise<FidError | undefined>;
}

/** A tree, and the one connection to it: made when it is first needed, shared by all places in the tree. */
export class Tree {
  readonly way: Way;
  readonly #signal: AbortSignal;
  #root: Promise<Fid> | undefined;

  constructor(way: Way, signal: AbortSignal) {
    this.way = way;
    this.#signal = signal;
  }

  root(): Promise<Fid> {
    return (this.#root ??= this.#dial());
  }

  async close(): Promise<void> {
    try {
      await (await this.#root)?.close();
    } catch {
      // It was never reached, or is lost: whoever needed it was told.
    }
  }

  async #dial(): Promise<Fid> {
    const file = await this.way.dial(this.#signal);
    const { Fid } = await import('../client/index.ts');
    return new Fid(file, { signal: this.#signal });
  }
}

/** A path whose last name is none. */
const UNNAMED = /(^|\/)\.{1,2}\/*$/;

/** A file or a directory, or where one is to be. */
export class Place {
  /** As the user wrote it. */
  readonly text: string;
  readonly tree: Tree;
  /** From the root of the tree. */
  readonly path: string;
  /** The name that a copy of it gets in a directory; undefined if it was not named: a root, or `.`, or `..`. */
  readonly name: string | undefined;

  constructor(text: string, tree: Tree, path: string) {
    this.text = text;
    this.tree = tree;
    this.path = posix.join('/', path).replace(/(?<=[^])\/$/, '');
    this.name = this.path === '/' || UNNAMED.test(path) ? undefined : posix.basename(this.path);
  }

  /**
   * A place in this directory.
   *
   * @throws FileError for a name that leads elsewhere: a server may say anything.
   */
  below(name: string): Place {
    if (name === '' || name === '.' || name === '..' || name.includes('/')) {
      const text = `its server says that it holds ${JSON.stringify(name)}, which is no name of a file`;
      throw new CommandError('use', this.text, new FileError('EINVAL', text));
    }
    return this.#at(posix.join(this.path, name));
  }

  root(): Promise<Fid> {
    return this.tree.root();
  }

  /** The file itself, whatever it is: a link is not followed. To be closed. */
  async walk(): Promise<Fid> {
    return (await this.root()).walk(this.path);
  }

  /** The file that the place leads to, links being followed. To be closed. */
  async find(): Promise<Fid> {
    try {
      const fid = await this.walk();
      if (!isLink(fid)) return fid;
      await fid.close();
    } catch (error) {
      // A link stands on the way, perhaps.
      if (codeOf(error) !== 'ENOTDIR') throw error;
    }
    return (await this.resolved()).walk();
  }

  /** As `find`; undefined if nothing is there. */
  async findIfThere(): Promise<Fid | undefined> {
    try {
      return await this.find();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Without the links on its way, whether the file is there or not. */
  async resolved(): Promise<Place> {
    const path = await resolveLinks(await this.root(), this.path);
    return path === this.path ? this : this.#at(path);
  }

  /** Whether this place is the other one, or below it. */
  isWithin(other: Place): boolean {
    if (this.tree !== other.tree) return false;
    return other.path === '/' || this.path === other.path || this.path.startsWith(`${other.path}/`);
  }

  /** Does some work with the tree; what goes wrong is told of the file that it went wrong with. */
  async attempt<T>(verb: string, work: (root: Fid) => Promise<T>): Promise<T> {
    try {
      return await work(await this.root());
    } catch (error) {
      throw this.failure(verb, await this.#withReason(error));
    }
  }

  /** What the tree knows of an error that this place may have to do with; undefined if nothing. */
  async explain(thrown: unknown): Promise<FidError | undefined> {
    const error = firstOf(thrown);
    return isFidError(error) ? this.tree.way.explain?.(error, this.path) : undefined;
  }

  /** Why there is nothing here, where that is not the whole truth: a server may not say more in a walk. */
  async whyMissing(): Promise<unknown> {
    return (await this.root()).whyMissing(this.path);
  }

  /** An error of this place or of one below it, as a sentence for the user. */
  failure(verb: string, thrown: unknown): unknown {
    const error = firstOf(thrown);
    if (isFidError(error)) {
      // Of a copy either end may be at fault: it is told of the place that it was to.
      const name = error.op === 'copy' ? this.text : this.#shown(error.path);
      return new CommandError(verb, name, error);
    }
    return error instanceof FileError ? new CommandError(verb, this.text, error) : error;
  }

  /** "Not there" may mean that the way there is barred: a walk of one name at a time is told. */
  async #withReason(thrown: unknown): Promise<unknown> {
    const error = firstOf(thrown);
    if (!isFidError(error)) return error;
    const found =
      error.code === 'ENOENT' && (await (await this.root()).whyMissing(error.path).catch(() => undefined));
    const cause = isFidError(found) ? found : error;
    return (await this.tree.way.explain?.(cause, error.path)) ?? cause;
  }

  #at(path: string): Place {
    return new Place(this.#shown(path), this.tree, path);
  }

  /** A path of the tree as the user would write it. */
  #shown(path: string): string {
    if (path === this.path) return this.text;
    const below = posix.relative(this.path, path);
    if (hasScheme(this.text) || below.startsWith('..')) return this.tree.way.nameOf(path);
    return posix.join(this.text.startsWith('./') ? './' : '', this.text, below);
  }
}

/** The places of one command. Their trees are given up together. */
export class Places implements AsyncDisposable {
  readonly signal: AbortSignal = interruption();
  readonly #trees = new Map<string, Tree>();

  /** @throws UsageError for what is no place. */
  at(text: string): Place {
    if (text.startsWith('/'))
      return new Place(
        text,
        this.#tree(NAMESPACE, () => currentNamespace),
        text,
      );
    const { address, path } = split(text);
    return new Place(
      text,
      this.#tree(formatAddress(address), () => wayTo(address)),
      path,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#trees.values()].map((tree) => tree.close()));
  }

  #tree(key: string, way: () => Way): Tree {
    let tree = this.#trees.get(key);
    if (!tree) this.#trees.set(key, (tree = new Tree(way(), this.signal)));
    return tree;
  }
}

/** No address is like this. */
const NAMESPACE = '/';

const currentNamespace: Way = {
  dial: async (signal) => (await import('./namespace.ts')).dialNamespace(signal),
  nameOf: (path) => path,
  explain: async (error, path) => (await import('./explain.ts')).explainByMount(error, path),
};

function wayTo(address: Address): Way {
  return {
    dial: (signal) => dialOnce(address, signal),
    nameOf(path) {
      if (endsInPath(address)) return formatAddress({ ...address, path, fragment: undefined });
      return formatAddress(isHost(address) ? { ...address, path } : { ...address, fragment: path });
    },
  };
}

/** Where the path after the host is the path in the tree, and says nothing else. */
const endsInPath = ({ scheme }: Address): boolean => scheme === 'tcp' || scheme === 'tls';

/** The files of this machine: one tree, from its root on. */
const isHost = ({ scheme, path, fragment }: Address): boolean =>
  scheme === 'file' && path === '/' && fragment === undefined;

/** The address of a tree's root, and the path in the tree. */
function split(text: string): { readonly address: Address; readonly path: string } {
  if (text === '') throw new UsageError("a place was expected, not ''");
  const address = readAddress(
    hasScheme(text) ? text : formatAddress({ scheme: 'file', path: text, options: NONE }),
  );
  if (address.scheme === 'file' && address.fragment === undefined) {
    // What the address lost when it was made absolute: it says how a copy is to be called.
    const written = hasScheme(text) ? text.slice(text.indexOf(':') + 1).replace(/\?[^?]*$/, '') : text;
    const path = UNNAMED.test(written) ? `${address.path}/.` : address.path;
    return { address: { ...address, path: '/' }, path };
  }
  const path = treePath(address);
  if (endsInPath(address)) return { address: { ...address, path: '', fragment: undefined }, path };
  return { address: { ...address, fragment: '/' }, path };
}

const NONE: ReadonlyMap<string, string> = new Map();
