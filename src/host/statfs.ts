/** statfs(2) whole: Node's leaves out the identity of the file system and the length of its names. */
import { statfsSync } from 'node:fs';
import { failure, Feature } from './native.ts';

/** A file system's figures; counts of blocks are in units of `bsize` bytes. */
export interface FileSystemFigures {
  /** Its magic number (statfs(2)). */
  readonly type: number;
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  /** Free for those who are not root. */
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
  readonly fsid: bigint;
  /** The longest name, in bytes. */
  readonly namelen: number;
}

/** struct statfs: eleven words of 8 bytes, then spare ones; f_fsid is two of 4 bytes. */
const words = new BigInt64Array(16);
const [TYPE, BSIZE, BLOCKS, BFREE, BAVAIL, FILES, FFREE, FSID, NAMELEN] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const;

interface Calls {
  readonly fstatfs: (fd: number, into: BigInt64Array) => number;
}

export const statfs = new Feature<Calls>(
  'statfs',
  'the identity of a file system, and the length of its names',
  (libc) => ({
    fstatfs: libc.func('int fstatfs(int fd, void *into)'),
  }),
);

/**
 * Of the file system that an open file is on; O_PATH suffices. Without koffi `fsid` is 0 and `namelen` 255, which it is
 * nearly everywhere.
 */
export function statfsDescriptor(fd: number): FileSystemFigures {
  const calls = statfs.find();
  if (!calls) return nodeFigures(fd);
  if (calls.fstatfs(fd, words) < 0) throw failure('fstatfs', fd);
  const count = (word: number): number => Number(BigInt.asUintN(64, words[word]));
  return {
    type: count(TYPE),
    bsize: count(BSIZE),
    blocks: count(BLOCKS),
    bfree: count(BFREE),
    bavail: count(BAVAIL),
    files: count(FILES),
    ffree: count(FFREE),
    fsid: BigInt.asUintN(64, words[FSID]),
    namelen: count(NAMELEN),
  };
}

function nodeFigures(fd: number): FileSystemFigures {
  const { type, bsize, blocks, bfree, bavail, files, ffree } = statfsSync(`/proc/self/fd/${fd}`);
  return { type, bsize, blocks, bfree, bavail, files, ffree, fsid: 0n, namelen: 255 };
}
