/**
 * Byte-range locks that belong to an open file description (fcntl(2), F_OFD_SETLK), not to the process: two opens of a
 * file by one server exclude each other, and closing one of them leaves the locks of the other alone.
 */
import { invalid } from './error.ts';
import { errno, failure, Feature } from './native.ts';

export interface FileLock {
  /** For `read` the descriptor must be open for reading, for `write` for writing (EBADF). */
  readonly type: 'read' | 'write';
  /** Bytes from the start of the file. */
  readonly start: number;
  /** Bytes; 0: to the end, wherever that will be. */
  readonly length: number;
}

export interface FileLockRequest extends Omit<FileLock, 'type'> {
  readonly type: FileLock['type'] | 'unlock';
}

const F_OFD_GETLK = 36;
const F_OFD_SETLK = 37;

/** l_type, in the order of its values. */
const TYPES = ['read', 'write', 'unlock'] as const;

/** EAGAIN, or as POSIX allows, EACCES: another open has a lock there. */
const CONFLICTS: readonly number[] = [11, 13];

/** struct flock: l_type[2] l_whence[2] pad[4] l_start[8] l_len[8] l_pid[4] pad[4]; so on every 64-bit Linux. */
const bytes = new Uint8Array(32);
const view = new DataView(bytes.buffer);
const TYPE = 0;
const START = 8;
const LENGTH = 16;

interface Calls {
  readonly fcntl: (fd: number, command: number, lock: Uint8Array) => number;
}

export const ofdlock = new Feature<Calls>('ofdlock', 'locks of an open file', (libc) => ({
  fcntl: libc.func('int fcntl(int fd, int command, void *lock)'),
}));

/**
 * Takes or releases a lock at once; false if another open of the file holds a conflicting one. A range that this open
 * had locked already changes to the new type. Never waits.
 */
export function setLock(fd: number, request: FileLockRequest): boolean {
  const { fcntl } = ofdlock.calls;
  put(request);
  if (fcntl(fd, F_OFD_SETLK, bytes) >= 0) return true;
  if (CONFLICTS.includes(errno())) return false;
  throw failure('fcntl', fd);
}

/** A lock of another open, or of a process, that stands in the way of this one. */
export function getLock(fd: number, wanted: FileLock): FileLock | undefined {
  const { fcntl } = ofdlock.calls;
  put(wanted);
  if (fcntl(fd, F_OFD_GETLK, bytes) < 0) throw failure('fcntl', fd);
  const type = TYPES[view.getInt16(TYPE, true)];
  if (type === undefined || type === 'unlock') return undefined;
  return {
    type,
    start: Number(view.getBigInt64(START, true)),
    length: Number(view.getBigInt64(LENGTH, true)),
  };
}

/** l_whence is SEEK_SET, and l_pid has to be 0 for these locks: both stay as they were cleared. */
function put({ type, start, length }: FileLockRequest): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(length) || start < 0 || length < 0) {
    throw invalid(`no range: ${length} bytes from ${start}`, 'fcntl');
  }
  bytes.fill(0);
  view.setInt16(TYPE, TYPES.indexOf(type), true);
  view.setBigInt64(START, BigInt(start), true);
  view.setBigInt64(LENGTH, BigInt(length), true);
}
