/** A request that was made, until it is answered. */
import { MalformedError, type ReplyTo, type TMessage } from '../../protocol/index.ts';

type WithoutTag<M> = M extends unknown ? Omit<M, 'tag'> : never;

/** What is asked; the connection chooses the tag. */
export type Question = WithoutTag<TMessage>;

/** What a server says to a question that it does not refuse. */
export type Answer = ReplyTo<TMessage['type']>;

export interface CallOptions<T extends TMessage['type'] = TMessage['type']> {
  /** Aborted when the answer is no longer wanted: the call rejects with its reason, and the server is told (Tflush). */
  readonly signal?: AbortSignal;
  /** Milliseconds; after them the call rejects with ETIMEDOUT, and the server is told. */
  readonly timeout?: number;
  /** The file that the call is about: asked for its path if there is an error to be told. */
  readonly at?: { readonly path: string };
  /**
   * Told how a call ended that nobody waited for any more: with the reply that came in spite of the flush, or with
   * undefined if it failed or did not happen. A fid that the reply bound is the callee's to clunk.
   */
  readonly late?: (reply: ReplyTo<T> | undefined) => void;
}

let lastId = 0;

export class Call {
  /** For messages: unlike the tag, it is never another call's. */
  readonly id = ++lastId;
  readonly question: Question;
  /** Bytes that it takes on the wire. */
  readonly size: number;
  readonly options: CallOptions;
  readonly resolve: (reply: Answer) => void;
  readonly reject: (error: unknown) => void;
  /** Of a Tflush: the call that it flushes. */
  readonly flushes: Call | undefined;
  /** -1 until one is free. */
  tag = -1;
  /** The payload is where the caller has it, and has not left yet: what to do when it has. */
  borrowing = false;
  whenSent: (() => void) | undefined;
  /** The caller was told that it failed: what comes now is late. */
  abandoned = false;
  /** A Tflush for it was sent, and is not answered yet. */
  flushing = false;
  /** The reply has come, and only the Rflush is missing. */
  answered = false;
  /** Ends the wait for the signal and the timeout. */
  disarm: (() => void) | undefined;

  constructor(
    question: Question,
    size: number,
    options: CallOptions,
    resolve: (reply: Answer) => void,
    reject: (error: unknown) => void,
    flushes?: Call,
  ) {
    this.question = question;
    this.size = size;
    this.options = options;
    this.resolve = resolve;
    this.reject = reject;
    this.flushes = flushes;
  }

  get path(): string {
    return this.options.at?.path ?? '';
  }

  /** Tells the caller that it failed: at once, unless the bytes that it lent are still to be sent. */
  abandon(reason: unknown): void {
    this.disarm?.();
    this.abandoned = true;
    if (this.borrowing) this.whenSent = () => this.reject(reason);
    else this.reject(reason);
  }

  sent(): void {
    this.borrowing = false;
    this.whenSent?.();
  }
}

/**
 * Refuses a reply that is none to this question.
 *
 * @throws {@link MalformedError}
 */
export function checkReply(question: Question, reply: Answer): void {
  if (reply.type !== `R${question.type.slice(1)}`) {
    throw new MalformedError(`${reply.type} in answer to ${question.type}`);
  }
  switch (question.type) {
    case 'Tread':
    case 'Treaddir': {
      const { length } = (reply as ReplyTo<'Tread'>).data;
      if (length > question.count) {
        throw new MalformedError(`${length} bytes in answer to ${question.type} for ${question.count}`);
      }
      return;
    }
    case 'Twrite': {
      const { count } = reply as ReplyTo<'Twrite'>;
      if (count > question.data.length) {
        throw new MalformedError(`${count} bytes written of the ${question.data.length} of a Twrite`);
      }
      return;
    }
    case 'Twalk': {
      const { length } = (reply as ReplyTo<'Twalk'>).wqid;
      if (length > question.wname.length) {
        throw new MalformedError(`${length} qids in answer to Twalk with ${question.wname.length} names`);
      }
      return;
    }
    default:
  }
}
