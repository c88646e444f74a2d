/** Requests about open files and directories. */
import type { Body } from '../body.ts';
import {
  ERRNO,
  FSYNC_FDATASYNC,
  OPEN_KILL_SUIDGID,
  POLL_SCHEDULE_NOTIFY,
  RELEASE_FLOCK_UNLOCK,
  WRITE_CACHE,
  WRITE_KILL_SUIDGID,
} from '../constants.ts';
import type { FuseCall } from '../request.ts';

/** struct fuse_open_in */
export function open(body: Body): FuseCall {
  body.require(8);
  return { op: 'open', flags: body.u32(0), killPrivileges: (body.u32(4) & OPEN_KILL_SUIDGID) !== 0 };
}

export function opendir(body: Body): FuseCall {
  body.require(8);
  return { op: 'opendir', flags: body.u32(0) };
}

/** struct fuse_read_in */
export function read(body: Body): FuseCall {
  body.require(40);
  return {
    op: 'read',
    open: body.number(0),
    offset: body.offset(8),
    size: body.u32(16),
    flags: body.u32(32),
  };
}

/** struct fuse_read_in */
export function readdir(body: Body, plus: boolean): FuseCall {
  body.require(40);
  return { op: 'readdir', open: body.number(0), offset: body.u64(8), size: body.u32(16), plus };
}

/** struct fuse_write_in, and the data. */
export function write(body: Body): FuseCall {
  body.require(40);
  return {
    op: 'write',
    open: body.number(0),
    offset: body.offset(8, ERRNO.EFBIG),
    data: body.data(40, body.u32(16)),
    flags: body.u32(32),
    fromCache: (body.u32(20) & WRITE_CACHE) !== 0,
    killPrivileges: (body.u32(20) & WRITE_KILL_SUIDGID) !== 0,
  };
}

/** struct fuse_release_in */
export function release(body: Body): FuseCall {
  body.require(24);
  const owner = body.u32(12) & RELEASE_FLOCK_UNLOCK ? body.u64(16) : undefined;
  return { op: 'release', open: body.number(0), owner };
}

/** struct fuse_flush_in */
export function flush(body: Body): FuseCall {
  body.require(24);
  return { op: 'flush', open: body.number(0), owner: body.u64(16) };
}

/** struct fuse_fsync_in */
export function synced(body: Body): { readonly open: number; readonly dataOnly: boolean } {
  body.require(16);
  return { open: body.number(0), dataOnly: (body.u32(8) & FSYNC_FDATASYNC) !== 0 };
}

/** struct fuse_fallocate_in */
export function fallocate(body: Body): FuseCall {
  body.require(32);
  return {
    op: 'fallocate',
    open: body.number(0),
    offset: body.offset(8, ERRNO.EFBIG),
    length: body.offset(16, ERRNO.EFBIG),
    mode: body.u32(24),
  };
}

/** struct fuse_lseek_in. An offset that no file reaches is beyond the last data of any. */
export function lseek(body: Body): FuseCall {
  body.require(24);
  return { op: 'lseek', open: body.number(0), offset: body.offset(8, ERRNO.ENXIO), whence: body.u32(16) };
}

/** struct fuse_poll_in */
export function poll(body: Body): FuseCall {
  body.require(24);
  const notify = (body.u32(16) & POLL_SCHEDULE_NOTIFY) !== 0;
  return { op: 'poll', open: body.number(0), poll: body.u64(8), notify, events: body.u32(20) };
}
