/**
 * Node's calls on descriptors, an O_PATH one included where that makes sense, with errors by Linux's symbols: Node has
 * no names for some of them (EDQUOT, ESTALE), and another one for EOPNOTSUPP.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fdatasync,
  fsync,
  ftruncateSync,
  openSync,
  read as readWith,
  readSync,
  utimesSync,
  write as writeWith,
  writeSync,
} from 'node:fs';
import { constants as system } from 'node:os';
import { codeOf } from '../../file/index.ts';
import { setTimes as setNanoseconds, type NewTime, type Stat, type Time } from '../../host/index.ts';

type NodeError = NodeJS.ErrnoException;

const symbols = new Map(Object.entries(system.errno).map(([symbol, number]) => [number, symbol]));

function named(error: unknown): unknown {
  if (!isNodeError(error)) return error;
  const { code, errno } = error;
  if (code === 'ENOTSUP') error.code = 'EOPNOTSUPP';
  else if (errno !== undefined && code?.startsWith('Unknown')) error.code = symbols.get(-errno) ?? 'EIO';
  return error;
}

function isNodeError(error: unknown): error is NodeError {
  return typeof error === 'object' && error !== null && 'errno' in error;
}

function call<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw named(error);
  }
}

/** For what is done after a failure, which is what the caller is to hear of. */
export function attempt(step: () => void): void {
  try {
    step();
  } catch {
    return;
  }
}

/** The file of the descriptor as a path, whatever it is called by now (proc(5)). */
export function pathOf(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** Opens anew the very file of the descriptor. It never waits: not for a FIFO's other end, not for a lease. */
export function reopen(fd: number, flags: number): number {
  return call(() => openSync(pathOf(fd), flags | constants.O_NONBLOCK | constants.O_NOCTTY));
}

export function close(fd: number): void {
  call(() => closeSync(fd));
}

export function chmod(fd: number, mode: number): void {
  call(() => chmodSync(pathOf(fd), mode));
}

export function chown(fd: number, uid: number, gid: number): void {
  call(() => chownSync(pathOf(fd), uid, gid));
}

/** `fd` is open for writing. */
export function truncate(fd: number, size: number): void {
  call(() => ftruncateSync(fd, size));
}

/** Without koffi to a microsecond at best. `stat` has the times that are to stay. */
export function setTimes(fd: number, atime: NewTime, mtime: NewTime, stat: Stat): void {
  try {
    setNanoseconds(pathOf(fd), atime, mtime);
  } catch (error) {
    if (codeOf(error) !== 'EOPNOTSUPP') throw error;
    call(() => utimesSync(pathOf(fd), seconds(atime, stat.atime), seconds(mtime, stat.mtime)));
  }
}

function seconds(time: NewTime, before: Time): number {
  if (time === 'now') return Date.now() / 1000;
  const { sec, nsec } = time ?? before;
  return sec + nsec / 1e9;
}

export function readPrompt(fd: number, into: Uint8Array, from: number, offset: number): number {
  return call(() => readSync(fd, into, from, into.length - from, offset));
}

export function readLater(fd: number, into: Uint8Array, from: number, offset: number): Promise<number> {
  return later((done) => readWith(fd, into, from, into.length - from, offset, done));
}

export function writePrompt(fd: number, data: Uint8Array, from: number, offset: number): number {
  return call(() => writeSync(fd, data, from, data.length - from, offset));
}

export function writeLater(fd: number, data: Uint8Array, from: number, offset: number): Promise<number> {
  return later((done) => writeWith(fd, data, from, data.length - from, offset, done));
}

export async function sync(fd: number, dataOnly: boolean): Promise<void> {
  await later<void>((done) => (dataOnly ? fdatasync : fsync)(fd, done));
}

function later<T>(start: (done: (error: NodeError | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(named(error)) : resolve(value!)));
  });
}
