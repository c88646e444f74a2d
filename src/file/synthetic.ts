/** What all files have that are made of functions: an identity, and attributes that say no more than is known. */
import { now, type Attr, type FileType, type Nature } from './attr.ts';
import type { Qid } from './file.ts';

/** All synthetic files of a process are one tree, so that any of them may stand in any directory. */
export const SYNTHETIC: object = { kind: 'synthetic' };

let lastPath = 0n;
const started = now();

const QID_TYPES: Readonly<Record<FileType, number>> = {
  dir: 0x80,
  symlink: 0x02,
  file: 0,
  fifo: 0,
  socket: 0,
  char: 0,
  block: 0,
};

/** A qid that no other synthetic file of this process has. */
export function newQid(type: FileType = 'file'): Qid {
  return { type: QID_TYPES[type], version: 0, path: ++lastPath };
}

/** Who may use a synthetic file, where the default is not right. */
export interface Access {
  /** Permission bits. */
  readonly mode?: number;
  readonly owner?: string;
  readonly group?: string;
}

/** Attributes of a synthetic file: it belongs to the user who serves, and has been there since the start. */
export function syntheticAttr(
  type: FileType,
  nature: Nature,
  mode: number,
  access: Access = {},
  size = 0,
): Attr {
  return { type, nature, mode, size, nlink: 1, atime: started, mtime: started, ctime: started, ...access };
}
