/** Requests about a file's attributes, plain and extended. */
import { Unreadable, type Body } from '../body.ts';
import { ERRNO, FATTR, GETATTR_FH, PERMISSIONS } from '../constants.ts';
import type { AttributeChange, FuseCall } from '../request.ts';

/** By the flags of setxattr(2). Both at once can never be had. */
const XATTR_HOW = ['any', 'create', 'replace'] as const;

/** struct fuse_getattr_in */
export function getattr(body: Body): FuseCall {
  body.require(16);
  return { op: 'getattr', open: body.u32(0) & GETATTR_FH ? body.number(8) : undefined };
}

/** struct fuse_setattr_in */
export function setattr(body: Body): FuseCall {
  body.require(88);
  const valid = body.u32(0);
  const open = valid & FATTR.FH ? body.number(8) : undefined;
  return { op: 'setattr', open, change: changeOf(body, valid) };
}

function changeOf(body: Body, valid: number): AttributeChange {
  return {
    killPrivileges: (valid & FATTR.KILL_SUIDGID) !== 0,
    ...(valid & FATTR.MODE && { mode: body.u32(68) & PERMISSIONS }),
    ...(valid & FATTR.UID && { uid: body.u32(76) }),
    ...(valid & FATTR.GID && { gid: body.u32(80) }),
    ...(valid & FATTR.SIZE && { size: body.offset(16, ERRNO.EFBIG) }),
    ...(valid & FATTR.ATIME && { atime: valid & FATTR.ATIME_NOW ? 'now' : body.time(32, 56) }),
    ...(valid & FATTR.MTIME && { mtime: valid & FATTR.MTIME_NOW ? 'now' : body.time(40, 60) }),
  };
}

/** struct fuse_access_in */
export function access(body: Body): FuseCall {
  body.require(8);
  return { op: 'access', mask: body.u32(0) };
}

/** struct fuse_setxattr_in, as it is without SETXATTR_EXT; the name, the value. */
export function setxattr(body: Body): FuseCall {
  body.require(8);
  const nul = body.nul(8);
  const how = XATTR_HOW[body.u32(4)];
  if (how === undefined) throw new Unreadable(ERRNO.EINVAL, 'flags that cannot be had');
  return { op: 'setxattr', name: body.text(8, nul), value: body.data(nul + 1, body.u32(0)).slice(), how };
}

/** struct fuse_getxattr_in */
export function getxattr(body: Body): FuseCall {
  body.require(8);
  return { op: 'getxattr', name: body.name(8), size: body.u32(0) };
}

export function listxattr(body: Body): FuseCall {
  body.require(8);
  return { op: 'listxattr', size: body.u32(0) };
}
