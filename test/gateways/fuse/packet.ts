/** The bytes of the kernel's structs (linux/fuse.h), field by field. */

/** What a request is made of: little-endian, as on every host that this runs on. */
export class Packet {
  readonly #parts: Buffer[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  u16(...values: readonly number[]): this {
    return this.#add(2, values, (part, value, at) => part.writeUInt16LE(value, at));
  }

  u32(...values: readonly number[]): this {
    return this.#add(4, values, (part, value, at) => part.writeUInt32LE(value >>> 0, at));
  }

  u64(...values: readonly (number | bigint)[]): this {
    return this.#add(8, values, (part, value, at) =>
      part.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at),
    );
  }

  data(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  /** A name, and the NUL that ends it. */
  name(name: string | Uint8Array): this {
    return this.data(typeof name === 'string' ? Buffer.from(name) : name).data(Buffer.of(0));
  }

  #add<T>(size: number, values: readonly T[], put: (part: Buffer, value: T, at: number) => void): this {
    const part = Buffer.alloc(size * values.length);
    values.forEach((value, i) => put(part, value, i * size));
    this.#parts.push(part);
    return this;
  }
}

/** What a reply is read with. */
export class Reader {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  u16(): number {
    return this.bytes.readUInt16LE((this.at += 2) - 2);
  }

  u32(): number {
    return this.bytes.readUInt32LE((this.at += 4) - 4);
  }

  i32(): number {
    return this.bytes.readInt32LE((this.at += 4) - 4);
  }

  big(): bigint {
    return this.bytes.readBigUInt64LE((this.at += 8) - 8);
  }

  u64(): number {
    return Number(this.big());
  }

  i64(): number {
    return Number(this.bytes.readBigInt64LE((this.at += 8) - 8));
  }

  data(size: number): Buffer {
    return this.bytes.subarray(this.at, (this.at += size));
  }
}

export interface AttrIn {
  readonly ino: bigint;
  readonly size: number;
  readonly blocks: number;
  readonly atime: number;
  readonly mtime: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
}

export interface AttrReply {
  /** Seconds. */
  readonly validFor: number;
  readonly attr: AttrIn;
}

export interface EntryReply extends AttrReply {
  readonly node: number;
  readonly entryValidFor: number;
}

export interface OpenReply {
  readonly open: number;
  readonly flags: number;
}

export interface DirEntry {
  readonly name: string;
  readonly ino: bigint;
  readonly cookie: bigint;
  readonly type: number;
  /** READDIRPLUS. */
  readonly entry?: EntryReply;
}

/** struct fuse_attr; times in milliseconds. */
function attr(r: Reader): AttrIn {
  const [ino, size, blocks] = [r.big(), r.u64(), r.u64()];
  const seconds = [r.i64(), r.i64(), r.i64()];
  const nanoseconds = [r.u32(), r.u32(), r.u32()];
  const [atime, mtime] = seconds.map((sec, i) => sec * 1000 + nanoseconds[i] / 1e6);
  const [mode, nlink, uid, gid, rdev] = [r.u32(), r.u32(), r.u32(), r.u32(), r.u32()];
  r.u32();
  r.u32();
  return { ino, size, blocks, atime, mtime, mode, nlink, uid, gid, rdev };
}

export function attrReply(r: Reader): AttrReply {
  const [seconds, nanoseconds] = [r.u64(), r.u32()];
  r.u32();
  return { validFor: seconds + nanoseconds / 1e9, attr: attr(r) };
}

export function entryReply(r: Reader): EntryReply {
  const node = r.u64();
  r.u64();
  const [entrySeconds, seconds] = [r.u64(), r.u64()];
  const [entryNanoseconds, nanoseconds] = [r.u32(), r.u32()];
  return {
    node,
    entryValidFor: entrySeconds + entryNanoseconds / 1e9,
    validFor: seconds + nanoseconds / 1e9,
    attr: attr(r),
  };
}

export function openReply(r: Reader): OpenReply {
  const [open, flags] = [r.u64(), r.u32()];
  r.u32();
  return { open, flags };
}

export function dirEntries(r: Reader, plus: boolean): readonly DirEntry[] {
  const entries: DirEntry[] = [];
  while (r.left > 0) {
    const entry = plus ? entryReply(r) : undefined;
    const [ino, cookie, length, type] = [r.big(), r.big(), r.u32(), r.u32()];
    const name = r.data(length).toString('latin1');
    r.data((8 - (length % 8)) % 8);
    entries.push({
      name: Buffer.from(name, 'latin1').toString(),
      ino,
      cookie,
      type,
      ...(entry && { entry }),
    });
  }
  return entries;
}
