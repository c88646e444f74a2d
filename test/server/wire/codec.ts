/**
 * 9P on the wire, written down a second time: from the manual's section 5, Linux's include/net/9p/9p.h and diod's
 * protocol.md. It shares nothing with src/protocol, so that each checks the other.
 */

export type Dialect = '9P2000' | '9P2000.u' | '9P2000.L';

export const DIALECTS: readonly Dialect[] = ['9P2000', '9P2000.u', '9P2000.L'];
/** Those of Plan 9's kind: Topen, Tcreate, Tstat, Twstat, Rerror. */
export const CLASSIC: readonly Dialect[] = ['9P2000', '9P2000.u'];

/** Codes of requests; a reply's is one more. */
export const T = {
  statfs: 8,
  lopen: 12,
  lcreate: 14,
  symlink: 16,
  mknod: 18,
  rename: 20,
  readlink: 22,
  getattr: 24,
  setattr: 26,
  xattrwalk: 30,
  xattrcreate: 32,
  readdir: 40,
  fsync: 50,
  lock: 52,
  getlock: 54,
  link: 70,
  mkdir: 72,
  renameat: 74,
  unlinkat: 76,
  version: 100,
  auth: 102,
  attach: 104,
  flush: 108,
  walk: 110,
  open: 112,
  create: 114,
  read: 116,
  write: 118,
  clunk: 120,
  remove: 122,
  stat: 124,
  wstat: 126,
} as const;

export const RLERROR = 7;
export const RERROR = 107;
export const NOTAG = 0xffff;
export const NOFID = 0xffff_ffff;
export const NONE32 = 0xffff_ffff;
export const NONE64 = 0xffff_ffff_ffff_ffffn;

export const DMDIR = 0x8000_0000;
export const DMAPPEND = 0x4000_0000;
export const DMEXCL = 0x2000_0000;
export const DMTMP = 0x0400_0000;

export const OREAD = 0;
export const OWRITE = 1;
export const ORDWR = 2;
export const OEXEC = 3;
export const OTRUNC = 0x10;
export const ORCLOSE = 0x40;

const utf8 = new TextEncoder();

export const u8 = (value: number): Uint8Array => Uint8Array.of(value);

export const u16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >>> 8);

export const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);

export function u64(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  return bytes;
}

export function s(text: string | Uint8Array): Uint8Array {
  const bytes = typeof text === 'string' ? utf8.encode(text) : text;
  return concat([u16(bytes.length), bytes]);
}

/** `count[4] data[count]` */
export function counted(data: string | Uint8Array): Uint8Array {
  const bytes = typeof data === 'string' ? utf8.encode(data) : data;
  return concat([u32(bytes.length), bytes]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** `size[4] type[1] tag[2]` and the fields. */
export function frame(code: number, tag: number, ...fields: readonly Uint8Array[]): Uint8Array {
  const body = concat(fields);
  return concat([u32(7 + body.length), u8(code), u16(tag), body]);
}

export interface WireQid {
  readonly type: number;
  readonly version: number;
  readonly path: bigint;
}

/** Reads fields one after the other; an overrun or a rest is an error of the server that sent them. */
export class In {
  readonly bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.#at;
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw new Error(`the reply ends ${count - this.left} bytes too early`);
    this.#at += count;
    return this.bytes.slice(this.#at - count, this.#at);
  }

  u8(): number {
    return this.take(1)[0];
  }

  u16(): number {
    return this.#view(2).getUint16(0, true);
  }

  u32(): number {
    return this.#view(4).getUint32(0, true);
  }

  u64(): bigint {
    return this.#view(8).getBigUint64(0, true);
  }

  s(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(this.u16()));
  }

  qid(): WireQid {
    return { type: this.u8(), version: this.u32(), path: this.u64() };
  }

  counted(): Uint8Array {
    return this.take(this.u32());
  }

  /** Nothing may be left. */
  end(): void {
    if (this.left > 0) throw new Error(`${this.left} bytes too many in a reply`);
  }

  #view(count: number): DataView {
    return new DataView(this.take(count).buffer);
  }
}

/** A stat as 9P2000 and 9P2000.u have it; the last four fields are 9P2000.u's. */
export interface WireStat {
  readonly type: number;
  readonly dev: number;
  readonly qid: WireQid;
  readonly mode: number;
  readonly atime: number;
  readonly mtime: number;
  readonly length: bigint;
  readonly name: string;
  readonly uid: string;
  readonly gid: string;
  readonly muid: string;
  readonly extension: string;
  readonly n_uid: number;
  readonly n_gid: number;
  readonly n_muid: number;
}

/** Every field "don't touch". */
export const UNTOUCHED: WireStat = {
  type: 0xffff,
  dev: NONE32,
  qid: { type: 0xff, version: NONE32, path: NONE64 },
  mode: NONE32,
  atime: NONE32,
  mtime: NONE32,
  length: NONE64,
  name: '',
  uid: '',
  gid: '',
  muid: '',
  extension: '',
  n_uid: NONE32,
  n_gid: NONE32,
  n_muid: NONE32,
};

export const qidField = (qid: WireQid): Uint8Array => concat([u8(qid.type), u32(qid.version), u64(qid.path)]);

/** With its own size[2] in front, as in a directory. */
export function packStat(stat: WireStat, dialect: Dialect): Uint8Array {
  const unix = [s(stat.extension), u32(stat.n_uid), u32(stat.n_gid), u32(stat.n_muid)];
  const body = concat([
    u16(stat.type),
    u32(stat.dev),
    qidField(stat.qid),
    u32(stat.mode),
    u32(stat.atime),
    u32(stat.mtime),
    u64(stat.length),
    s(stat.name),
    s(stat.uid),
    s(stat.gid),
    s(stat.muid),
    ...(dialect === '9P2000.u' ? unix : []),
  ]);
  return concat([u16(body.length), body]);
}

/** Reads a stat with its own size[2] in front. */
export function unpackStat(from: In, dialect: Dialect): WireStat {
  const f = new In(from.take(from.u16()));
  const stat = {
    type: f.u16(),
    dev: f.u32(),
    qid: f.qid(),
    mode: f.u32(),
    atime: f.u32(),
    mtime: f.u32(),
    length: f.u64(),
    name: f.s(),
    uid: f.s(),
    gid: f.s(),
    muid: f.s(),
  };
  const unix =
    dialect === '9P2000.u'
      ? { extension: f.s(), n_uid: f.u32(), n_gid: f.u32(), n_muid: f.u32() }
      : { extension: '', n_uid: NONE32, n_gid: NONE32, n_muid: NONE32 };
  f.end();
  return { ...stat, ...unix };
}

/** An entry of an Rreaddir. */
export interface WireEntry {
  readonly qid: WireQid;
  readonly offset: bigint;
  readonly type: number;
  readonly name: string;
}

export function unpackEntries(data: Uint8Array): readonly WireEntry[] {
  const f = new In(data);
  const entries: WireEntry[] = [];
  while (f.left > 0) entries.push({ qid: f.qid(), offset: f.u64(), type: f.u8(), name: f.s() });
  return entries;
}

export function unpackStats(data: Uint8Array, dialect: Dialect): readonly WireStat[] {
  const f = new In(data);
  const stats: WireStat[] = [];
  while (f.left > 0) stats.push(unpackStat(f, dialect));
  return stats;
}
