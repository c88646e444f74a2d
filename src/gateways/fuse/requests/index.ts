/** Each request's handler. */
import { access, getattr, setattr, statfs } from './attributes.ts';
import type { Handler, Op } from './context.ts';
import { readdir } from './directory.ts';
import { fallocate, lseek, poll, read, write } from './io.ts';
import { getlk, setlk } from './lock.ts';
import { link, lookup, mkdir, mknod, readlink, rename, rmdir, symlink, unlink } from './names.ts';
import { create, flush, fsync, open, opendir, release } from './open.ts';
import { getxattr, listxattr, removexattr, setxattr } from './xattr.ts';

export const HANDLERS: { readonly [O in Op]: Handler<O> } = {
  access,
  create,
  fallocate,
  flush,
  fsync,
  fsyncdir: fsync,
  getattr,
  getlk,
  getxattr,
  link,
  listxattr,
  lookup,
  lseek,
  mkdir,
  mknod,
  open,
  opendir,
  poll,
  read,
  readdir,
  readlink,
  release,
  removexattr,
  rename,
  rmdir,
  setattr,
  setlk,
  setxattr,
  statfs,
  symlink,
  unlink,
  write,
};
