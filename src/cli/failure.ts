/** What a user is told of an error: one line that says what was tried, on what, and what to do; never a stack trace. */
import type { FidError } from '../client/index.ts';
import { FileError, codeOf, sentenceOf } from '../file/errors.ts';

/** A command that was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something failed that the user was told of already. */
export class Told extends Error {
  override readonly name = 'Told';
}

/** The user, or whoever reads what is printed, has had enough: the command ends at once, and says nothing. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** What a shell says of a program that the signal has ended: 128 and its number. */
  readonly status: number;

  constructor(status: number) {
    super('interrupted');
    this.status = status;
  }
}

/** `cannot VERB NAME: REASON`. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: string;

  constructor(verb: string, name: string, cause: unknown) {
    super(`cannot ${verb} ${name}: ${reasonOf(cause)}`, { cause });
    this.code = codeOf(cause);
  }
}

/** What went wrong first, where an attempt to clean up has failed as well. */
export function firstOf(error: unknown): unknown {
  const suppressed = error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error;
  return suppressed ? firstOf(error.suppressed) : error;
}

/** The error in one line. A fault of ours says that it is one. */
export function describe(thrown: unknown): string {
  const error = firstOf(thrown);
  const line = oneLine(isSystemError(error) ? systemReason(error) : reasonOf(error));
  const known = error instanceof UsageError || typeof (error as { code?: unknown }).code === 'string';
  return known ? line : `${line} (this is a fault in ns; please report it with: ns doctor)`;
}

/** Without newlines, and without what would command a terminal: some of it may be a server's words. */
function oneLine(text: string): string {
  return escapeControls(text.replaceAll(/\s*\n\s*/g, ' ').trim());
}

/** Control characters as they are written in programs, and those that would turn the text around. */
export function escapeControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (c) =>
    c in NAMED ? NAMED[c] : `\\u{${c.codePointAt(0)!.toString(16)}}`,
  );
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x1b': '\\e' };

/** What to do about it, where the words of the error itself do not say. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'its mode shuts you out (ns stat shows it)',
  EBUSY: 'try again when nobody uses it',
  EDQUOT: 'remove something there',
  EEXIST: 'remove it first, or choose another name',
  EISDIR: 'name a file in it',
  ELOOP: 'its links lead in a circle, or out of the tree',
  EMFILE: 'close something first',
  ENAMETOOLONG: 'a name may have 255 bytes, and a path 4096',
  ENOENT: 'check the name (ns ls lists a directory)',
  ENOSPC: 'remove something there, or give it more room',
  ENOTDIR: 'something on this path is a file',
  ENOTEMPTY: 'ns rm -r removes it with all that it holds',
  EOPNOTSUPP: 'its server has no such function',
  EPERM: 'its owner or its server does not allow that',
  EROFS: 'its server allows no changes',
  ESTALE: 'try again',
  EXDEV: 'copy it with ns cp, and remove it with ns rm',
};

/** The same about a connection. */
const CONNECTION_ADVICE: Readonly<Record<string, string>> = {
  ECONNRESET: 'is it still running?',
  EPROTO: 'is it a 9P server, and the right port?',
};

/** What went wrong, and what to do about it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isFidError(error)) return reasonOf(error.cause);
  if (isSystemError(error)) return withAdvice(wordsOf(error), ADVICE[error.code]);
  // Words of its own say what there is to say; a table's do not.
  if (error instanceof FileError)
    return withAdvice(error.message, error.text ? undefined : ADVICE[error.code]);
  switch (error.name) {
    case 'ScriptError':
      return advised(error.message, codeOf(error));
    case 'RemoteError':
      return withAdvice(error.message, ADVICE[codeOf(error)]);
    case 'ConnectionError':
      return error.message.endsWith('?')
        ? error.message
        : withAdvice(error.message, CONNECTION_ADVICE[codeOf(error)]);
    default:
      return error.message;
  }
}

/** A sentence that ends in the words of the table for its code, with what to do about it. */
export function advised(message: string, code: string): string {
  return withAdvice(message, message.endsWith(`: ${sentenceOf(code)}`) ? ADVICE[code] : undefined);
}

function withAdvice(what: string, advice: string | undefined): string {
  return advice === undefined ? what : `${what}; ${advice}`;
}

/** By its name: the class is a part of the client, which a command that needs none does not load. */
export function isFidError(error: unknown): error is FidError {
  return error instanceof Error && error.name === 'FidError';
}

export interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

/** One of Node's, or of a call into the host. */
export function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error && 'syscall' in error && typeof (error as { code?: unknown }).code === 'string'
  );
}

/** Node's `ENOENT: no such file or directory, open '/x'`, as a sentence. */
function systemReason(error: SystemError): string {
  const reason = reasonOf(error);
  return error.path === undefined ? reason : `${error.path}: ${reason}`;
}

function wordsOf({ code, message }: SystemError): string {
  const sentence = sentenceOf(code);
  // The host says which of its functions is missing.
  if (sentence !== code && code !== 'EOPNOTSUPP') return sentence;
  return message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*')?$/s, '');
}
