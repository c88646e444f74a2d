/** Paths as they are given to the calls: strings, Buffers, `file:` URLs. */
import { invalid, invalidType, invalidValue } from './arguments.ts';
import { asBuffer, textOf, type Encoding } from './bytes.ts';
import { decodeName, encodeName } from './names.ts';

export type PathLike = string | Uint8Array | URL;

/** A name or a path in the form that was asked for. */
export function nameAs(name: string, encoding: Encoding | undefined): string | Buffer {
  if (encoding === undefined) return encodeName(name);
  return /^utf-?8$/i.test(encoding) ? name : textOf(encodeName(name), encoding);
}

/** @param name - of the argument, for messages */
export function pathOf(value: unknown, name = 'path'): string {
  const path = stringOf(value, name);
  if (path.includes('\0'))
    throw invalidValue(name, value, 'must be a string, Uint8Array, or URL without null bytes');
  return path;
}

function stringOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return decodeName(asBuffer(value));
  if (isUrl(value)) return pathOfUrl(value);
  throw invalidType(name, 'of type string or an instance of Buffer or URL', value);
}

/** Not by its class: a URL may be of another realm. */
function isUrl(value: unknown): value is URL {
  return typeof value === 'object' && value !== null && 'href' in value && 'protocol' in value;
}

function pathOfUrl({ protocol, hostname, pathname }: URL): string {
  if (protocol !== 'file:') throw invalid('ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
  if (hostname !== '')
    throw invalid('ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty on linux');
  if (/%2f/i.test(pathname))
    throw invalid('ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters');
  return decodeURIComponent(pathname);
}

/** How a path ends: in a name, in one that must be a directory's, or in `.`, `..` or nothing at all. */
export type Ending = 'name' | 'directory' | 'dot' | 'dotdot' | 'root';

/** A path taken apart. */
export interface Parsed {
  /** From the root; with `..`, which is followed where it stands, and without `.` */
  readonly names: readonly string[];
  readonly ending: Ending;
}

/** @param cwd - where a path begins that does not begin with '/' */
export function parsePath(path: string, cwd: string): Parsed {
  const absolute = path.startsWith('/') ? path : `${cwd}/${path}`;
  const names = absolute.split('/').filter((name) => name !== '' && name !== '.');
  return { names, ending: endingOf(path, names) };
}

function endingOf(path: string, names: readonly string[]): Ending {
  if (/(?:^|\/)\.\/*$/.test(path)) return 'dot';
  if (names.length === 0) return 'root';
  if (names.at(-1) === '..') return 'dotdot';
  return path.endsWith('/') ? 'directory' : 'name';
}

/** A path, and a name below it, as `readdir` joins them. */
export function below(path: string, name: string): string {
  return path === '' || path === '.' ? name : path.endsWith('/') ? path + name : `${path}/${name}`;
}
