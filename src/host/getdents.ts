/**
 * getdents64(2): a directory read lazily, from any entry on. Node's opendir can only begin at the start, and gives
 * neither inode numbers nor cookies.
 */
import { decodeName } from './name.ts';
import { errno, failure, Feature } from './native.ts';
import type { FileType } from './stat.ts';

export interface DirectoryEntry {
  /** As name.ts has it: different names are different strings. */
  readonly name: string;
  readonly ino: bigint;
  /** Absent where the file system does not say: then stat does. */
  readonly type?: FileType;
  /** Where to go on after this entry. */
  readonly cookie: bigint;
}

/** struct linux_dirent64: d_ino[8] d_off[8] d_reclen[2] d_type[1] d_name, padded to a multiple of 8. */
const COOKIE = 8;
const RECORD_LENGTH = 16;
const TYPE = 18;
const NAME = 19;

/** Some 1,000 entries a call, after which larger buffers gain nothing. */
const BUFFER = 32768;
const ENOENT = 2;
const SEEK_SET = 0;

/** d_type, but for DT_UNKNOWN and what only other systems have. */
const TYPES: Readonly<Record<number, FileType | undefined>> = {
  1: 'fifo',
  2: 'char',
  4: 'dir',
  6: 'block',
  8: 'file',
  10: 'symlink',
  12: 'socket',
};

interface Calls {
  readonly getdents64: (fd: number, into: Uint8Array, size: number) => number;
  readonly lseek: (fd: number, offset: bigint, whence: number) => number | bigint;
}

export const getdents = new Feature<Calls>('getdents', 'directories read from any entry on', (libc) => ({
  getdents64: libc.func('intptr_t getdents64(int fd, void *into, size_t size)'),
  lseek: libc.func('int64_t lseek(int fd, int64_t offset, int whence)'),
}));

/**
 * The entries after `cookie`, from the start with 0, without `.` and `..`. `fd` is a directory open for reading (not
 * O_PATH); it is read as the caller takes entries, and several may read from one descriptor in turn.
 *
 * A cookie is good for as long as the directory is open, whatever is created or removed meanwhile, on the usual file
 * systems (ext4, xfs, btrfs; tmpfs since Linux 6.6). On others (ramfs) it counts entries: there only who goes on where
 * the descriptor stands misses none. What is created or removed during the reading may be seen or not.
 */
export function* readDirectory(fd: number, cookie = 0n): Generator<DirectoryEntry, void, void> {
  const { getdents64, lseek } = getdents.calls;
  const buffer = Buffer.allocUnsafeSlow(BUFFER);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let after = cookie;
  for (;;) {
    // Another reader of the descriptor may have moved it.
    if (lseek(fd, after, SEEK_SET) < 0) throw failure('lseek', fd);
    const length = getdents64(fd, buffer, BUFFER);
    // ENOENT: the directory has been removed, and has no entries.
    if (length === 0 || (length < 0 && errno() === ENOENT)) return;
    if (length < 0) throw failure('getdents64', fd);
    for (let at = 0; at < length;) {
      const next = at + view.getUint16(at + RECORD_LENGTH, true);
      after = view.getBigInt64(at + COOKIE, true);
      const name = decodeName(buffer, at + NAME, endOfName(buffer, at + NAME, next));
      if (name !== '.' && name !== '..') yield entry(name, view, at, after);
      at = next;
    }
  }
}

/** The name ends with a NUL, followed by fewer than 8 bytes of padding that may hold anything. */
function endOfName(buffer: Buffer, start: number, next: number): number {
  let end = Math.max(start, next - 8);
  while (buffer[end] !== 0) end += 1;
  return end;
}

function entry(name: string, view: DataView, at: number, cookie: bigint): DirectoryEntry {
  const type = TYPES[view.getUint8(at + TYPE)];
  const ino = view.getBigUint64(at, true);
  return type === undefined ? { name, ino, cookie } : { name, ino, type, cookie };
}
