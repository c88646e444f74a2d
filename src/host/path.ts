/** Names and paths as arguments of a call, the C library's or Node's. */
import { invalid } from './error.ts';
import { encodeName } from './name.ts';

/**
 * A name in a directory that is open; O_PATH suffices. The directory is the one that was opened, whatever its path is by
 * now; a symbolic link of that name is taken as it is, never followed.
 */
export interface At {
  readonly dir: number;
  readonly name: string;
}

/** A name or a path as an argument: bytes where it is not UTF-8. */
export type Text = string | Buffer;

/** What a call is made on: a descriptor (not O_PATH), a path (symbolic links are followed), a name in a directory. */
export type Target = number | string | At;

/** In place of a directory's descriptor: the name is a path, and counts from the current directory if it is relative. */
export const AT_FDCWD = -100;

/** A target in an error message. */
export function shown(target: Target): string | number {
  return typeof target === 'object' ? target.name : target;
}

/** What a string cannot carry into a call as it is: a NUL would end it, and a lone surrogate would be replaced. */
const UNFIT = /[\0\ud800-\udfff]/;

/** A path or a name for the C library. */
export function cString(text: string): Text {
  return UNFIT.test(text) ? Buffer.concat([encoded(text), Buffer.of(0)]) : text;
}

/** A path for Node. */
export function nodePath(text: string): Text {
  return UNFIT.test(text) ? encoded(text) : text;
}

function encoded(text: string): Buffer {
  if (text.includes('\0')) throw invalid('a NUL in a name', 'encodeName', text);
  return encodeName(text);
}

/**
 * A name for one of the C library's *at functions. In a directory it is one component: what would lead out of the
 * directory is EINVAL.
 */
export function component(dir: number, name: string): Text {
  return cString(checked(dir, name));
}

/** The same as one path: /proc/self/fd is Linux's way to say in a path "of this descriptor" (proc(5)). */
export function procPath(dir: number, name: string): string {
  const component = checked(dir, name);
  return dir === AT_FDCWD ? component : `/proc/self/fd/${dir}/${component}`;
}

function checked(dir: number, name: string): string {
  if (dir === AT_FDCWD) return name;
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('/')) return name;
  throw invalid('not a name in a directory', 'at', name);
}
