/** What the kernel asks, request by request (linux/fuse.h). */
import { KernelBase, ROOT, type Asked } from './kernel.ts';
import { Packet, attrReply, entryReply, openReply } from './packet.ts';
import type { AttrReply, DirEntry, EntryReply, OpenReply } from './packet.ts';

export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  CREAT: 0o100,
  EXCL: 0o200,
  TRUNC: 0o1000,
  APPEND: 0o2000,
} as const;

export const F = { READ: 0, WRITE: 1, UNLOCK: 2 } as const;

export interface Lock {
  readonly start: bigint;
  readonly end: bigint;
  readonly type: number;
  readonly pid: number;
}

/** To the end of any file (OFFSET_MAX). */
export const END = 2n ** 63n - 1n;

export interface Changes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  /** Seconds. */
  readonly atime?: number | 'now';
  readonly mtime?: number | 'now';
}

/** Of an OPEN: what later requests about it name. */
export interface Opened extends OpenReply {
  readonly node: number;
}

const empty = new Packet();
const nothing = (): void => undefined;

export class Kernel extends KernelBase {
  async init(flags = 0xffff_ffff, minor = 38, flags2 = 0xffff_ffff) {
    const body = new Packet().u32(7, minor, 131072, flags, flags2).u32(...Array<number>(11).fill(0));
    return this.ask(26, 0, body, (r) => {
      const [major, own, readAhead, low, background, congested] = [
        r.u32(),
        r.u32(),
        r.u32(),
        r.u32(),
        r.u16(),
        r.u16(),
      ];
      const [maxWrite, granularity, maxPages] = [r.u32(), r.u32(), r.u16()];
      r.u16();
      const high = r.u32();
      return {
        major,
        minor: own,
        readAhead,
        low,
        high,
        background,
        congested,
        maxWrite,
        granularity,
        maxPages,
      };
    });
  }

  lookup(node: number, name: string | Uint8Array): Asked<EntryReply> {
    return this.ask(1, node, new Packet().name(name), (r) => this.found(entryReply(r)));
  }

  /** Looks all names of a path up. */
  async walk(path: string): Promise<EntryReply> {
    let node = ROOT;
    let entry: EntryReply | undefined;
    for (const name of path.split('/')) node = (entry = await this.lookup(node, name)).node;
    return entry!;
  }

  getattr(node: number, open?: number): Asked<AttrReply> {
    const body = new Packet().u32(open === undefined ? 0 : 1, 0).u64(open ?? 0);
    return this.ask(3, node, body, attrReply);
  }

  setattr(node: number, changes: Changes, open?: number): Asked<AttrReply> {
    const { mode, uid, gid, size, atime, mtime } = changes;
    const given = [mode, uid, gid, size, atime, mtime, open];
    const now = (atime === 'now' ? 1 << 7 : 0) | (mtime === 'now' ? 1 << 8 : 0);
    const valid = given.reduce<number>((bits, value, i) => bits | (value === undefined ? 0 : 1 << i), now);
    const seconds = [atime, mtime, 0].map((time) => (typeof time === 'number' ? time : 0));
    const body = new Packet()
      .u32(valid, 0)
      .u64(open ?? 0, size ?? 0, 0, ...seconds)
      .u32(0, 0, 0, mode ?? 0, 0, uid ?? 0, gid ?? 0, 0);
    return this.ask(4, node, body, attrReply);
  }

  readlink(node: number): Asked<string> {
    return this.ask(5, node, empty, (r) => r.data(r.left).toString());
  }

  symlink(node: number, name: string, target: string): Asked<EntryReply> {
    return this.#entry(6, node, new Packet().name(name).name(target));
  }

  mknod(node: number, name: string, mode: number, rdev = 0): Asked<EntryReply> {
    return this.#entry(8, node, new Packet().u32(mode, rdev, 0o022, 0).name(name));
  }

