/** Many calls over one stream (intro(5)): tags, flushes, deadlines, and what to do about a server that lies. */
import { FileError, codeOf } from '../../file/index.ts';
import {
  IOHDRSZ,
  MalformedError,
  NOFID,
  decode,
  errnoOf,
  sizeOf,
  tagOf,
  type Cursor,
  type Dialect,
  type RMessage,
  type ReplyTo,
  type TMessage,
} from '../../protocol/index.ts';
import type { Stream } from '../../transport/stream.ts';
import { onAbort } from '../abort.ts';
import { Call, checkReply, type Answer, type CallOptions, type Question } from './call.ts';
import { ConnectionError, LostError, RemoteError, remoteError } from './errors.ts';
import { negotiate, type Agreement } from './handshake.ts';
import { Numbers } from './numbers.ts';
import { Outbox } from './outbox.ts';
import { Tags } from './tags.ts';
import { Wire } from './wire.ts';

const MSIZE = 1 << 20;
/** Milliseconds that a server has to agree on a version, and again to let us in. */
export const HANDSHAKE_TIMEOUT = 10_000;
/** Payloads from this size on are kept where they were received rather than copied, if that is possible. */
const LARGE = 1 << 14;

export interface ConnectionOptions {
  /** The largest message that is offered, in bytes; default 1 MiB. The server may choose a smaller one. */
  readonly msize?: number;
  /** The dialects that are offered, in this order; default 9P2000.L, 9P2000.u, 9P2000. */
  readonly dialects?: readonly Dialect[];
  /** Milliseconds that the server has to agree on a version; default 10,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Told of what is odd but no error: a fid that was leaked, a call that was given up. */
  readonly debug?: (message: string) => void;
}

export class Connection implements AsyncDisposable {
  readonly address: string;
  readonly dialect: Dialect;
  /** The largest message that may be sent or may come, in bytes. */
  readonly msize: number;
  /** The fids that are in use, whoever uses them. */
  readonly fids = new Numbers(NOFID);
  readonly debug: ((message: string) => void) | undefined;
  readonly #wire: Wire;
  readonly #tags = new Tags();
  /** Why no call can be made any more. */
  #over: ConnectionError | undefined;
  #draining = false;
  #gone!: (error: Error | undefined) => void;
  readonly #closed = new Promise<Error | undefined>((resolve) => (this.#gone = resolve));
  #idle: (() => void) | undefined;

  private constructor(wire: Wire, { dialect, msize }: Agreement, debug: ConnectionOptions['debug']) {
    this.#wire = wire;
    this.address = wire.address;
    this.dialect = dialect;
    this.msize = msize;
    this.debug = debug;
    wire.limit = msize;
    wire.listen({
      frame: (frame) => this.#deliver(frame),
      ended: (error) => this.#end(this.#describe(error)),
    });
  }

  /** Agrees on a version with the server at the other end. The stream is the connection's from now on. */
  static async open(stream: Stream, options: ConnectionOptions = {}): Promise<Connection> {
    const { msize = MSIZE, dialects = ['9P2000.L', '9P2000.u', '9P2000'], debug, signal } = options;
    const wire = new Wire(stream, msize);
    wire.start();
    const offer = { msize, dialects, timeout: options.timeout ?? HANDSHAKE_TIMEOUT, signal };
    return new Connection(wire, await negotiate(wire, offer), debug);
  }

  /** Why no call can be made any more; undefined while they can. */
  get over(): ConnectionError | undefined {
    return this.#over;
  }

  /** The most that one read or write can carry. */
  get maxData(): number {
    return this.msize - IOHDRSZ;
  }

  /**
   * Asks the server. The bytes of an answer are the caller's to keep; those of a write must not change until the
   * promise settles, which a write that is given up does no sooner than its payload has left.
   *
   * @throws RemoteError if the server refuses; ConnectionError if there is none any more (a LostError that tells
   * whether the question was sent, if it was not we who ended it); the signal's reason.
   */
  call<const Q extends Question>(
    question: Q,
    options: CallOptions<Q['type']> = {},
  ): Promise<ReplyTo<Q['type']>> {
    return new Promise((resolve, reject) => {
      const take = resolve as (reply: Answer) => void;
      this.#begin(question, options, take, reject);
    });
  }

  /** Resolves when the connection has ended: with the error if it was not we who ended it. */
  closed(): Promise<Error | undefined> {
    return this.#closed;
  }

  /** Ends the connection: what was sent is sent, what is not answered yet fails. */
  async close(): Promise<void> {
    const done = this.#wire.close();
    this.#end(undefined);
    await done;
  }

