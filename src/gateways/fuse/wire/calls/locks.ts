/** Requests about locks. */
import { Unreadable, type Body } from '../body.ts';
import { ERRNO, LK_FLOCK } from '../constants.ts';
import type { FuseCall, FuseLock } from '../request.ts';

const LOCK_TYPES = ['read', 'write', 'unlock'] as const;

/** struct fuse_lk_in */
export function getlk(body: Body): FuseCall {
  body.require(48);
  return { op: 'getlk', open: body.number(0), owner: body.u64(8), lock: lockOf(body) };
}

export function setlk(body: Body, wait: boolean): FuseCall {
  body.require(48);
  return {
    op: 'setlk',
    open: body.number(0),
    owner: body.u64(8),
    lock: lockOf(body),
    wait,
    flock: (body.u32(40) & LK_FLOCK) !== 0,
  };
}

/** struct fuse_file_lock, within struct fuse_lk_in. No file reaches beyond 2^53 - 1: that is the end, wherever it is. */
function lockOf(body: Body): FuseLock {
  const type = LOCK_TYPES[body.u32(32)];
  if (type === undefined) throw new Unreadable(ERRNO.EINVAL, 'a lock of no type');
  const end = body.number(24);
  return {
    start: body.offset(16),
    end: end > Number.MAX_SAFE_INTEGER ? Infinity : end,
    type,
    pid: body.u32(36),
  };
}
