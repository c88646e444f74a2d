/** What goes wrong with a file: Linux's symbols, and the sentences that people read. */

const SENTENCES = {
  E2BIG: 'too large',
  EACCES: 'permission denied',
  EAGAIN: 'not now: it is in use',
  EBADF: 'bad use of a fid',
  EBUSY: 'busy',
  ECANCELED: 'cancelled',
  EDQUOT: 'the quota is used up',
  EEXIST: 'it exists already',
  EFBIG: 'larger than a file can be',
  EINTR: 'interrupted',
  EINVAL: 'invalid argument',
  EIO: 'input or output error',
  EISDIR: 'is a directory',
  ELOOP: 'a symbolic link where none is followed, or a loop',
  EMFILE: 'too many open files',
  EMLINK: 'too many links',
  EMSGSIZE: 'too long for a message',
  ENAMETOOLONG: 'the name is too long',
  ENOBUFS: 'too much is waiting',
  ENODATA: 'no such attribute',
  ENOENT: 'no such file or directory',
  ENOLCK: 'too many locks',
  ENOSPC: 'no space left',
  ENOSYS: 'not a function of this server',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'the directory is not empty',
  ENXIO: 'nobody is there',
  EOPNOTSUPP: 'this file cannot do that',
  EPERM: 'not permitted',
  EPIPE: 'the other end is gone',
  ERANGE: 'does not fit',
  EROFS: 'read-only',
  ESPIPE: 'not at this offset',
  ESTALE: 'another file has taken its place',
  ETIMEDOUT: 'no answer in time',
  EXDEV: 'in another tree',
} as const;

/** A symbol that a file's methods may fail with. Others pass through: a host's errors keep their own. */
export type Code = keyof typeof SENTENCES;

/**
 * An error of a file operation. `code` is what a program asks for; the message is for people. It has no stack trace: it
 * is an answer and no fault, files that are not there are asked for all the time, and a trace costs ten times the rest.
 */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: string;
  /**
   * Words that the far side should see instead of the table's: a ctl file's "usage: level N". 9P2000 and 9P2000.u
   * carry them; 9P2000.L has a number only.
   */
  readonly text: string | undefined;

  constructor(code: Code, text?: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(text ?? SENTENCES[code], options);
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.text = text;
  }
}

/** The `code` of whatever was thrown: a FileError's, one of Node's, or `EIO`. */
export function codeOf(error: unknown): string {
  const code: unknown = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : 'EIO';
}

/** What the symbol says, for people: `no such file or directory`; the symbol itself if no file fails with it. */
export function sentenceOf(code: string): string {
  return Object.hasOwn(SENTENCES, code) ? SENTENCES[code as Code] : code;
}