  /** Takes no new calls, waits until those that were made are answered, and ends the connection. */
  async drain(): Promise<void> {
    this.#draining = true;
    if (!this.#over && !this.#tags.idle) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #begin(
    question: Question,
    options: CallOptions,
    resolve: (reply: Answer) => void,
    reject: (error: unknown) => void,
  ): void {
    const size = this.#measure(question);
    const obstacle = this.#obstacle(size, options.signal);
    if (obstacle) {
      reject(obstacle.reason);
      options.late?.(undefined);
      return;
    }
    const call = new Call(question, size, options, resolve, reject);
    this.#arm(call);
    this.#enter(call);
  }

  /** Why a call cannot be made. */
  #obstacle(size: number, signal: AbortSignal | undefined): { readonly reason: unknown } | undefined {
    if (this.#over) return { reason: this.#over };
    if (this.#draining) return { reason: this.#closing() };
    if (signal?.aborted) return signal;
    return size > this.msize ? { reason: new FileError('ENAMETOOLONG') } : undefined;
  }

  /** Only names make a message too long: what else is large is cut to fit. */
  #measure(question: Question): number {
    try {
      return sizeOf(question as TMessage, this.dialect);
    } catch {
      return Infinity;
    }
  }

  #arm(call: Call): void {
    const { signal, timeout } = call.options;
    const ignore = signal && onAbort(signal, () => this.#abandon(call, signal.reason));
    if (timeout === undefined) {
      call.disarm = ignore;
      return;
    }
    const timer = setTimeout(() => this.#abandon(call, new FileError('ETIMEDOUT')), timeout);
    call.disarm = () => {
      clearTimeout(timer);
      ignore?.();
    };
  }

  #enter(call: Call): void {
    if (this.#tags.assign(call)) this.#send(call);
  }

  #send(call: Call): void {
    const message = { ...call.question, tag: call.tag } as TMessage;
    call.borrowing = Outbox.isLarge(message);
    this.#wire.send(message, this.dialect, call.size, () => call.sent());
  }

  #abandon(call: Call, reason: unknown): void {
    this.debug?.(`call ${call.id}, a ${call.question.type}, was given up`);
    call.abandon(reason);
    if (call.tag < 0) {
      this.#tags.forget(call);
      call.options.late?.(undefined);
      return;
    }
    call.flushing = true;
    const question: Question = { type: 'Tflush', oldtag: call.tag };
    const ignore = (): void => {};
    this.#enter(new Call(question, this.#measure(question), {}, ignore, ignore, call));
  }

  #deliver(frame: Cursor): void {
    const tag = tagOf(frame);
    const call = this.#tags.at(tag);
    if (!call || call.answered) throw new MalformedError(`a reply with tag ${tag}, for which nobody waits`);
    const outcome = this.#read(frame, call);
    if (call.flushes) this.#flushed(call, call.flushes, outcome);
    else if (call.abandoned) this.#late(call, outcome);
    else {
      call.disarm?.();
      this.#release(call);
      if (outcome instanceof RemoteError) call.reject(outcome);
      else call.resolve(outcome);
    }
  }

  #read(frame: Cursor, call: Call): Answer | RemoteError {
    const { question } = call;
    let reply: RMessage;
    try {
      reply = decode(frame, this.dialect) as RMessage;
    } catch (error) {
      // The frame is sound; one of its numbers is more than we can count to.
      const large = error instanceof MalformedError && error.code === 'EOVERFLOW';
      if (large) return new RemoteError('EOVERFLOW', errnoOf('EOVERFLOW'), question.type, call.path);
      throw error;
    }
    if (reply.type === 'Rerror' || reply.type === 'Rlerror') {
      return remoteError(reply, this.dialect, question.type, call.path);
    }
    const answer = reply;
    checkReply(question, answer);
    return 'data' in answer ? { ...answer, data: this.#own(answer.data) } : answer;
  }

  /** Bytes that stay what they are when the frame is gone. */
  #own(data: Uint8Array): Uint8Array {
    return data.length >= LARGE && this.#wire.keep() ? data : data.slice();
  }

  /** The reply to a call that was given up. Its tag stays reserved until the flush is answered. */
  #late(call: Call, outcome: Answer | RemoteError): void {
    call.answered = true;
    if (!call.flushing) this.#release(call);
    call.options.late?.(outcome instanceof RemoteError ? undefined : outcome);
  }

  #flushed(flush: Call, call: Call, outcome: Answer | RemoteError): void {
    this.#release(flush);
    call.flushing = false;
    if (call.answered) this.#release(call);
    else if (!(outcome instanceof RemoteError)) {
      this.#release(call);
      call.options.late?.(undefined);
    }
    // A server that does not know Tflush will answer the call itself one day.
  }

  #release(call: Call): void {
    const next = this.#tags.release(call);
    if (next) this.#send(next);
    else if (this.#tags.idle) this.#idle?.();
  }

  #closing(): ConnectionError {
    return new ConnectionError('ENOTCONN', this.address, `the connection to ${this.address} is closed`);
  }

  #describe(error: Error | undefined): LostError {
    const { address } = this;
    if (!error) {
      return new LostError('ECONNRESET', address, `the server at ${address} closed the connection`);
    }
    if (error instanceof MalformedError) {
      const text = `the server at ${address} broke the protocol: ${error.message}`;
      return new LostError('EPROTO', address, text, error);
    }
    const text = `the connection to ${address} was lost: ${error.message}`;
    return new LostError(codeOf(error), address, text, error);
  }

  /** @param reason - undefined if it is we who end it */
  #end(reason: LostError | undefined): void {
    if (this.#over) return;
    this.#over = reason ?? this.#closing();
    // The other side may have ended its half only.
    if (reason) void this.#wire.close();
    for (const call of this.#tags.calls) {
      call.disarm?.();
      if (call.abandoned) continue;
      const sent = call.tag >= 0;
      call.reject(reason && sent ? reason.unanswered(call.question) : this.#over);
    }
    this.#idle?.();
    this.#gone(reason);
  }
}
