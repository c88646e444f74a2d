/** What the far side is told of an error: a text, a text and a number, or a number. */
import { FileError, codeOf } from '../file/index.ts';
import {
  decodeText,
  encodeText,
  errnoOf,
  isErrorCode,
  textLength,
  textOf,
  type Dialect,
  type ErrorCode,
  type RMessage,
} from '../protocol/index.ts';

/** Bytes of an error text that every client has room for (ERRMAX of Plan 9, less the NUL). */
const ERRMAX = 127;

/** Host errors keep their code; what is no error of files at all, a fault in a handler, is EIO. */
function wireCode(error: unknown): ErrorCode {
  const code = codeOf(error);
  if (isErrorCode(code)) return code;
  return code === 'ENOTSUP' ? 'EOPNOTSUPP' : 'EIO';
}

export function errorReply(tag: number, error: unknown, dialect: Dialect): RMessage {
  const code = wireCode(error);
  if (dialect === '9P2000.L') return { type: 'Rlerror', tag, ecode: errnoOf(code) };
  const text = ownText(error) || textOf(code);
  return { type: 'Rerror', tag, ename: cut(text), errno: errnoOf(code) };
}

/** The words that an error brings along: a FileError's, or those of a server that this one passes on. */
function ownText(error: unknown): string | undefined {
  const text: unknown = (error as { text?: unknown } | undefined)?.text;
  return typeof text === 'string' ? text : undefined;
}

/** Whether the fault is the server's own, and of interest to whoever runs it. */
export function isFault(error: unknown): boolean {
  if (error instanceof FileError) return false;
  const code: unknown = (error as { code?: unknown } | undefined)?.code;
  return typeof code !== 'string' || !(isErrorCode(code) || code === 'ENOTSUP');
}

function cut(text: string): string {
  if (textLength(text) <= ERRMAX) return text;
  const bytes = new Uint8Array(textLength(text));
  encodeText(text, bytes, 0);
  let end = ERRMAX;
  while ((bytes[end] & 0xc0) === 0x80) end--;
  return decodeText(bytes, 0, end);
}
