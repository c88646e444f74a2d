/** Messages of the kernel, made by hand. */
import { IN_HEADER, INIT, OP } from '../../../../src/gateways/fuse/wire/constants.ts';
import type { Header } from '../../../../src/gateways/fuse/wire/request.ts';

export const UNIQUE = 0x1_0000_0002;

export const HEADER: Header = { unique: UNIQUE, node: 7, uid: 1000, gid: 100, pid: 4321 };

export const INIT_REQUEST = {
  major: 7,
  minor: 38,
  readAhead: 131_072,
  flags: INIT.INIT_EXT | INIT.BIG_WRITES | INIT.DIRECT_IO_ALLOW_MMAP,
};

/** A field of a struct: a 32-bit number, a 64-bit one, or bytes as they are (a string's end with what it says). */
export type Field = number | bigint | string;

/** A message with {@link HEADER} and these fields, one after the other. */
export function messageOf(opcode: number, ...fields: readonly Field[]): Uint8Array {
  const body = Buffer.concat(fields.map(bytesOf));
  const head = Buffer.alloc(IN_HEADER);
  head.writeUInt32LE(IN_HEADER + body.length, 0);
  head.writeUInt32LE(opcode, 4);
  head.writeBigUInt64LE(BigInt(HEADER.unique), 8);
  head.writeBigUInt64LE(BigInt(HEADER.node), 16);
  head.writeUInt32LE(HEADER.uid, 24);
  head.writeUInt32LE(HEADER.gid, 28);
  head.writeUInt32LE(HEADER.pid, 32);
  return new Uint8Array(Buffer.concat([head, body]));
}

function bytesOf(field: Field): Buffer {
  if (typeof field === 'string') return Buffer.from(field);
  const bytes = Buffer.alloc(typeof field === 'number' ? 4 : 8);
  if (typeof field === 'number') bytes.writeUInt32LE(field);
  else bytes.writeBigUInt64LE(BigInt.asUintN(64, field));
  return bytes;
}

const FH = 5n;
const OWNER = 0xfedcba9876543210n;

/** A message of every request, by its opcode's name. */
export const EVERY: Readonly<Record<keyof typeof OP, Uint8Array>> = {
  LOOKUP: messageOf(OP.LOOKUP, 'name\0'),
  FORGET: messageOf(OP.FORGET, 1n),
  GETATTR: messageOf(OP.GETATTR, 0, 0, FH),
  SETATTR: messageOf(OP.SETATTR, 8, 0, FH, 100n, ...Array<bigint>(8).fill(0n)),
  READLINK: messageOf(OP.READLINK),
  SYMLINK: messageOf(OP.SYMLINK, 'name\0', 'target\0'),
  MKNOD: messageOf(OP.MKNOD, 0o100644, 0, 0, 0, 'name\0'),
  MKDIR: messageOf(OP.MKDIR, 0o755, 0, 'name\0'),
  UNLINK: messageOf(OP.UNLINK, 'name\0'),
  RMDIR: messageOf(OP.RMDIR, 'name\0'),
  RENAME: messageOf(OP.RENAME, 9n, 'from\0', 'to\0'),
  LINK: messageOf(OP.LINK, 9n, 'name\0'),
  OPEN: messageOf(OP.OPEN, 2, 0),
  READ: messageOf(OP.READ, FH, 0n, 4096, 0, 0n, 0, 0),
  WRITE: messageOf(OP.WRITE, FH, 0n, 7, 0, 0n, 0, 0, 'content'),
  STATFS: messageOf(OP.STATFS),
  RELEASE: messageOf(OP.RELEASE, FH, 0, 0, OWNER),
  FSYNC: messageOf(OP.FSYNC, FH, 0, 0),
  SETXATTR: messageOf(OP.SETXATTR, 5, 0, 'user.a\0', 'value'),
  GETXATTR: messageOf(OP.GETXATTR, 64, 0, 'user.a\0'),
  LISTXATTR: messageOf(OP.LISTXATTR, 64, 0),
  REMOVEXATTR: messageOf(OP.REMOVEXATTR, 'user.a\0'),
  FLUSH: messageOf(OP.FLUSH, FH, 0, 0, OWNER),
  INIT: messageOf(OP.INIT, 7, 38, 131_072, 1 << 30, 0),
  OPENDIR: messageOf(OP.OPENDIR, 0, 0),
  READDIR: messageOf(OP.READDIR, FH, 0n, 4096, 0, 0n, 0, 0),
  RELEASEDIR: messageOf(OP.RELEASEDIR, FH, 0, 0, OWNER),
  FSYNCDIR: messageOf(OP.FSYNCDIR, FH, 0, 0),
  GETLK: messageOf(OP.GETLK, FH, OWNER, 0n, 9n, 1, 77, 0, 0),
  SETLK: messageOf(OP.SETLK, FH, OWNER, 0n, 9n, 1, 77, 0, 0),
  SETLKW: messageOf(OP.SETLKW, FH, OWNER, 0n, 9n, 1, 77, 0, 0),
  ACCESS: messageOf(OP.ACCESS, 4, 0),
  CREATE: messageOf(OP.CREATE, 1, 0o644, 0, 0, 'name\0'),
  INTERRUPT: messageOf(OP.INTERRUPT, 4n),
  DESTROY: messageOf(OP.DESTROY),
  IOCTL: messageOf(OP.IOCTL, FH, 0, 0x5401, 0n, 0, 0),
  POLL: messageOf(OP.POLL, FH, 1n, 1, 5),
  BATCH_FORGET: messageOf(OP.BATCH_FORGET, 2, 0, 8n, 1n, 9n, 2n),
  FALLOCATE: messageOf(OP.FALLOCATE, FH, 0n, 4096n, 0, 0),
  READDIRPLUS: messageOf(OP.READDIRPLUS, FH, 0n, 4096, 0, 0n, 0, 0),
  RENAME2: messageOf(OP.RENAME2, 9n, 1, 0, 'from\0', 'to\0'),
  LSEEK: messageOf(OP.LSEEK, FH, 0n, 3, 0),
};

/** The first bytes of a message, which says that it has no more. */
export function cut(message: Uint8Array, length: number): Uint8Array {
  const short = message.slice(0, length);
  if (length >= 4) new DataView(short.buffer).setUint32(0, length, true);
  return short;
}