  mkdir(node: number, name: string, mode = 0o755): Asked<EntryReply> {
    return this.#entry(9, node, new Packet().u32(mode, 0o022).name(name));
  }

  unlink(node: number, name: string): Asked<void> {
    return this.ask(10, node, new Packet().name(name), nothing);
  }

  rmdir(node: number, name: string): Asked<void> {
    return this.ask(11, node, new Packet().name(name), nothing);
  }

  rename(node: number, name: string, to: number, toName: string, flags = 0): Asked<void> {
    const body = flags === 0 ? new Packet().u64(to) : new Packet().u64(to).u32(flags, 0);
    return this.ask(flags === 0 ? 12 : 45, node, body.name(name).name(toName), nothing);
  }

  link(target: number, node: number, name: string): Asked<EntryReply> {
    return this.#entry(13, node, new Packet().u64(target).name(name));
  }

  open(node: number, flags: number = O.RDONLY): Asked<Opened> {
    return this.ask(14, node, new Packet().u32(flags, 0), (r) => this.opened({ ...openReply(r), node }));
  }

  read({ open, node }: Opened, offset: number | bigint, size: number): Asked<Buffer> {
    const body = new Packet().u64(open, offset).u32(size, 0).u64(0).u32(0, 0);
    return this.ask(15, node, body, (r) => r.data(r.left));
  }

  write(
    { open, node }: Opened,
    offset: number | bigint,
    data: string | Uint8Array,
    flags = 0,
  ): Asked<number> {
    const bytes = Buffer.from(data as Uint8Array);
    const body = new Packet().u64(open, offset).u32(bytes.length, flags).u64(0).u32(0, 0);
    return this.ask(16, node, body.data(bytes), (r) => r.u32());
  }

  statfs(node = ROOT) {
    return this.ask(17, node, empty, (r) => {
      const [blocks, bfree, bavail, files, ffree] = [r.u64(), r.u64(), r.u64(), r.u64(), r.u64()];
      return { blocks, bfree, bavail, files, ffree, bsize: r.u32(), namelen: r.u32(), frsize: r.u32() };
    });
  }

  /** `flock`: whose locks of flock(2) end with it. */
  release({ open, node }: Opened, flock?: bigint): Asked<void> {
    this.opens.delete(open);
    const body = new Packet()
      .u64(open)
      .u32(0, flock === undefined ? 0 : 2)
      .u64(flock ?? 0n);
    return this.ask(18, node, body, nothing);
  }

  fsync({ open, node }: Opened, dataOnly = false): Asked<void> {
    return this.ask(20, node, new Packet().u64(open).u32(dataOnly ? 1 : 0, 0), nothing);
  }

  setxattr(node: number, name: string, value: Uint8Array, flags = 0): Asked<void> {
    return this.ask(21, node, new Packet().u32(value.length, flags).name(name).data(value), nothing);
  }

  /** With size 0: how large it is, as four bytes and four of padding. */
  getxattr(node: number, name: string, size: number): Asked<Buffer> {
    return this.ask(22, node, new Packet().u32(size, 0).name(name), (r) => r.data(r.left));
  }

  listxattr(node: number, size: number): Asked<Buffer> {
    return this.ask(23, node, new Packet().u32(size, 0), (r) => r.data(r.left));
  }

  removexattr(node: number, name: string): Asked<void> {
    return this.ask(24, node, new Packet().name(name), nothing);
  }

  flush({ open, node }: Opened, owner = 1n): Asked<void> {
    return this.ask(25, node, new Packet().u64(open).u32(0, 0).u64(owner), nothing);
  }

  opendir(node: number): Asked<Opened> {
    return this.ask(27, node, new Packet().u32(0, 0), (r) => this.opened({ ...openReply(r), node }));
  }

