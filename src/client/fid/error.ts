/** What goes wrong with a Fid, told as people would ask about it: what was tried, with which file. */
import { FileError, codeOf } from '../../file/index.ts';
import { OutcomeUnknownError, RemoteError } from '../connection/errors.ts';

/** The message reads `cannot open /a/b: no such file or directory`; the cause is the error as it arose. */
export class FidError extends Error {
  override readonly name = 'FidError';
  /** The symbol: `'ENOENT'`. */
  readonly code: string;
  /** Linux's number, where a server sent one. */
  readonly errno: number | undefined;
  /** What was tried: the name of the method. */
  readonly op: string;
  /** The file, from the root of its tree. */
  readonly path: string;
  /** The server's own words, or the file's. */
  readonly text: string | undefined;
  /** `'unknown'` if the link was lost before the answer came: it may have been done, or not. */
  readonly outcome: 'unknown' | undefined;

  constructor(op: string, path: string, cause: unknown) {
    super(`cannot ${op} ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.code = codeOf(cause);
    this.op = op;
    this.path = path;
    this.errno = cause instanceof RemoteError ? cause.errno : undefined;
    this.text = cause instanceof RemoteError || cause instanceof FileError ? cause.text : undefined;
    this.outcome = cause instanceof OutcomeUnknownError ? cause.outcome : undefined;
  }
}
