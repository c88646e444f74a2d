/** Errors as the kernel takes them: numbers of this host. */
import { constants } from 'node:os';
import { FileError, codeOf } from '../../file/index.ts';

const NUMBERS: ReadonlyMap<string, number> = new Map([['ESTALE', 116], ...Object.entries(constants.errno)]);

/**
 * What went wrong on the way to the tree and not in it: it says nothing that a program could make sense of, for whom this
 * is a file.
 */
const OF_THE_WAY: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTCONN',
  'EPROTO',
  'ETIMEDOUT',
]);

export const EIO = constants.errno.EIO;
export const EINTR = constants.errno.EINTR;
export const ENOENT = constants.errno.ENOENT;
export const ENOSYS = constants.errno.ENOSYS;

export function isOfTheWay(error: unknown): boolean {
  return OF_THE_WAY.has(codeOf(error));
}

/** The positive errno of whatever was thrown. */
export function errnoOf(error: unknown): number {
  const code = codeOf(error);
  if (OF_THE_WAY.has(code)) return EIO;
  if (isAbort(error)) return EINTR;
  return NUMBERS.get(code) ?? EIO;
}

/** Whether it is a fault of somebody's, and no answer that a file gives. */
export function isFault(error: unknown): boolean {
  if (error instanceof FileError) return false;
  const code: unknown = (error as { code?: unknown } | undefined)?.code;
  return !isAbort(error) && (typeof code !== 'string' || !NUMBERS.has(code));
}

/** What a call ends with that was told to: of whatever realm it is. */
function isAbort(error: unknown): boolean {
  return (error as { name?: unknown } | undefined)?.name === 'AbortError';
}
