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

/** A descriptor for locks. One that is not open both ways can bear locks of one type only. */
interface Bearer {
  readonly fd: number;
  readonly only?: Lock['type'];
}

/** A file that is locked. */
interface Locked extends Bearer {
  readonly table: LockTable;
}

/** The best first. */
const WAYS: readonly (Omit<Bearer, 'fd'> & { readonly flags: number })[] = [
  { flags: constants.O_RDWR },
  { flags: constants.O_RDONLY, only: 'read' },
  { flags: constants.O_WRONLY, only: 'write' },
];
/** What another way may help against. */
const REFUSED = ['EACCES', 'EPERM', 'EROFS', 'ETXTBSY'];

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
    const file = known ?? { table: new LockTable(), ...bearer(fd, this.#readOnly) };
    this.#files.set(path, file);
    try {
      if (file.table.conflict(request)) return false;
      // Nobody here has a stronger lock on any part of the range.
      if (type !== 'unlock' && !setLock(file.fd, { ...rangeOf(request), type: file.only ?? type }))
        return false;
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

  #tidy(path: bigint, file: Locked): void {
    if (!file.table.empty) return;
    this.#files.delete(path);
    close(file.fd);
  }
}

/** Has the kernel hold on the range what is still held in the table, and no more. This only weakens locks. */
function agree({ table, fd, only }: Locked, range: LockRange): void {
  let from = range.start;
  const unlock = (to: number): void => {
    if (from < to) setLock(fd, { type: 'unlock', ...between(from, to) });
  };
  for (const part of table.strongest(range)) {
    unlock(part.start);
    setLock(fd, { ...part, type: only ?? part.type });
    from = endOf(part);
  }
  unlock(endOf(range));
}

/** As far as the server's user may open the file, and the export be used. */
function bearer(of: number, readOnly: boolean): Bearer {
  let refusal: unknown;
  for (const { flags, only } of readOnly ? WAYS.slice(1, 2) : WAYS) {
    try {
      return { fd: reopen(of, flags), ...(only && { only }) };
    } catch (error) {
      if (!REFUSED.includes(codeOf(error))) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
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