  readdir(dir: Opened, offset: bigint = 0n, size = 4096): Asked<readonly DirEntry[]> {
    return this.ask(28, dir.node, this.#listing(dir, offset, size), (r) => this.entries(r, false));
  }

  readdirplus(dir: Opened, offset: bigint = 0n, size = 4096): Asked<readonly DirEntry[]> {
    return this.ask(44, dir.node, this.#listing(dir, offset, size), (r) => this.entries(r, true));
  }

  /** The names of a directory, page by page. */
  async list(dir: Opened, size = 4096, plus = false): Promise<readonly string[]> {
    const names: string[] = [];
    for (let at = 0n; ;) {
      const page = await (plus ? this.readdirplus(dir, at, size) : this.readdir(dir, at, size));
      if (page.length === 0) return names;
      names.push(...page.map(({ name }) => name));
      at = page.at(-1)!.cookie;
    }
  }

  releasedir({ open, node }: Opened): Asked<void> {
    this.opens.delete(open);
    return this.ask(29, node, new Packet().u64(open).u32(0, 0).u64(0), nothing);
  }

  fsyncdir({ open, node }: Opened): Asked<void> {
    return this.ask(30, node, new Packet().u64(open).u32(0, 0), nothing);
  }

  getlk(open: Opened, owner: bigint, lock: Partial<Lock>): Asked<Lock> {
    return this.ask(31, open.node, this.#lock(open, owner, lock, 0), (r) => {
      const [start, end, type, pid] = [r.big(), r.big(), r.u32(), r.u32()];
      return { start, end, type, pid };
    });
  }

  setlk(open: Opened, owner: bigint, lock: Partial<Lock>, flock = false): Asked<void> {
    return this.ask(32, open.node, this.#lock(open, owner, lock, flock ? 1 : 0), nothing);
  }

  setlkw(open: Opened, owner: bigint, lock: Partial<Lock>, flock = false): Asked<void> {
    return this.ask(33, open.node, this.#lock(open, owner, lock, flock ? 1 : 0), nothing);
  }

  access(node: number, mask: number): Asked<void> {
    return this.ask(34, node, new Packet().u32(mask, 0), nothing);
  }

  create(node: number, name: string, flags: number = O.RDWR, mode = 0o644): Asked<EntryReply & Opened> {
    const body = new Packet().u32(flags | O.CREAT, mode, 0o022, 0).name(name);
    return this.ask(35, node, body, (r) => this.opened({ ...this.found(entryReply(r)), ...openReply(r) }));
  }

  /** With `notify` somebody waits in poll(2) with the number `poll`. */
  poll({ open, node }: Opened, poll = 1n, notify = true): Asked<number> {
    const body = new Packet().u64(open, poll).u32(notify ? 1 : 0, 0xffff);
    return this.ask(40, node, body, (r) => r.u32());
  }

  fallocate({ open, node }: Opened, offset: number, length: number, mode = 0): Asked<void> {
    return this.ask(43, node, new Packet().u64(open, offset, length).u32(mode, 0), nothing);
  }

  lseek({ open, node }: Opened, offset: number, whence: number): Asked<number> {
    return this.ask(46, node, new Packet().u64(open, offset).u32(whence, 0), (r) => r.u64());
  }

  #entry(opcode: number, node: number, body: Packet): Asked<EntryReply> {
    return this.ask(opcode, node, body, (r) => this.found(entryReply(r)));
  }

  #listing({ open }: Opened, offset: bigint, size: number): Packet {
    return new Packet().u64(open, offset).u32(size, 0).u64(0).u32(0, 0);
  }

  /** struct fuse_lk_in */
  #lock({ open }: Opened, owner: bigint, lock: Partial<Lock>, flags: number): Packet {
    // An unlock does not say for which process it is.
    const { start = 0n, end = END, type = F.WRITE, pid = type === F.UNLOCK ? 0 : this.caller.pid } = lock;
    return new Packet().u64(open, owner, start, end).u32(type, pid, flags, 0);
  }
}
