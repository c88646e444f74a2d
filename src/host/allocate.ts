/** The blocks under a file: fallocate(2), and lseek(2) for data and holes. */
import { errno, failure, Feature } from './native.ts';

/**
 * `extend`: the range has blocks, and the file grows to hold it. `keep-size`: blocks only. `punch-hole`: the range reads
 * as zeroes and takes up no blocks; the size stays.
 */
export type AllocateHow = 'extend' | 'keep-size' | 'punch-hole';

/** FALLOC_FL_KEEP_SIZE is 1, FALLOC_FL_PUNCH_HOLE 2, which is only taken together with it. */
const MODES: Readonly<Record<AllocateHow, number>> = { extend: 0, 'keep-size': 1, 'punch-hole': 3 };

const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const EINTR = 4;

interface Calls {
  readonly fallocate: (fd: number, mode: number, offset: number, length: number) => number;
  readonly lseek: (fd: number, offset: number, whence: number) => number;
}

export const allocation = new Feature<Calls>(
  'allocate',
  'allocation of blocks, and where data and holes are',
  (libc) => ({
    fallocate: libc.func('int fallocate(int fd, int mode, int64_t offset, int64_t length)'),
    lseek: libc.func('int64_t lseek(int fd, int64_t offset, int whence)'),
  }),
);

/** `length` is at least 1. EOPNOTSUPP where the file system cannot, EFBIG beyond its largest file, ENOSPC. */
export function allocate(fd: number, offset: number, length: number, how: AllocateHow = 'extend'): void {
  const { fallocate } = allocation.calls;
  while (fallocate(fd, MODES[how], offset, length) < 0) {
    if (errno() !== EINTR) throw failure('fallocate', fd);
  }
}

/**
 * The first byte of data, or of a hole, at or after `offset`; the end of a file counts as a hole. ENXIO beyond the end,
 * and for data also where nothing but a hole follows. Moves the descriptor's own position.
 */
export function seek(fd: number, offset: number, what: 'data' | 'hole'): number {
  const found = allocation.calls.lseek(fd, offset, what === 'data' ? SEEK_DATA : SEEK_HOLE);
  if (found < 0) throw failure('lseek', fd);
  return found;
}
