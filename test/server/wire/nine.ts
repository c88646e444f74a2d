/** The requests of all dialects, each sent as raw fields; where the dialects differ, in the dialect of the session. */
import type { Server } from '../../../src/server/index.ts';
import {
  DMDIR,
  In,
  NOFID,
  NONE32,
  NOTAG,
  T,
  UNTOUCHED,
  concat,
  counted,
  packStat,
  s,
  u16,
  u32,
  u64,
  u8,
  unpackEntries,
  unpackStat,
  unpackStats,
  type Dialect,
  type WireEntry,
  type WireQid,
  type WireStat,
} from './codec.ts';
import { Peer } from './peer.ts';
import { pipe } from '../../../src/transport/pipe.ts';
import type { Stream } from '../../../src/transport/stream.ts';

export interface Getattr {
  readonly valid: bigint;
  readonly qid: WireQid;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: bigint;
  readonly rdev: bigint;
  readonly size: bigint;
  readonly blksize: bigint;
  readonly blocks: bigint;
  readonly atime: readonly [bigint, bigint];
  readonly mtime: readonly [bigint, bigint];
  readonly ctime: readonly [bigint, bigint];
  readonly btime: readonly [bigint, bigint];
  readonly gen: bigint;
  readonly dataVersion: bigint;
}

/** What all dialects know of a file. */
export interface Common {
  readonly qid: WireQid;
  readonly isDir: boolean;
  /** The low nine permission bits. */
  readonly mode: number;
  readonly size: number;
  readonly mtime: number;
}

export interface AttachOptions {
  readonly afid?: number;
  readonly uname?: string;
  readonly aname?: string;
  readonly n_uname?: number;
}

export interface Setattr {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number | bigint;
  readonly atime?: readonly [number, number] | 'now';
  readonly mtime?: readonly [number, number] | 'now';
  readonly ctime?: true;
}

const FLAGS = [0, 1, 2, 0];
const utf8 = new TextDecoder();

/** A Tread of the start of a file. */
export const READ = (fid: number, count = 100): [number, ...Uint8Array[]] => [
  T.read,
  u32(fid),
  u64(0),
  u32(count),
];

export class Nine extends Peer {
  #fid = 100;

  static over(stream: Stream): Nine {
    return new Nine(stream);
  }

  static override to(server: Server): Nine {
    const [near, far] = pipe();
    server.accept(far);
    return new Nine(near);
  }

  get isLinux(): boolean {
    return this.dialect === '9P2000.L';
  }

  get isUnix(): boolean {
    return this.dialect !== '9P2000';
  }

  /** A number for a fid that the test has not used. */
  fid(): number {
    return this.#fid++;
  }

  async version(msize: number, version: string, tag = NOTAG): Promise<{ msize: number; version: string }> {
    const body = await this.postAs(tag, T.version, u32(msize), s(version)).body;
    const answer = { msize: body.u32(), version: body.s() };
    body.end();
    if (answer.version !== 'unknown') {
      this.msize = answer.msize;
      this.dialect = answer.version as Dialect;
    }
    return answer;
  }

