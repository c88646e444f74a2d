/** What a call can fail with, besides its signal's own reason. */
import { sentenceOf } from '../../file/index.ts';
import {
  codeOfErrno,
  codeOfText,
  errnoOf,
  textOf,
  type Dialect,
  type ErrorCode,
  type MessageOf,
  type MessageType,
} from '../../protocol/index.ts';
import type { Question } from './call.ts';

/** Above these no system has an error number: 9P2000.u's "see the text". */
const ERRNO_LIMIT = 512;

/** The server answered, and the answer was no. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  /** The symbol: `'ENOENT'`; `'EIO'` for an error that no table has. */
  readonly code: ErrorCode;
  /** The number that the server sent, or the one that belongs to the text that it sent. */
  readonly errno: number;
  /** The message that was refused: `'Twalk'`. */
  readonly op: MessageType;
  /** The file that it was about, from the root of the attach; '' if it was about none. */
  readonly path: string;
  /** The server's own words; 9P2000.L has none. */
  readonly text: string | undefined;

  constructor(code: ErrorCode, errno: number, op: MessageType, path: string, text?: string) {
    super(sentence(code, errno, text));
    this.code = code;
    this.errno = errno;
    this.op = op;
    this.path = path;
    this.text = text;
  }

  /** Whether the server does not know the message at all, as far as one can tell: old servers invent numbers. */
  get unsupported(): boolean {
    const unknown = this.code === 'EIO' && this.errno !== errnoOf('EIO');
    return unknown || this.code === 'EOPNOTSUPP' || this.code === 'ENOSYS';
  }
}

/** The error that an Rerror or Rlerror stands for. */
export function remoteError(
  reply: MessageOf<'Rerror'> | MessageOf<'Rlerror'>,
  dialect: Dialect,
  op: MessageType,
  path: string,
): RemoteError {
  if (reply.type === 'Rlerror') return new RemoteError(codeOfErrno(reply.ecode), reply.ecode, op, path);
  const { ename, errno = 0 } = reply;
  if (dialect === '9P2000.u' && errno > 0 && errno < ERRNO_LIMIT) {
    return new RemoteError(codeOfErrno(errno), errno, op, path, ename);
  }
  const code = codeOfText(ename);
  return new RemoteError(code, errnoOf(code), op, path, ename);
}

/** Words of the server's own say more than ours; those of the table do not. */
function sentence(code: ErrorCode, errno: number, text: string | undefined): string {
  if (text && text.toLowerCase() !== textOf(code).toLowerCase()) return text;
  if (code === 'EIO' && errno !== errnoOf('EIO')) return `error number ${errno}`;
  const known = sentenceOf(code);
  return known === code ? textOf(code) : known;
}

/** The connection is of no use, or never was: lost, broken off for a breach of the protocol, closed. */
export class ConnectionError extends Error {
  override readonly name: string = 'ConnectionError';
  /** `'ECONNRESET'`, `'EPROTO'`, `'ETIMEDOUT'`, `'ENOTCONN'`, or whatever the transport says. */
  readonly code: string;
  /** The server's. */
  readonly address: string;

  constructor(code: string, address: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.address = address;
  }
}

/** The connection was there, and ended without our doing. */
export class LostError extends ConnectionError {
  /** What was sent and will not be answered; undefined if the call was never sent. */
  readonly question: Question | undefined;

  constructor(code: string, address: string, message: string, cause?: unknown, question?: Question) {
    super(code, address, message, cause);
    this.question = question;
  }

  /** The same for a call that was sent. */
  unanswered(question: Question): LostError {
    return new LostError(this.code, this.address, this.message, this, question);
  }
}

/**
 * The link was lost before the answer came, and what was asked is nothing that may be asked twice: it may have been
 * done, or not.
 */
export class OutcomeUnknownError extends ConnectionError {
  override readonly name = 'OutcomeUnknownError';
  readonly outcome = 'unknown';

  /** @param before - what had not come yet: `the answer to Tmkdir came: whether it was done` */
  constructor(address: string, before: string, cause?: unknown) {
    super('ECONNRESET', address, `the link to ${address} was lost before ${before} is not known`, cause);
  }

  /** Of a message that is unanswered. */
  static of({ address, question, cause }: LostError): OutcomeUnknownError {
    const before = `the answer to ${question?.type} came: whether it was done`;
    return new OutcomeUnknownError(address, before, cause);
  }
}
