/** The nodes that are no directories: files with content, symbolic links, special files. */
import {
  FileError,
  LockTable,
  now,
  type Change,
  type CreateSpec,
  type Lock,
  type LockRequest,
  type OpenFile,
  type OpenMode,
  type Request,
  type Time,
  type User,
} from '../../file/index.ts';
import { Content } from './content.ts';
import { RamNode, type RamTree } from './node.ts';

const SETUID = 0o4000;
const SETGID = 0o2000;
const GROUP_EXECUTE = 0o0010;
/** Bytes of a path, and so of a link's target (symlink(2)). */
const PATH_MAX = 4095;

export class RamFile extends RamNode {
  readonly content: Content;
  readonly locks = new LockTable();
  #opens = 0;
  #gone = false;

  constructor(tree: RamTree, spec: CreateSpec, creator: User | undefined) {
    super(tree, 'file', spec, creator);
    this.content = new Content(tree.quota);
  }

  open(mode: OpenMode, r: Request): OpenFile {
    if (this.#gone) throw new FileError('ENOENT');
    if (mode.truncate) this.resize(0, r);
    this.#opens++;
    return new OpenRamFile(this, mode.append);
  }

  closed(open: OpenFile): void {
    this.#opens--;
    this.locks.release(open);
    if (this.attributes.nlink === 0) this.vanish();
  }

  override touched(r: Request): void {
    super.touched(r);
    const { attributes, content } = this;
    attributes.size = content.size;
    attributes.blocks = Math.ceil(content.allocated / 512);
    // What another user has written runs as nobody else (write(2)); setgid alone means mandatory locking (inode(7)).
    if (r.user.uid !== 0) attributes.mode &= ~(SETUID | (attributes.mode & GROUP_EXECUTE ? SETGID : 0));
  }

  protected override resize(size: number, r: Request): void {
    this.content.resize(size);
    this.touched(r);
  }

  /** An unlinked file lives for as long as it is open. */
  protected override vanish(): void {
    if (this.#opens > 0 || this.#gone) return;
    this.#gone = true;
    this.content.free();
    super.vanish();
  }
}

/** As Linux's relatime: an access is worth noting only after a change. */
function isOlder(a: Time, b: Time): boolean {
  return a.sec < b.sec || (a.sec === b.sec && a.nsec <= b.nsec);
}

class OpenRamFile implements OpenFile {
  readonly prompt = true;
  readonly #file: RamFile;
  readonly #append: boolean;

  constructor(file: RamFile, append: boolean) {
    this.#file = file;
    this.#append = append;
  }

  read(offset: number, into: Uint8Array): number {
    const { attributes } = this.#file;
    if (isOlder(attributes.atime, attributes.mtime)) attributes.atime = now();
    return this.#file.content.read(offset, into);
  }

  write(offset: number, data: Uint8Array, r: Request): number {
    const { content } = this.#file;
    content.write(this.#append ? content.size : offset, data);
    this.#file.touched(r);
    return data.length;
  }

  change(change: Change, r: Request): void {
    this.#file.change(change, r);
  }

  allocate(offset: number, length: number, keepSize: boolean, r: Request): void {
    const { content } = this.#file;
    content.allocate(offset, length);
    if (!keepSize && offset + length > content.size) content.resize(offset + length);
    this.#file.touched(r);
  }

  seek(offset: number, what: 'data' | 'hole'): number {
    return this.#file.content.seek(offset, what);
  }

  lock(request: LockRequest): boolean {
    return this.#file.locks.set(request, this);
  }

  getLock(request: LockRequest): Lock | undefined {
    return this.#file.locks.conflict(request);
  }

  close(): void {
    this.#file.closed(this);
  }
}

export class RamSymlink extends RamNode {
  readonly target: string;

  constructor(tree: RamTree, target: string, spec: CreateSpec, creator: User | undefined) {
    const size = new TextEncoder().encode(target).length;
    if (size === 0) throw new FileError('ENOENT');
    if (size > PATH_MAX) throw new FileError('ENAMETOOLONG');
    super(tree, 'symlink', spec, creator);
    this.target = target;
    this.attributes.size = size;
    try {
      tree.quota.take(size);
    } catch (error) {
      super.vanish();
      throw error;
    }
  }

  protected override vanish(): void {
    super.vanish();
    this.tree.quota.give(this.attributes.size);
  }

  readlink(): string {
    return this.target;
  }
}

/** A fifo, a socket or a device: it has a name and attributes; what it does happens on the client's side. */
export class RamSpecial extends RamNode {
  open(): never {
    throw new FileError('ENXIO');
  }
}
