/**
 * Files by (directory descriptor, name): openat(2) and its family. One step into a directory that cannot be moved from
 * under the caller, and that follows no symbolic link on the way.
 *
 * Without koffi the same is done by Node's calls on `/proc/self/fd/DIR/NAME`: two to three times the cost of a step.
 */
import { constants, linkSync, mkdirSync, openSync, readlinkSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { decodeName } from './name.ts';
import { failure, Feature } from './native.ts';
import { component, cString, procPath } from './path.ts';

/** Opens the place of a file, not its content: fstat, *at calls and /proc/self/fd/N work on it; read does not. */
export const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
const EINTR = 4;

type Name = string | Buffer;

export const at = new Feature('at', 'files by directory descriptor', (libc) => ({
  openat: libc.func<(dir: number, name: Name, flags: number, mode: number) => number>(
    'int openat(int dirfd, void *name, int flags, unsigned int mode)',
  ),
  mkdirat: libc.func<(dir: number, name: Name, mode: number) => number>(
    'int mkdirat(int dirfd, void *name, unsigned int mode)',
  ),
  unlinkat: libc.func<(dir: number, name: Name, flags: number) => number>(
    'int unlinkat(int dirfd, void *name, int flags)',
  ),
  symlinkat: libc.func<(target: Name, dir: number, name: Name) => number>(
    'int symlinkat(void *target, int dirfd, void *name)',
  ),
  linkat: libc.func<(from: number, old: Name, to: number, name: Name, flags: number) => number>(
    'int linkat(int olddirfd, void *old, int newdirfd, void *name, int flags)',
  ),
}));
