/** A message of the kernel as a request: what its bytes say, by the struct of its opcode. */
import { Body, Unreadable } from './body.ts';
import { access, getattr, getxattr, listxattr, setattr, setxattr } from './calls/attributes.ts';
import { batchForget, forget, init, interrupt } from './calls/connection.ts';
import {
  fallocate,
  flush,
  lseek,
  open,
  opendir,
  poll,
  read,
  readdir,
  release,
  synced,
  write,
} from './calls/content.ts';
import { getlk, setlk } from './calls/locks.ts';
import { create, link, mkdir, mknod, rename, rename2, symlink } from './calls/names.ts';
import { ERRNO, IN_HEADER, OP } from './constants.ts';
import type { FuseCall, FuseRequest, Header } from './request.ts';

const TWO_32 = 2 ** 32;

/**
 * Reads one whole message. What cannot be read, or is not known, is the request `unknown` with the errno that answers
 * it; nothing is thrown. The data of a write is a view of the message, and nothing else is.
 */
export function parseRequest(message: Uint8Array): FuseRequest {
  if (message.length < IN_HEADER) return { ...NOBODYS, op: 'unknown', opcode: 0, errno: ERRNO.EINVAL };
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const header = headerOf(view);
  const opcode = view.getUint32(4, true);
  try {
    if (view.getUint32(0, true) !== message.length)
      throw new Unreadable(ERRNO.EINVAL, 'not as long as it says');
    // Measured: two objects spread into a third cost more than all else of a small request.
    return Object.assign(callOf(opcode, header.node, new Body(message, view)), header);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ...header, op: 'unknown', opcode, errno: error.errno };
  }
}

const NOBODYS: Header = { unique: 0, node: 0, uid: 0, gid: 0, pid: 0 };

/** struct fuse_in_header */
function headerOf(view: DataView): Header {
  return {
    unique: view.getUint32(8, true) + view.getUint32(12, true) * TWO_32,
    node: view.getUint32(16, true) + view.getUint32(20, true) * TWO_32,
    uid: view.getUint32(24, true),
    gid: view.getUint32(28, true),
    pid: view.getUint32(32, true),
  };
}

function callOf(opcode: number, node: number, body: Body): FuseCall {
  switch (opcode) {
    case OP.LOOKUP:
      return { op: 'lookup', name: body.name(0) };
    case OP.FORGET:
      return forget(node, body);
    case OP.GETATTR:
      return getattr(body);
    case OP.SETATTR:
      return setattr(body);
    case OP.READLINK:
      return { op: 'readlink' };
    case OP.SYMLINK:
      return symlink(body);
    case OP.MKNOD:
      return mknod(body);
    case OP.MKDIR:
      return mkdir(body);
    case OP.UNLINK:
      return { op: 'unlink', name: body.name(0) };
    case OP.RMDIR:
      return { op: 'rmdir', name: body.name(0) };
    case OP.RENAME:
      return rename(body);
    case OP.LINK:
      return link(body);
    case OP.OPEN:
      return open(body);
    case OP.READ:
      return read(body);
    case OP.WRITE:
      return write(body);
    case OP.STATFS:
      return { op: 'statfs' };
    case OP.RELEASE:
    case OP.RELEASEDIR:
      return release(body);
    case OP.FSYNC:
      return { op: 'fsync', ...synced(body) };
    case OP.SETXATTR:
      return setxattr(body);
    case OP.GETXATTR:
      return getxattr(body);
    case OP.LISTXATTR:
      return listxattr(body);
    case OP.REMOVEXATTR:
      return { op: 'removexattr', name: body.name(0) };
    case OP.FLUSH:
      return flush(body);
    case OP.INIT:
      return init(body);
    case OP.OPENDIR:
      return opendir(body);
    case OP.READDIR:
      return readdir(body, false);
    case OP.FSYNCDIR:
      return { op: 'fsyncdir', ...synced(body) };
    case OP.GETLK:
      return getlk(body);
    case OP.SETLK:
      return setlk(body, false);
    case OP.SETLKW:
      return setlk(body, true);
    case OP.ACCESS:
      return access(body);
    case OP.CREATE:
      return create(body);
    case OP.INTERRUPT:
      return interrupt(body);
    case OP.DESTROY:
      return { op: 'destroy' };
    case OP.IOCTL:
      // As ioctl(2) has it of a file that knows none: older kernels hand ENOSYS on to the program.
      return { op: 'unknown', opcode, errno: ERRNO.ENOTTY };
    case OP.POLL:
      return poll(body);
    case OP.BATCH_FORGET:
      return batchForget(body);
    case OP.FALLOCATE:
      return fallocate(body);
    case OP.READDIRPLUS:
      return readdir(body, true);
    case OP.RENAME2:
      return rename2(body);
    case OP.LSEEK:
      return lseek(body);
    default:
      return { op: 'unknown', opcode, errno: ERRNO.ENOSYS };
  }
}
