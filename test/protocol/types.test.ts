/**
 * What TypeScript infers from the table of messages. The assertions are made when this file is compiled: it does not
 * compile if a message loses a field, or gets one too many.
 */
import { expect, test } from '@jest/globals';
import type {
  Dirent,
  Message,
  MessageOf,
  MessageType,
  Qid,
  RMessage,
  ReplyTo,
  Stat,
  TMessage,
} from '../../src/protocol/index.ts';

/** Whether two types are the same: an equality that `any` does not fool. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles if all of them are true. */
type All<T extends readonly true[]> = T;

/** Each message is told from the others by its own name, and none of them is impossible. */
type Heads = All<
  [{ [T in MessageType]: Same<MessageOf<T>['type'], T> }[MessageType], Same<Message['tag'], number>]
>;

type Fields = All<
  [
    Same<MessageOf<'Rflush'>, { readonly type: 'Rflush'; readonly tag: number }>,
    Same<
      MessageOf<'Twalk'>,
      {
        readonly type: 'Twalk';
        readonly tag: number;
        readonly fid: number;
        readonly newfid: number;
        readonly wname: readonly string[];
      }
    >,
    Same<ReplyTo<'Twalk'>['wqid'], readonly Qid[]>,
    Same<ReplyTo<'Tread'>['data'], Uint8Array>,
    Same<ReplyTo<'Tstat'>['stat'], Stat>,
    Same<ReplyTo<'Tversion'>, MessageOf<'Rversion'>>,
    Same<ReplyTo<'Tlock'>['status'], number>,
    Same<MessageOf<'Tlock'>['lock_type'], number>,
    Same<MessageOf<'Rstatfs'>['fs_type'], number>,
    Same<MessageOf<'Treaddir'>['offset'], bigint>,
    Same<MessageOf<'Tread'>['offset'], number>,
    Same<MessageOf<'Tattach'>['n_uname'], number | undefined>,
    Same<MessageOf<'Tfsync'>['datasync'], number | undefined>,
    Same<MessageOf<'Rerror'>['errno'], number | undefined>,
    Same<Stat['extension'], string | undefined>,
    Same<Dirent['offset'], bigint>,
  ]
>;

/** Every message is a request or a reply, and only one of them; each request has a reply. */
type Sides = All<
  [
    Same<TMessage | RMessage, Message>,
    Same<TMessage['type'] & RMessage['type'], never>,
    Same<{ [T in TMessage['type']]: [ReplyTo<T>] extends [never] ? T : never }[TMessage['type']], never>,
    Same<Exclude<RMessage['type'], ReplyTo<TMessage['type']>['type']>, 'Rerror' | 'Rlerror'>,
  ]
>;

const inferred: [Heads, Fields, Sides][number][number][] = [true];

/** A `switch` on the type leaves the fields of that message, and nothing where all are handled. */
function fidOf(message: MessageOf<'Tclunk'> | MessageOf<'Tauth'> | MessageOf<'Tflush'>): number {
  switch (message.type) {
    case 'Tclunk':
      return message.fid;
    case 'Tauth':
      return message.afid;
    case 'Tflush':
      // @ts-expect-error a Tflush has no fid
      return message.fid ?? message.oldtag;
    default:
      return message satisfies never;
  }
}

// @ts-expect-error a Twalk needs its names
export const nameless: Message = { type: 'Twalk', tag: 1, fid: 1, newfid: 2 };
// @ts-expect-error a qid's path is a bigint
export const numbered: Qid = { type: 0, version: 0, path: 1 };
// @ts-expect-error there is no such message
export type Unknown = MessageOf<'Terror'>;
// @ts-expect-error a reply has no reply
export type Reply = ReplyTo<'Rwalk'>;

test('the types are those of the manual', () => {
  expect(inferred).not.toContain(false);
  expect(fidOf({ type: 'Tflush', tag: 1, oldtag: 5 })).toBe(5);
});
