/**
 * The error table: Linux's symbol, its number (asm-generic, on every host), and the text that 9P2000 carries. Linux
 * turns a text back into a number only if it knows it to the letter (net/9p/error.c); where that list has one of Plan
 * 9's own texts for an error, it is the one used here.
 */
const TABLE = {
  EPERM: [1, 'Operation not permitted'],
  ENOENT: [2, 'file does not exist'],
  ESRCH: [3, 'No such process'],
  EINTR: [4, 'Interrupted system call'],
  EIO: [5, 'i/o error'],
  ENXIO: [6, 'No such device or address'],
  E2BIG: [7, 'Argument list too long'],
  EBADF: [9, 'fid unknown or out of range'],
  EAGAIN: [11, 'Resource temporarily unavailable'],
  ENOMEM: [12, 'Cannot allocate memory'],
  EACCES: [13, 'permission denied'],
  EFAULT: [14, 'Bad address'],
  ENOTBLK: [15, 'Block device required'],
  EBUSY: [16, 'Device or resource busy'],
  EEXIST: [17, 'file already exists'],
  EXDEV: [18, 'Invalid cross-device link'],
  ENODEV: [19, 'No such device'],
  ENOTDIR: [20, 'not a directory'],
  EISDIR: [21, 'Is a directory'],
  EINVAL: [22, 'Invalid argument'],
  ENFILE: [23, 'Too many open files in system'],
  EMFILE: [24, 'Too many open files'],
  ENOTTY: [25, 'Inappropriate ioctl for device'],
  ETXTBSY: [26, 'file in use'],
  EFBIG: [27, 'File too large'],
  ENOSPC: [28, 'No space left on device'],
  ESPIPE: [29, 'bad offset in directory read'],
  EROFS: [30, 'Read-only file system'],
  EMLINK: [31, 'Too many links'],
  EPIPE: [32, 'Broken pipe'],
  EDOM: [33, 'Numerical argument out of domain'],
  ERANGE: [34, 'Numerical result out of range'],
  EDEADLK: [35, 'Resource deadlock avoided'],
  ENAMETOOLONG: [36, 'File name too long'],
  ENOLCK: [37, 'No locks available'],
  ENOSYS: [38, 'Function not implemented'],
  ENOTEMPTY: [39, 'directory is not empty'],
  ELOOP: [40, 'Too many levels of symbolic links'],
  ENOMSG: [42, 'No message of desired type'],
  EIDRM: [43, 'Identifier removed'],
  EUNATCH: [49, 'Protocol driver not attached'],
  ENODATA: [61, 'No data available'],
  ENONET: [64, 'Machine is not on the network'],
  ENOPKG: [65, 'Package not installed'],
  EREMOTE: [66, 'Object is remote'],
  ENOLINK: [67, 'Link has been severed'],
  ECOMM: [70, 'Communication error on send'],
  EPROTO: [71, 'protocol botch'],
  EBADMSG: [74, 'Bad message'],
  EOVERFLOW: [75, 'Value too large for defined data type'],
  EBADFD: [77, 'File descriptor in bad state'],
  EILSEQ: [84, 'Invalid or incomplete multibyte or wide character'],
  ESTRPIPE: [86, 'Streams pipe error'],
  EUSERS: [87, 'Too many users'],
  ENOTSOCK: [88, 'Socket operation on non-socket'],
  EDESTADDRREQ: [89, 'Destination address required'],
  EMSGSIZE: [90, 'Message too long'],
  EPROTOTYPE: [91, 'Protocol wrong type for socket'],
  ENOPROTOOPT: [92, 'Protocol not available'],
  EPROTONOSUPPORT: [93, 'Protocol not supported'],
  ESOCKTNOSUPPORT: [94, 'Socket type not supported'],
  EOPNOTSUPP: [95, 'Operation not supported'],
  EPFNOSUPPORT: [96, 'Protocol family not supported'],
  EAFNOSUPPORT: [97, 'Address family not supported by protocol'],
  EADDRINUSE: [98, 'Address already in use'],
  EADDRNOTAVAIL: [99, 'Cannot assign requested address'],
  ENETDOWN: [100, 'Network is down'],
  ENETUNREACH: [101, 'Network is unreachable'],
  ENETRESET: [102, 'Network dropped connection on reset'],
  ECONNABORTED: [103, 'Software caused connection abort'],
  ECONNRESET: [104, 'Connection reset by peer'],
  ENOBUFS: [105, 'No buffer space available'],
  EISCONN: [106, 'Transport endpoint is already connected'],
  ENOTCONN: [107, 'Transport endpoint is not connected'],
  ESHUTDOWN: [108, 'Cannot send after transport endpoint shutdown'],
  ETIMEDOUT: [110, 'Connection timed out'],
  ECONNREFUSED: [111, 'Connection refused'],
  EHOSTDOWN: [112, 'Host is down'],
  EHOSTUNREACH: [113, 'No route to host'],
  EALREADY: [114, 'Operation already in progress'],
  EINPROGRESS: [115, 'Operation now in progress'],
  ESTALE: [116, 'Stale file handle'],
  EUCLEAN: [117, 'Structure needs cleaning'],
  EISNAM: [120, 'Is a named type file'],
  EREMOTEIO: [121, 'Remote I/O error'],
  EDQUOT: [122, 'Disk quota exceeded'],
  ENOMEDIUM: [123, 'No medium found'],
  ECANCELED: [125, 'Operation canceled'],
} as const satisfies Record<string, readonly [number, string]>;

