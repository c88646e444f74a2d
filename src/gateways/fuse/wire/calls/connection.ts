/** Requests about no file: what holds between the kernel and us. */
import type { Body } from '../body.ts';
import { INIT } from '../constants.ts';
import type { Forget, FuseCall } from '../request.ts';

/** struct fuse_init_in; with INIT_EXT (since 7.36) the flags go on after it. */
export function init(body: Body): FuseCall {
  body.require(16);
  const flags = BigInt(body.u32(12));
  const [major, minor, readAhead] = [body.u32(0), body.u32(4), body.u32(8)];
  if ((flags & INIT.INIT_EXT) === 0n) return { op: 'init', major, minor, readAhead, flags };
  body.require(20);
  return { op: 'init', major, minor, readAhead, flags: flags | (BigInt(body.u32(16)) << 32n) };
}

/** struct fuse_forget_in */
export function forget(node: number, body: Body): FuseCall {
  body.require(8);
  return { op: 'forget', forgets: [{ node, lookups: body.number(0) }] };
}

/** struct fuse_batch_forget_in, and that many of struct fuse_forget_one. */
export function batchForget(body: Body): FuseCall {
  body.require(8);
  const end = 8 + body.u32(0) * 16;
  body.require(end);
  const forgets: Forget[] = [];
  for (let at = 8; at < end; at += 16) forgets.push({ node: body.number(at), lookups: body.number(at + 8) });
  return { op: 'forget', forgets };
}

/** struct fuse_interrupt_in */
export function interrupt(body: Body): FuseCall {
  body.require(8);
  return { op: 'interrupt', request: body.number(0) };
}