  #n_uname(value = NONE32): readonly Uint8Array[] {
    return this.isUnix ? [u32(value)] : [];
  }

  async auth(afid: number, uname: string, aname = '', n_uname?: number): Promise<WireQid> {
    return (await this.rpc(T.auth, u32(afid), s(uname), s(aname), ...this.#n_uname(n_uname))).qid();
  }

  async attach(fid: number, options: AttachOptions = {}): Promise<WireQid> {
    const { afid = NOFID, uname = 'glenda', aname = '', n_uname } = options;
    const fields = [u32(fid), u32(afid), s(uname), s(aname), ...this.#n_uname(n_uname)];
    return last(await this.rpc(T.attach, ...fields), (body) => body.qid());
  }

  static walkFields(fid: number, newfid: number, names: readonly (string | Uint8Array)[]): Uint8Array[] {
    return [u32(fid), u32(newfid), u16(names.length), ...names.map(s)];
  }

  async walk(
    fid: number,
    newfid: number,
    ...names: readonly (string | Uint8Array)[]
  ): Promise<readonly WireQid[]> {
    const body = await this.rpc(T.walk, ...Nine.walkFields(fid, newfid, names));
    const qids = Array.from({ length: body.u16() }, () => body.qid());
    body.end();
    return qids;
  }

  /** Walks from fid 0 to a new fid; all names must be there. */
  async at(...names: readonly (string | Uint8Array)[]): Promise<number> {
    const fid = this.fid();
    const qids = await this.walk(0, fid, ...names);
    if (qids.length !== names.length) throw new Error(`the walk ended after ${qids.length} names`);
    return fid;
  }

  openFields(fid: number, mode: number): [number, ...Uint8Array[]] {
    if (!this.isLinux) return [T.open, u32(fid), u8(mode)];
    return [T.lopen, u32(fid), u32(FLAGS[mode & 3] | (mode & 0x10 ? 0o1000 : 0))];
  }

  async open(fid: number, mode = 0): Promise<{ qid: WireQid; iounit: number }> {
    return last(await this.rpc(...this.openFields(fid, mode)), opened);
  }

  async lopen(fid: number, flags: number): Promise<{ qid: WireQid; iounit: number }> {
    return last(await this.rpc(T.lopen, u32(fid), u32(flags)), opened);
  }

  /** Walks to a file and opens it. */
  async opened(names: readonly string[], mode = 0): Promise<number> {
    const fid = await this.at(...names);
    await this.open(fid, mode);
    return fid;
  }

  /** Makes a file and opens it; in .L as open(2) does with O_EXCL. */
  createFields(fid: number, name: string | Uint8Array, perm = 0o644, mode = 2): [number, ...Uint8Array[]] {
    if (this.isLinux) {
      const flags = FLAGS[mode & 3] | 0o300;
      return [T.lcreate, u32(fid), s(name), u32(flags), u32(perm), u32(NONE32)];
    }
    const extension = this.isUnix ? [s('')] : [];
    return [T.create, u32(fid), s(name), u32(perm), u8(mode), ...extension];
  }

  async create(
    fid: number,
    name: string | Uint8Array,
    perm = 0o644,
    mode = 2,
  ): Promise<{ qid: WireQid; iounit: number }> {
    return last(await this.rpc(...this.createFields(fid, name, perm, mode)), opened);
  }

  /** 9P2000.u: with an extension, for what is no plain file. */
  async createUnix(fid: number, name: string, perm: number, extension: string, mode = 0): Promise<WireQid> {
    const fields = [u32(fid), s(name), u32(perm), u8(mode), s(extension)];
    return last(await this.rpc(T.create, ...fields), opened).qid;
  }

  async lcreate(fid: number, name: string, flags: number, mode = 0o644, gid = NONE32): Promise<WireQid> {
    const fields = [u32(fid), s(name), u32(flags), u32(mode), u32(gid)];
    return last(await this.rpc(T.lcreate, ...fields), opened).qid;
  }

  async mkdir(dir: number, name: string, perm = 0o755): Promise<WireQid> {
    if (this.isLinux) {
      const fields = [u32(dir), s(name), u32(perm), u32(NONE32)];
      return last(await this.rpc(T.mkdir, ...fields), (body) => body.qid());
    }
    const fid = this.fid();
    await this.walk(dir, fid);
    try {
      return (await this.create(fid, name, (DMDIR | perm) >>> 0, 0)).qid;
    } finally {
      await this.clunk(fid);
    }
  }

  /** Makes a file with that content in a directory below fid 0. */
  async make(path: readonly string[], content: string | Uint8Array = '', perm = 0o644): Promise<void> {
    const fid = await this.at(...path.slice(0, -1));
    await this.create(fid, path[path.length - 1], perm, 2);
    if (content.length > 0) await this.write(fid, 0, content);
    await this.clunk(fid);
  }

  async read(fid: number, offset: number | bigint, count: number): Promise<Uint8Array> {
    const fields = [u32(fid), u64(offset), u32(count)];
    return last(await this.rpc(T.read, ...fields), (body) => body.counted());
  }

  async text(fid: number, offset = 0, count = 4096): Promise<string> {
    return utf8.decode(await this.read(fid, offset, count));
  }

  /** What is in a file, by its path from fid 0. */
  async content(...path: readonly string[]): Promise<string> {
    const fid = await this.opened(path);
    const text = await this.text(fid);
    await this.clunk(fid);
    return text;
  }

  async write(fid: number, offset: number | bigint, data: string | Uint8Array): Promise<number> {
    const fields = [u32(fid), u64(offset), counted(data)];
    return last(await this.rpc(T.write, ...fields), (body) => body.u32());
  }

  async clunk(fid: number): Promise<void> {
    (await this.rpc(T.clunk, u32(fid))).end();
  }

  async remove(fid: number): Promise<void> {
    (await this.rpc(T.remove, u32(fid))).end();
  }

  async flush(oldtag: number): Promise<void> {
    (await this.rpc(T.flush, u16(oldtag))).end();
  }

  async stat(fid: number): Promise<WireStat> {
    const body = await this.rpc(T.stat, u32(fid));
    const outer = body.u16();
    if (outer !== body.left) throw new Error(`n[2] of an Rstat is ${outer}, and ${body.left} bytes follow`);
    return last(body, () => unpackStat(body, this.dialect));
  }

  wstatFields(fid: number, change: Partial<WireStat>): [number, ...Uint8Array[]] {
    const stat = packStat({ ...UNTOUCHED, ...change }, this.dialect);
    return [T.wstat, u32(fid), u16(stat.length), stat];
  }

  async wstat(fid: number, change: Partial<WireStat>): Promise<void> {
    (await this.rpc(...this.wstatFields(fid, change))).end();
  }

  async getattr(fid: number, mask: number | bigint = 0x3fff): Promise<Getattr> {
    return last(await this.rpc(T.getattr, u32(fid), u64(mask)), (b) => ({
      valid: b.u64(),
      qid: b.qid(),
      mode: b.u32(),
      uid: b.u32(),
      gid: b.u32(),
      nlink: b.u64(),
      rdev: b.u64(),
      size: b.u64(),
      blksize: b.u64(),
      blocks: b.u64(),
      atime: [b.u64(), b.u64()],
      mtime: [b.u64(), b.u64()],
      ctime: [b.u64(), b.u64()],
      btime: [b.u64(), b.u64()],
      gen: b.u64(),
      dataVersion: b.u64(),
    }));
  }

  async setattr(fid: number, change: Setattr): Promise<void> {
    const { mode, uid, gid, size, atime, mtime, ctime } = change;
    const bit = (value: unknown, flag: number): number => (value === undefined ? 0 : flag);
    const set = (value: unknown, flag: number): number => (Array.isArray(value) ? flag : 0);
    const valid =
      bit(mode, 1) | bit(uid, 2) | bit(gid, 4) | bit(size, 8) | bit(atime, 0x10) | bit(mtime, 0x20) |
      bit(ctime, 0x40) | set(atime, 0x80) | set(mtime, 0x100); // prettier-ignore
    const time = (value: Setattr['atime']): Uint8Array =>
      Array.isArray(value) ? concat([u64(value[0] as number), u64(value[1] as number)]) : new Uint8Array(16);
    const ids = [u32(mode ?? 0), u32(uid ?? NONE32), u32(gid ?? NONE32)];
    const fields = [u32(fid), u32(valid), ...ids, u64(size ?? 0), time(atime), time(mtime)];
    (await this.rpc(T.setattr, ...fields)).end();
  }

  async info(fid: number): Promise<Common> {
    if (this.isLinux) {
      const { qid, mode, size, mtime } = await this.getattr(fid);
      const isDir = (mode & 0o170000) === 0o040000;
      return { qid, isDir, mode: mode & 0o777, size: Number(size), mtime: Number(mtime[0]) };
    }
    const { qid, mode, length, mtime } = await this.stat(fid);
    return { qid, isDir: mode >= DMDIR, mode: mode & 0o777, size: Number(length), mtime };
  }

  async truncate(fid: number, size: number): Promise<void> {
    if (this.isLinux) await this.setattr(fid, { size });
    else await this.wstat(fid, { length: BigInt(size) });
  }

  async chmod(fid: number, mode: number): Promise<void> {
    if (this.isLinux) return this.setattr(fid, { mode });
    const { mode: before } = await this.stat(fid);
    await this.wstat(fid, { mode: ((before & ~0o777) | mode) >>> 0 });
  }

  /** Gives the file of a fid, which is in the directory of the fid `dir`, another name there. */
  async rename(fid: number, name: string, dir = 0): Promise<void> {
    if (!this.isLinux) return this.wstat(fid, { name });
    (await this.rpc(T.rename, u32(fid), u32(dir), s(name))).end();
  }

  async readdir(fid: number, offset: bigint | number, count = 8192): Promise<readonly WireEntry[]> {
    const fields = [u32(fid), u64(offset), u32(count)];
    return last(await this.rpc(T.readdir, ...fields), (body) => unpackEntries(body.counted()));
  }

  async stats(fid: number, offset: number | bigint, count = 8192): Promise<readonly WireStat[]> {
    return unpackStats(await this.read(fid, offset, count), this.dialect);
  }

  /** All names of an open directory, without `.` and `..`, read from the start in pieces of `count`. */
  async names(fid: number, count = 8192): Promise<readonly string[]> {
    const names: string[] = [];
    if (this.isLinux) {
      for (let offset = 0n; ;) {
        const entries = await this.readdir(fid, offset, count);
        if (entries.length === 0) return names.filter((name) => name !== '.' && name !== '..');
        names.push(...entries.map((entry) => entry.name));
        offset = entries[entries.length - 1].offset;
      }
    }
    for (let offset = 0; ;) {
      const data = await this.read(fid, offset, count);
      if (data.length === 0) return names;
      names.push(...unpackStats(data, this.dialect).map((stat) => stat.name));
      offset += data.length;
    }
  }

  /** The names in a directory, by its path from fid 0. */
  async list(...path: readonly string[]): Promise<readonly string[]> {
    const fid = await this.opened(path);
    const names = await this.names(fid);
    await this.clunk(fid);
    return names.toSorted();
  }
}

function opened(body: In): { qid: WireQid; iounit: number } {
  return { qid: body.qid(), iounit: body.u32() };
}

/** The fields, and nothing after them. */
function last<T>(body: In, fields: (body: In) => T): T {
  const value = fields(body);
  body.end();
  return value;
}
