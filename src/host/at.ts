/**
 * Files by directory descriptor and name: openat(2) and its family. One step into a directory that nobody can move from
 * under the caller; no symbolic link is followed on the way.
 *
 * Without koffi the same is done by Node's calls on `/proc/self/fd/DIR/NAME`, at two to three times the cost of a step.
 */
import {
  constants,
  linkSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { decodeName } from './name.ts';
import { failure, Feature } from './native.ts';
import { AT_FDCWD, component, cString, nodePath, procPath, type Text } from './path.ts';

/** For `openAt`: the file itself, not its content. fstat, the calls here and /proc/self/fd/N take it; a read does not. */
export const O_PATH = 0o10000000;

const O_CLOEXEC = 0o2000000;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;

interface Calls {
  readonly openat: (dir: number, name: Text, flags: number, mode: number) => number;
  readonly mkdirat: (dir: number, name: Text, mode: number) => number;
  readonly unlinkat: (dir: number, name: Text, flags: number) => number;
  readonly symlinkat: (target: Text, dir: number, name: Text) => number;
  readonly linkat: (fromDir: number, from: Text, dir: number, name: Text, flags: number) => number;
}

export const at = new Feature<Calls>('at', 'files by directory descriptor', (libc) => ({
  openat: libc.func('int openat(int dirfd, void *name, int flags, unsigned int mode)'),
  mkdirat: libc.func('int mkdirat(int dirfd, void *name, unsigned int mode)'),
  unlinkat: libc.func('int unlinkat(int dirfd, void *name, int flags)'),
  symlinkat: libc.func('int symlinkat(void *target, int dirfd, void *name)'),
  linkat: libc.func('int linkat(int olddirfd, void *from, int newdirfd, void *name, int flags)'),
}));

/**
 * Opens `name` in `dir` and returns a descriptor, for `fs.closeSync` to close. `flags` are those of `fs.constants` and
 * {@link O_PATH}; a symbolic link is ELOOP without O_PATH, and is itself opened with it. A FIFO is waited for, and holds
 * up the whole process, unless O_NONBLOCK is given.
 */
export function openAt(dir: number, name: string, flags: number, mode = 0o666): number {
  const all = flags | constants.O_NOFOLLOW;
  const calls = at.find();
  if (!calls) return openSync(nodePath(procPath(dir, name)), all, mode);
  const target = component(dir, name);
  for (;;) {
    const fd = calls.openat(dir, target, all | O_CLOEXEC, mode);
    if (fd >= 0) return fd;
    const error = failure('openat', name);
    if (error.code !== 'EINTR') throw error;
  }
}

export function mkdirAt(dir: number, name: string, mode = 0o777): void {
  const calls = at.find();
  if (!calls) mkdirSync(nodePath(procPath(dir, name)), mode);
  else if (calls.mkdirat(dir, component(dir, name), mode) < 0) throw failure('mkdirat', name);
}

/** Removes a name that is not a directory's (EISDIR). */
export function unlinkAt(dir: number, name: string): void {
  const calls = at.find();
  if (!calls) unlinkSync(nodePath(procPath(dir, name)));
  else if (calls.unlinkat(dir, component(dir, name), 0) < 0) throw failure('unlinkat', name);
}

/** Removes an empty directory. */
export function rmdirAt(dir: number, name: string): void {
  const calls = at.find();
  if (!calls) rmdirSync(nodePath(procPath(dir, name)));
  else if (calls.unlinkat(dir, component(dir, name), AT_REMOVEDIR) < 0) throw failure('unlinkat', name);
}

/** Makes a symbolic link that says `target`. */
export function symlinkAt(target: string, dir: number, name: string): void {
  const calls = at.find();
  if (!calls) symlinkSync(nodePath(target), nodePath(procPath(dir, name)));
  else if (calls.symlinkat(cString(target), dir, component(dir, name)) < 0) throw failure('symlinkat', name);
}

/** What a symbolic link says. */
export function readlinkAt(dir: number, name: string): string {
  return decodeName(readlinkSync(nodePath(procPath(dir, name)), 'buffer'));
}

/** Gives a file another name. A symbolic link is not followed: it gets the name itself. */
export function linkAt(fromDir: number, from: string, dir: number, name: string): void {
  const calls = at.find();
  if (!calls) linkSync(nodePath(procPath(fromDir, from)), nodePath(procPath(dir, name)));
  else if (calls.linkat(fromDir, component(fromDir, from), dir, component(dir, name), 0) < 0) {
    throw failure('linkat', name);
  }
}

/**
 * Gives the open file another name: this very file, whatever has become of the name that it was opened by. O_PATH
 * suffices. ENOENT if it has no name left (unless it was opened with O_TMPFILE). Node has no such call.
 */
export function linkDescriptor(fd: number, dir: number, name: string): void {
  const from = `/proc/self/fd/${fd}`;
  if (at.calls.linkat(AT_FDCWD, from, dir, component(dir, name), AT_SYMLINK_FOLLOW) < 0) {
    throw failure('linkat', name);
  }
}
