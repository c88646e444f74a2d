/**
 * 9P on the wire: messages, dialects, framing. Bytes in, objects out; no I/O, no dependencies, runs anywhere.
 *
 * @module
 */
export { borrow, giveBack } from './buffers.ts';
export {
  DATA_HEADER,
  HEADER,
  decode,
  decodeMessage,
  encode,
  encodeDataHeader,
  encodeMessage,
  generateMessage,
  messageTypes,
  printMessage,
  sizeOf,
  tagOf,
} from './codec.ts';
export * from './constants.ts';
export { Cursor } from './cursor.ts';
export { codeOfErrno, codeOfText, errnoOf, isErrorCode, textOf, type ErrorCode } from './errors.ts';
export { Framer } from './framer.ts';
export type { Qid, Random } from './kinds.ts';
export type { Dialect } from './layout.ts';
export { MalformedError } from './malformed.ts';
export type { Message, MessageOf, MessageType, RMessage, ReplyTo, TMessage } from './messages.ts';
export {
  direntSize,
  printStat,
  readDirent,
  readStat,
  statSize,
  writeDirent,
  writeStat,
  type Dirent,
  type Stat,
} from './stat.ts';
export { decodeText, encodeText, textLength } from './text.ts';
