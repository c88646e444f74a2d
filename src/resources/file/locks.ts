/**
 * Byte-range locks on host files: among our own clients by a table for each file, towards other processes of the host by
 * locks of the kernel, on one descriptor for each file. The kernel takes that descriptor for a single owner, so it is
 * given the strongest lock of each range.
 */
import { constants } from 'node:fs';
import {
  LockTable,
  codeOf,
  type Lock,
  type LockOwner,
  type LockRange,
  type LockRequest,
} from '../../file/index.ts';
import { getLock, setLock } from '../../host/index.ts';
import { close, reopen } from './calls.ts';

/** The owner of a lock that another process of the host has: the kernel does not say which. */
const HOST: LockOwner = { session: {}, client: 'host', process: 0 };

const WHOLE: LockRange = { start: 0, length: 0 };

interface Locked {
  readonly table: LockTable;
  readonly fd: number;
}

/** All locks on the files of one tree, by qid.path. */
export class HostLocks {
  readonly #readOnly: boolean;
  readonly #files = new Map<bigint, Locked>();

  constructor(readOnly: boolean) {
    this.#readOnly = readOnly;
  }

  /** Takes or releases a lock of the file that `fd` is open on; false if somebody else has it. */
  set(path: bigint, fd: number, request: LockRequest, holder: object): boolean {
    const { type } = request;
    const known = this.#files.get(path);
    if (type === 'unlock' && !known) return true;
    const file = known ?? { table: new LockTable(), fd: this.#descriptor(fd, type) };
    this.#files.set(path, file);
    try {
      if (file.table.conflict(request)) return false;
      // Nobody here has a stronger lock on any part of the range.
      if (type !== 'unlock' && !setLock(file.fd, { ...rangeOf(request), type })) return false;
      file.table.set(request, holder);
      if (type === 'unlock') agree(file, request);
      return true;
    } finally {
      this.#tidy(path, file);
    }
  }

  /** What stands in the way of the request. */
  conflict(path: bigint, fd: number, request: LockRequest): Lock | undefined {
    const { type } = request;
    if (type === 'unlock') return undefined;
    const file = this.#files.get(path);
    const ours = file?.table.conflict(request);
    if (ours) return ours;
    const theirs = getLock(file?.fd ?? fd, { ...rangeOf(request), type });
    return theirs && { ...theirs, owner: HOST };
  }

  /** Ends the locks that were taken through an open file. */
  release(path: bigint, holder: object): void {
    const file = this.#files.get(path);
    if (!file) return;
    file.table.release(holder);
    agree(file, WHOLE);
    this.#tidy(path, file);
  }

  /** For reading and writing, so that it can bear every lock, as far as the server's user may. */
  #descriptor(fd: number, type: LockRequest['type']): number {
    if (this.#readOnly) return reopen(fd, constants.O_RDONLY);
    try {
      return reopen(fd, constants.O_RDWR);
    } catch (error) {
      if (!['EACCES', 'EPERM', 'EROFS', 'ETXTBSY'].includes(codeOf(error))) throw error;
      return reopen(fd, type === 'write' ? constants.O_WRONLY : constants.O_RDONLY);
    }
  }

  #tidy(path: bigint, file: Locked): void {
    if (!file.table.empty) return;
    this.#files.delete(path);
    close(file.fd);
  }
}

/** Has the kernel hold on the range what is still held in the table, and no more. This only weakens locks. */
function agree({ table, fd }: Locked, range: LockRange): void {
  let from = range.start;
  const unlock = (to: number): void => {
    if (from < to) setLock(fd, { type: 'unlock', ...between(from, to) });
  };
  for (const part of table.strongest(range)) {
    unlock(part.start);
    setLock(fd, part);
    from = endOf(part);
  }
  unlock(endOf(range));
}

function rangeOf({ start, length }: LockRange): LockRange {
  return { start, length };
}

function endOf({ start, length }: LockRange): number {
  return length === 0 ? Infinity : start + length;
}

function between(from: number, to: number): LockRange {
  return { start: from, length: to === Infinity ? 0 : to - from };
}
