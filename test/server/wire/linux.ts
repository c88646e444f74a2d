/** Requests of 9P2000.L about names, as their fields. */
import { NONE32, T, s, u32, type WireQid } from './codec.ts';
import type { Nine } from './nine.ts';

export const renameat = (
  nine: Nine,
  from: number,
  name: string,
  to: number,
  newname: string,
): Promise<unknown> =>
  nine.rpc(T.renameat, u32(from), s(name), u32(to), s(newname)).then((body) => body.end());

export const unlinkat = (nine: Nine, dir: number, name: string, flags = 0): Promise<unknown> =>
  nine.rpc(T.unlinkat, u32(dir), s(name), u32(flags)).then((body) => body.end());

export const link = (nine: Nine, dir: number, fid: number, name: string): Promise<unknown> =>
  nine.rpc(T.link, u32(dir), u32(fid), s(name)).then((body) => body.end());

export const symlink = (nine: Nine, dir: number, name: string, target: string): Promise<WireQid> =>
  nine.rpc(T.symlink, u32(dir), s(name), s(target), u32(NONE32)).then((body) => body.qid());

export const readlink = (nine: Nine, fid: number): Promise<string> =>
  nine.rpc(T.readlink, u32(fid)).then((body) => body.s());

export const mknod = (
  nine: Nine,
  dir: number,
  name: string,
  mode: number,
  major = 0,
  minor = 0,
): Promise<WireQid> =>
  nine
    .rpc(T.mknod, u32(dir), s(name), u32(mode), u32(major), u32(minor), u32(NONE32))
    .then((body) => body.qid());
