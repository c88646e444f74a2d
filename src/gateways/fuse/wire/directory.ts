/** A page of a directory: as many entries as READDIR or READDIRPLUS asked for room. */
import { encodeName } from '../../../host/name.ts';
import { OUT_HEADER } from './constants.ts';
import { lend } from './room.ts';
import { ENTRY_OUT, putEntry, type EntryOut } from './structs.ts';

const DIRENT = 24;

export interface DirectoryEntry {
  readonly name: string;
  readonly ino: bigint;
  /** d_type of readdir(3). */
  readonly type: number;
  /** Where to go on after this entry: what the next request says as its offset. */
  readonly cookie: bigint;
}

export class DirectoryPage {
  readonly #message: Uint8Array;
  readonly #view: DataView;
  readonly #plus: boolean;
  #end = OUT_HEADER;

  /** @param size - how many bytes of entries fit; @param plus - READDIRPLUS: each comes with its attributes */
  constructor(size: number, plus: boolean) {
    this.#message = lend(size);
    this.#view = new DataView(this.#message.buffer, this.#message.byteOffset, this.#message.length);
    this.#plus = plus;
  }

  /** Bytes that are left. */
  get room(): number {
    return this.#message.length - this.#end;
  }

  /** Bytes that an entry of that name takes. */
  sizeOf(name: string): number {
    return this.#sizeOf(encodeName(name).length);
  }

  /**
   * Adds an entry; false: there is no room, and nothing was added. `found` is for READDIRPLUS: an entry that the kernel
   * has now looked up once, and will forget; without it, it knows the name alone. `.` and `..` have none.
   */
  add({ name, ino, type, cookie }: DirectoryEntry, found?: EntryOut): boolean {
    const bytes = encodeName(name);
    const size = this.#sizeOf(bytes.length);
    const start = this.#end;
    if (start + size > this.#message.length) return false;
    this.#message.fill(0, start, start + size);
    if (found && this.#plus) putEntry(this.#view, start, found);
    const at = this.#plus ? start + ENTRY_OUT : start;
    this.#view.setBigUint64(at, ino, true);
    this.#view.setBigUint64(at + 8, cookie, true);
    this.#view.setUint32(at + 16, bytes.length, true);
    this.#view.setUint32(at + 20, type, true);
    this.#message.set(bytes, at + DIRENT);
    this.#end = start + size;
    return true;
  }

  /** The reply: a message with room for its header. Empty: the end of the directory. */
  get bytes(): Uint8Array {
    return this.#message.subarray(0, this.#end);
  }

  /** Of struct fuse_dirent or fuse_direntplus with a name of that many bytes: a multiple of 8. */
  #sizeOf(name: number): number {
    return ((this.#plus ? ENTRY_OUT : 0) + DIRENT + name + 7) & ~7;
  }
}
