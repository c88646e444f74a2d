/** Attributes as the kernel has them. */
import type { Attr, File, FileType } from '../../file/index.ts';
import type { QidPaths } from '../../file/qid-paths.ts';
import { groupId, userId } from '../../host/users.ts';

import type { Settings } from './options.ts';
import type { FuseAttr } from './wire/reply.ts';

/** The file type's bits of st_mode (inode(7)). */
export const S_IFMT = 0o170000;

const TYPE_BITS: Readonly<Record<FileType, number>> = {
  fifo: 0o010000,
  char: 0o020000,
  dir: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};

const TYPES = new Map(Object.entries(TYPE_BITS).map(([type, bits]) => [bits, type as FileType]));

/** The type that a mode's bits say; undefined for none at all, which mknod(2) takes for a plain file. */
export function typeOf(mode: number): FileType | undefined {
  return TYPES.get(mode & S_IFMT);
}

/** d_type of readdir(3): the type's bits, four of them. */
export function direntType(type: FileType): number {
  return TYPE_BITS[type] >> 12;
}

export class Attributes {
  readonly #settings: Settings;
  readonly #inodes: QidPaths;
  readonly #shown: number;

  constructor(settings: Settings, inodes: QidPaths) {
    this.#settings = settings;
    this.#inodes = inodes;
    this.#shown = 0o7777 & ~(settings.umask ?? 0);
  }

  /** The inode number: 0 is none. */
  inode(file: Pick<File, 'tree' | 'qid'>): bigint {
    return this.#inodes.of(file.tree, file.qid.path) || 1n;
  }

  of(file: Pick<File, 'tree' | 'qid'>, attr: Attr): FuseAttr {
    const settings = this.#settings;
    const { atime, mtime, ctime = mtime, size } = attr;
    return {
      ino: this.inode(file),
      size,
      blocks: attr.blocks ?? Math.ceil(size / 512),
      atime,
      mtime,
      ctime,
      mode: TYPE_BITS[attr.type] | (attr.mode & this.#shown),
      nlink: attr.nlink ?? 1,
      uid: settings.uid ?? attr.uid ?? this.#idOf(attr.owner, userId, settings.user.uid),
      gid: settings.gid ?? attr.gid ?? this.#idOf(attr.group, groupId, settings.user.gid),
      major: attr.major ?? 0,
      minor: attr.minor ?? 0,
      blksize: attr.blksize ?? 4096,
    };
  }

  /** Of a name that this host does not know, or of none at all: whoever serves. */
  #idOf(name: string | undefined, find: (name: string) => number | undefined, ours = 0): number {
    return (name === undefined ? undefined : find(name)) ?? ours;
  }
}
