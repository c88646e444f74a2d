/** What a file may be called. */
import { FileError } from './errors.ts';

/** Bytes; what Linux and most file systems allow. */
const NAME_MAX = 255;

/** Refuses what is not the name of a new or removable file: '', '.', '..', and names with '/' or NUL. */
export function checkName(name: string): void {
  if (name === '' || name.includes('/') || name.includes('\0')) throw new FileError('EINVAL');
  if (name === '.' || name === '..') throw new FileError('EINVAL');
  if (name.length * 3 > NAME_MAX && nameLength(name) > NAME_MAX) throw new FileError('ENAMETOOLONG');
}

const encoder = new TextEncoder();

/** Bytes on the wire, where an escaped byte (a lone surrogate) is one. */
function nameLength(name: string): number {
  const escaped = name.match(/(?<![\ud800-\udbff])[\udc80-\udcff]/g)?.length ?? 0;
  return encoder.encode(name).length - 2 * escaped;
}
