/** What fails, in the form that `node:fs` gives its errors: code, number, the call, the path, and a sentence of libuv's. */
import { codeOf, sentenceOf } from '../../file/index.ts';

/** Linux's numbers, with the sentences of libuv for those that it knows. */
const SYSTEM_ERRORS: Readonly<Record<string, readonly [errno: number, sentence?: string]>> = {
  EPERM: [1, 'operation not permitted'],
  ENOENT: [2, 'no such file or directory'],
  EINTR: [4, 'interrupted system call'],
  EIO: [5, 'i/o error'],
  ENXIO: [6, 'no such device or address'],
  E2BIG: [7, 'argument list too long'],
  EBADF: [9, 'bad file descriptor'],
  EAGAIN: [11, 'resource temporarily unavailable'],
  ENOMEM: [12, 'not enough memory'],
  EACCES: [13, 'permission denied'],
  EBUSY: [16, 'resource busy or locked'],
  EEXIST: [17, 'file already exists'],
  EXDEV: [18, 'cross-device link not permitted'],
  ENODEV: [19, 'no such device'],
  ENOTDIR: [20, 'not a directory'],
  EISDIR: [21, 'illegal operation on a directory'],
  EINVAL: [22, 'invalid argument'],
  ENFILE: [23, 'file table overflow'],
  EMFILE: [24, 'too many open files'],
  ENOTTY: [25, 'inappropriate ioctl for device'],
  ETXTBSY: [26, 'text file is busy'],
  EFBIG: [27, 'file too large'],
  ENOSPC: [28, 'no space left on device'],
  ESPIPE: [29, 'invalid seek'],
  EROFS: [30, 'read-only file system'],
  EMLINK: [31, 'too many links'],
  EPIPE: [32, 'broken pipe'],
  ERANGE: [34, 'result too large'],
  ENAMETOOLONG: [36, 'name too long'],
  ENOLCK: [37],
  ENOSYS: [38, 'function not implemented'],
  ENOTEMPTY: [39, 'directory not empty'],
  ELOOP: [40, 'too many symbolic links encountered'],
  ENODATA: [61, 'no data available'],
  EPROTO: [71, 'protocol error'],
  EOVERFLOW: [75, 'value too large for defined data type'],
  EILSEQ: [84, 'illegal byte sequence'],
  EMSGSIZE: [90, 'message too long'],
  ENOTSUP: [95, 'operation not supported on socket'],
  ENETUNREACH: [101, 'network is unreachable'],
  ECONNABORTED: [103, 'software caused connection abort'],
  ECONNRESET: [104, 'connection reset by peer'],
  ENOBUFS: [105, 'no buffer space available'],
  ENOTCONN: [107, 'socket is not connected'],
  ETIMEDOUT: [110, 'connection timed out'],
  ECONNREFUSED: [111, 'connection refused'],
  EHOSTUNREACH: [113, 'host is unreachable'],
  ESTALE: [116],
  EREMOTEIO: [121, 'remote I/O error'],
  EDQUOT: [122],
  ECANCELED: [125, 'operation canceled'],
};

/** An error of a call of `namespace.fs`: what `node:fs` says of it, and in `cause` what the tree said. */
export interface SystemError extends Error {
  /** Linux's number, negative. */
  errno: number;
  /** The symbol: `'ENOENT'`. */
  code: string;
  /** The system call that Node would have made: `'open'`, `'scandir'`. */
  syscall: string;
  /** As it was given. */
  path?: string;
  /** The second path, of calls that take two. */
  dest?: string;
}

/** What was being done when it failed. */
export interface Deed {
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;
}

/** Linux has one number for both, and libuv calls it ENOTSUP. */
function systemCode(error: unknown): string {
  const code = codeOf(error);
  return code === 'EOPNOTSUPP' ? 'ENOTSUP' : code;
}

export function systemError(cause: unknown, { syscall, path, dest }: Deed): SystemError {
  const code = systemCode(cause);
  const [errno, sentence = sentenceOf(code)] = SYSTEM_ERRORS[code] ?? SYSTEM_ERRORS.EIO;
  const where = path === undefined ? '' : dest === undefined ? ` '${path}'` : ` '${path}' -> '${dest}'`;
  const error = new Error(`${code}: ${sentence}, ${syscall}${where}`, { cause });
  return Object.assign(error, {
    errno: -errno,
    code,
    syscall,
    ...(path !== undefined && { path }),
    ...(dest !== undefined && { dest }),
  });
}

/** The errors of `cp` and `rm` that are decided by Node itself, not by a file system. */
const DECISIONS = {
  ERR_FS_EISDIR: 'Path is a directory',
  ERR_FS_CP_DIR_TO_NON_DIR: 'Cannot overwrite non-directory with directory',
  ERR_FS_CP_EEXIST: 'Target already exists',
  ERR_FS_CP_EINVAL: 'Invalid src or dest',
  ERR_FS_CP_NON_DIR_TO_DIR: 'Cannot overwrite directory with non-directory',
  ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY: 'Cannot overwrite symlink in subdirectory of self',
  ERR_FS_CP_SOCKET: 'Cannot copy a socket file',
  ERR_FS_CP_FIFO_PIPE: 'Cannot copy a FIFO pipe',
} as const;

export interface Decision {
  readonly syscall: 'cp' | 'rm';
  readonly path: string;
  /** The symbol of Linux that comes nearest. */
  readonly code: string;
  readonly message: string;
}

/** An error that Node gives the name `SystemError`, with its details in `info`. */
export function decided(code: keyof typeof DECISIONS, { syscall, path, ...about }: Decision): Error {
  const [errno] = SYSTEM_ERRORS[about.code];
  const error = new Error(`${DECISIONS[code]}: ${syscall} returned ${about.code} (${about.message}) ${path}`);
  Object.defineProperty(error, 'name', { value: 'SystemError', configurable: true, writable: true });
  const info = { message: about.message, path, syscall, errno, code: about.code };
  return Object.assign(error, { code, info, errno, syscall, path });
}

/** The error of a call that its signal ended. */
export function aborted(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return Object.assign(error, { code: 'ABORT_ERR', name: 'AbortError' });
}
