/** Names and paths as arguments of a call, native or Node's. */
import { invalid } from './error.ts';
import { encodeName } from './name.ts';

/**
 * A name in a directory that is open; O_PATH suffices. The directory is what was opened, whatever its path is by now;
 * a symbolic link of that name is taken as it is, never followed.
 */
export interface At {
  readonly dir: number;
  readonly name: string;
}

/** What a call is made on: an open descriptor (not O_PATH), a path (symbolic links are followed), a name in a directory. */
export type Target = number | string | At;

/** In place of a directory descriptor: the name is a path, from the current directory if it is relative. */
export const AT_FDCWD = -100;

/** The subject of an error message. */
export function shown(target: Target): string | number {
  return typeof target === 'object' ? target.name : target;
}

/** What a string cannot carry to C as it is: a NUL would end it, and a lone surrogate would be replaced. */
const UNFIT = /[\0\ud800-\udfff]/;

/** A path, a name, a link's text for a native call. */
export function cString(text: string): string | Buffer {
  return UNFIT.test(text) ? Buffer.concat([encoded(text), Buffer.of(0)]) : text;
}

function encoded(text: string): Buffer {
  if (text.includes('\0')) throw invalid('a name with a NUL', 'encodeName', text);
  return encodeName(text);
}

/** A name for an *at call. With a directory, one component: what could lead out of the directory is `EINVAL`. */
export function component(dir: number, name: string): string | Buffer {
  checkComponent(dir, name);
  return cString(name);
}

/** The same place as a path for Node's calls: /proc/self/fd is Linux's way to say "of this descriptor" in a path. */
export function procPath(dir: number, name: string): string | Buffer {
  checkComponent(dir, name);
  const path = dir === AT_FDCWD ? name : `/proc/self/fd/${dir}/${name}`;
  return UNFIT.test(path) ? encoded(path) : path;
}

function checkComponent(dir: number, name: string): void {
  if (dir === AT_FDCWD) return;
  if (name === '' || name === '.' || name === '..' || name.includes('/')) {
    throw invalid('not a name in a directory', 'at', name);
  }
}
