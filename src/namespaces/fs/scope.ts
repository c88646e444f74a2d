/** What all calls of one `fs` share: the tree, who asks, and the way from a path to a file. */
import {
  Chan,
  FileError,
  codeOf,
  type Awaitable,
  type Code,
  type File,
  type Request,
  type User,
} from '../../file/index.ts';
import { NEVER, unlessAborted } from '../../client/abort.ts';
import { abandon } from '../../client/fid/reach.ts';
import { aborted, systemError, type Deed } from './errors.ts';
import { parsePath, type Ending } from './path.ts';

/** What an `fs` is made of: a Namespace is one. */
export interface FsRoot {
  /** The root directory; the caller releases it. */
  file(): File;
  /** Where relative paths begin. */
  readonly cwd: string;
  readonly user: User;
}

const QTSYMLINK = 0x02;
/** Links that a path may lead through, as on Linux (path_resolution(7)). */
const LINKS_MAX = 40;

/** A directory, and a name in it, which need not be there. */
export interface Spot {
  readonly dir: Chan;
  readonly name: string;
  /** The path ends in '/': the name is a directory's, or is to be. */
  readonly directory: boolean;
}

/** What a call says to a path that ends in `.`, in `..`, or is the root: there is no name to do anything with. */
export type Refusals = Readonly<Record<Exclude<Ending, 'name' | 'directory'>, Code>>;

/** How far a path leads, once every link on it is followed. */
interface Way {
  /** From the root, without links, but for a last one that was not to be followed. */
  readonly names: readonly string[];
  readonly chan?: Chan;
  readonly error?: unknown;
  /** Nothing is missing but the last name. */
  readonly lacksLast: boolean;
}

export class Scope {
  readonly #root: FsRoot;
  /** Descriptors that are in use. */
  readonly #descriptors = new Set<number>();

  constructor(root: FsRoot) {
    this.#root = root;
  }

  get user(): User {
    return this.#root.user;
  }

  get cwd(): string {
    return this.#root.cwd;
  }

  /** What is passed on with a call. */
  request(signal: AbortSignal = NEVER): Request {
    return { user: this.#root.user, aname: '', signal };
  }

  /** One call upon the tree: its failure is told as Node would tell that of the deed. `late` gets what comes after the abort. */
  async run<T>(
    deed: Deed,
    work: (r: Request) => Awaitable<T>,
    signal?: AbortSignal,
    late?: (value: T) => void,
  ): Promise<T> {
    if (signal?.aborted) throw aborted(signal);
    try {
      return await unlessAborted(signal ?? NEVER, () => work(this.request(signal)), late);
    } catch (error) {
      throw signal?.aborted ? aborted(signal) : systemError(error, deed);
    }
  }

  /** The lowest number that is free, above those of the standard streams. */
  newDescriptor(): number {
    let fd = 3;
    while (this.#descriptors.has(fd)) fd++;
    this.#descriptors.add(fd);
    return fd;
  }

  freeDescriptor(fd: number): void {
    this.#descriptors.delete(fd);
  }

  /** The file at a path. Whoever gets a Chan closes it. */
  async reach(path: string, follow: boolean, r: Request): Promise<Chan> {
    const { chan, error } = await this.find(path, follow, r);
    if (!chan) throw error;
    return chan;
  }

  /** Work with the file at a path, which is not opened for it. */
  async with<T>(path: string, follow: boolean, r: Request, work: (chan: Chan) => Awaitable<T>): Promise<T> {
    const chan = await this.reach(path, follow, r);
    return closing(chan, r, () => work(chan));
  }

  /** Work with the place of a name; a link that stands there is not followed. */
  async inDir<T>(
    path: string,
    refusals: Refusals,
    r: Request,
    work: (spot: Spot) => Awaitable<T>,
  ): Promise<T> {
    const { names, ending } = this.#parse(path);
    const isName = ending === 'name' || ending === 'directory';
    const dir = await this.#directory(isName ? names.slice(0, -1) : names, r);
    return closing(dir, r, () => {
      if (!isName) throw new FileError(refusals[ending]);
      return work({ dir, name: names.at(-1)!, directory: ending === 'directory' });
    });
  }

  /** The file at a path, or else how far that leads. */
  async find(path: string, follow: boolean, r: Request): Promise<Way> {
    const { names, ending } = this.#parse(path);
    const isName = ending === 'name';
    const way = await this.#resolve(names, follow || !isName, r);
    if (isName || !way.chan || way.chan.isDir) return way;
    abandon(way.chan, r);
    throw new FileError('ENOTDIR');
  }

  /** The directory that a path of {@link find} lacks its last name in. */
  parentOf({ names }: Way, r: Request): Promise<Spot> {
    return this.#directory(names.slice(0, -1), r).then((dir) => ({
      dir,
      name: names.at(-1)!,
      directory: false,
    }));
  }

  #parse(path: string): ReturnType<typeof parsePath> {
    if (path === '') throw new FileError('ENOENT');
    return parsePath(path, this.#root.cwd);
  }

  async #directory(names: readonly string[], r: Request): Promise<Chan> {
    const { chan, error } = await this.#resolve(names, true, r);
    if (!chan) throw error;
    if (chan.isDir) return chan;
    abandon(chan, r);
    throw new FileError('ENOTDIR');
  }

  /**
   * Walks all names at once, which is right unless there is a link among them; then again, with the link's target in
   * its place.
   */
  async #resolve(names: readonly string[], followLast: boolean, r: Request): Promise<Way> {
    const root = Chan.attach(this.#root.file());
    try {
      for (let links = 0; ; links++) {
        const { files, chan, error } = await root.walk(names, r);
        const link = files.findIndex(
          ({ qid }, i) => (qid.type & QTSYMLINK) !== 0 && (followLast || i < names.length - 1),
        );
        if (link < 0) return { names, chan, error, lacksLast: lacksLast(names, files, error) };
        if (chan) abandon(chan, r);
        if (links === LINKS_MAX) throw new FileError('ELOOP');
        names = await through(root, names, link, r);
      }
    } finally {
      abandon(root, r);
    }
  }
}

function lacksLast(
  names: readonly string[],
  files: readonly { readonly qid: { readonly type: number } }[],
  error: unknown,
): boolean {
  if (names.length === 0 || files.length !== names.length - 1) return false;
  const dir = files.at(-1);
  return codeOf(error) === 'ENOENT' && (!dir || (dir.qid.type & 0x80) !== 0);
}

/** The names with what the link says in its place. */
async function through(
  root: Chan,
  names: readonly string[],
  link: number,
  r: Request,
): Promise<readonly string[]> {
  const { chan, error } = await root.walk(names.slice(0, link + 1), r);
  if (!chan) throw error;
  const target = await closing(chan, r, () => chan.readlink(r));
  if (target === '') throw new FileError('ENOENT');
  const before = target.startsWith('/') ? [] : names.slice(0, link);
  const inside = target.split('/').filter((name) => name !== '' && name !== '.');
  return [...before, ...inside, ...names.slice(link + 1)];
}

/** Work with a Chan, which is closed after it; nobody waits for that. */
export async function closing<T>(chan: Chan, r: Request, work: () => Awaitable<T>): Promise<T> {
  try {
    return await work();
  } finally {
    abandon(chan, r);
  }
}
