/** Requests about names in a directory. */
import type { Body } from '../body.ts';
import { OPEN_KILL_SUIDGID, PERMISSIONS } from '../constants.ts';
import type { FuseCall } from '../request.ts';

/** Its name and its target. */
export function symlink(body: Body): FuseCall {
  const nul = body.nul(0);
  return { op: 'symlink', name: body.text(0, nul), target: body.name(nul + 1) };
}

/** struct fuse_mknod_in. The device is packed as the kernel's new_encode_dev() does. */
export function mknod(body: Body): FuseCall {
  body.require(16);
  const device = body.u32(4);
  return {
    op: 'mknod',
    name: body.name(16),
    mode: body.u32(0),
    major: (device >>> 8) & 0xfff,
    minor: (device & 0xff) | ((device >>> 12) & 0xfff00),
  };
}

/** struct fuse_mkdir_in */
export function mkdir(body: Body): FuseCall {
  body.require(8);
  return { op: 'mkdir', name: body.name(8), mode: body.u32(0) & PERMISSIONS };
}

/** struct fuse_rename_in */
export function rename(body: Body): FuseCall {
  body.require(8);
  return renameOf(body, 8, 0);
}

/** struct fuse_rename2_in */
export function rename2(body: Body): FuseCall {
  body.require(16);
  return renameOf(body, 16, body.u32(8));
}

function renameOf(body: Body, from: number, flags: number): FuseCall {
  const nul = body.nul(from);
  const name = body.text(from, nul);
  return { op: 'rename', name, toNode: body.number(0), toName: body.name(nul + 1), flags };
}

/** struct fuse_link_in */
export function link(body: Body): FuseCall {
  body.require(8);
  return { op: 'link', target: body.number(0), name: body.name(8) };
}

/** struct fuse_create_in */
export function create(body: Body): FuseCall {
  body.require(16);
  return {
    op: 'create',
    name: body.name(16),
    flags: body.u32(0),
    mode: body.u32(4) & PERMISSIONS,
    killPrivileges: (body.u32(12) & OPEN_KILL_SUIDGID) !== 0,
  };
}
