/** A name in a directory, as Node has it, and a directory that is read name by name. */
import type { Chan, Entry, FileType, Request } from '../../file/index.ts';
import { unavailable } from './arguments.ts';
import { systemError } from './errors.ts';

export class Dirent<N extends string | Uint8Array = string> {
  readonly name: N;
  /** The path of the directory, as it was given. */
  readonly parentPath: string;
  /** The same, by its former name. */
  readonly path: string;
  readonly #type: FileType;

  constructor(name: N, parentPath: string, type: FileType) {
    this.name = name;
    this.parentPath = this.path = parentPath;
    this.#type = type;
  }

  static typeOf(entry: Dirent<string | Uint8Array>): FileType {
    return entry.#type;
  }

  isFile(): boolean {
    return this.#type === 'file';
  }

  isDirectory(): boolean {
    return this.#type === 'dir';
  }

  isSymbolicLink(): boolean {
    return this.#type === 'symlink';
  }

  isFIFO(): boolean {
    return this.#type === 'fifo';
  }

  isSocket(): boolean {
    return this.#type === 'socket';
  }

  isCharacterDevice(): boolean {
    return this.#type === 'char';
  }

  isBlockDevice(): boolean {
    return this.#type === 'block';
  }
}

/** What a Dir is given to read. */
export interface Listing {
  readonly entries: AsyncIterator<Dirent<string | Uint8Array>>;
  close(): Promise<void>;
}

/** An open directory. Iterating over it closes it. */
export class Dir<N extends string | Uint8Array = string> implements AsyncDisposable {
  /** As it was given. */
  readonly path: string;
  readonly #listing: Listing;
  #closed = false;

  constructor(path: string, listing: Listing) {
    this.path = path;
    this.#listing = listing;
  }

  /** The next entry; null after the last one. */
  async read(): Promise<Dirent<N> | null> {
    this.#check();
    const { done, value } = await this.#listing.entries.next();
    return done ? null : (value as Dirent<N>);
  }

  async close(): Promise<void> {
    this.#check();
    this.#closed = true;
    await this.#listing.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Dirent<N>, void> {
    try {
      for (let entry = await this.read(); entry; entry = await this.read()) yield entry;
    } finally {
      await this.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.close();
  }

  #check(): void {
    if (this.#closed) throw unavailable('ERR_DIR_CLOSED', 'Directory handle was closed');
  }
}

/** The entries of an open directory; its failures are those of a `readdir`. */
export async function* entriesOf(chan: Chan, r: Request, path: string): AsyncGenerator<Entry> {
  try {
    yield* chan.list(0n, r);
  } catch (error) {
    throw systemError(error, { syscall: 'scandir', path });
  }
}