/** A symbol of the error table: `'ENOENT'`. */
export type ErrorCode = keyof typeof TABLE;

/** Texts that other servers are known to send, besides our own and Linux's. */
const OTHER_TEXTS: Readonly<Record<string, ErrorCode>> = {
  'no such file or directory': 'ENOENT',
  'file not found': 'ENOENT',
  'directory entry not found': 'ENOENT',
  'directory entry is not allocated': 'ENOENT',
  'illegal path element': 'ENOENT',
  'wstat prohibited': 'EPERM',
  'wstat -- not owner': 'EPERM',
  'not owner': 'EACCES',
  'only owner can change group in wstat': 'EACCES',
  'not a member of proposed group': 'EPERM',
  'no access to special file': 'EPERM',
  'cannot remove root': 'EPERM',
  'only support truncation to zero length': 'EPERM',
  "wstat can't convert between files and directories": 'EPERM',
  'bad file descriptor': 'EBADF',
  'unknown fid': 'EBADF',
  'fid in use': 'EBADF',
  'fid already in use': 'EBADF',
  'duplicate fid': 'EBADF',
  'bad use of fid': 'EBADF',
  'file exists': 'EEXIST',
  'file or directory already exists': 'EEXIST',
  'file already open for i/o': 'ETXTBSY',
  'text file busy': 'ETXTBSY',
  'file is in use': 'EAGAIN',
  'exclusive use file already open': 'EAGAIN',
  'directory not empty': 'ENOTEMPTY',
  'directory full': 'ENOSPC',
  'file system is full': 'ENOSPC',
  'read only file system': 'EROFS',
  'file is read only': 'EROFS',
  'file too big': 'EFBIG',
  'illegal mode': 'EINVAL',
  'illegal offset': 'EINVAL',
  'bad offset': 'EINVAL',
  'illegal name': 'ENAMETOOLONG',
  'unknown group': 'EINVAL',
  'unknown user': 'EINVAL',
  'input/output error': 'EIO',
  'i/o count too large': 'EIO',
  'corrupted directory entry': 'EIO',
  'corrupted file entry': 'EIO',
  'corrupted block label': 'EIO',
  'corrupted meta data': 'EIO',
  'corrupted super block': 'EIO',
  'root of file system is corrupted': 'EIO',
  'venti i/o error': 'EIO',
  'walk in non-directory': 'ENOTDIR',
  'file is a directory': 'EISDIR',
  'file has been removed': 'EIDRM',
  'bogus wstat buffer': 'EPROTO',
  'illegal seek': 'ESPIPE',
  'protocol error': 'EPROTO',
  interrupted: 'EINTR',
  'authentication failed': 'ECONNREFUSED',
  'not authenticated': 'EACCES',
  'unknown message': 'EOPNOTSUPP',
};

const codes = Object.keys(TABLE) as ErrorCode[];
const byErrno = new Map(codes.map((code) => [TABLE[code][0] as number, code]));
const byText = new Map<string, ErrorCode>(Object.entries(OTHER_TEXTS));
for (const code of codes) byText.set(TABLE[code][1].toLowerCase(), code);

/** Whether a string is a symbol of the table. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(TABLE, code);
}

/** Linux's number for the symbol. */
export function errnoOf(code: ErrorCode): number {
  return TABLE[code][0];
}

/** The text that 9P2000 carries for the symbol. */
export function textOf(code: ErrorCode): string {
  return TABLE[code][1];
}

/** The symbol of a Linux error number; `EIO` for one that the table does not have. */
export function codeOfErrno(errno: number): ErrorCode {
  return byErrno.get(errno) ?? 'EIO';
}

/** The symbol of an error text of 9P2000; `EIO` for one that nobody is known to send. */
export function codeOfText(text: string): ErrorCode {
  return byText.get(text.toLowerCase()) ?? 'EIO';
}
