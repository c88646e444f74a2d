/**
 * One connection: versions, tags, flushes, and the order of it all. What the requests do is in requests/.
 *
 * Every request is answered exactly once. A handler that can answer at once does so on the spot, and what the others
 * answer joins the next batch. The reader never waits for a handler.
 */
import { FileError, after, isPromise, type Awaitable, type File } from '../file/index.ts';
import {
  Cursor,
  Framer,
  MalformedError,
  decode,
  tagOf,
  type Dialect,
  type Message,
  type MessageOf,
  type RMessage,
  type TMessage,
} from '../protocol/index.ts';
import type { Stream } from '../transport/stream.ts';
import { Call } from './call.ts';
import { errorReply, isFault } from './failure.ts';
import { Fids } from './fids.ts';
import { Flight } from './flight.ts';
import type { IdentityOptions } from './identity.ts';
import { LEAST_MSIZE, type Limits } from './limits.ts';
import type { Projection } from './projection.ts';
import { Memory } from './memory.ts';
import { Replies } from './replies.ts';
import { endFid } from './requests/clunk.ts';
import { handle } from './requests/index.ts';

/** What the sessions of one server have in common. */
export interface Service extends IdentityOptions {
  readonly root: File;
  readonly readOnly: boolean;
  readonly limits: Limits;
  readonly projection: Projection;
  /** Told of what no client can be told: a handler's own fault, a peer that broke the protocol. */
  readonly log: (problem: string, cause?: unknown) => void;
}

/** Milliseconds that a flushed request has to settle before its Rflush leaves without it. */
const FLUSH_GRACE = 200;
/** Milliseconds that the fids of a session have to close before a new version is answered. */
const RESET_GRACE = 2000;
/** Milliseconds that a peer has to take the last replies. */
const CLOSE_GRACE = 2000;

export class Session {
  readonly service: Service;
  readonly stream: Stream;
  readonly replies: Replies;
  readonly memory: Memory;
  readonly flight = new Flight(() => this.#proceed());
  fids: Fids;
  #dialect: Dialect = '9P2000';
  /** 0 until a version is agreed. */
  #msize = 0;
  readonly #framer: Framer;
  /** Frames that came while as many requests ran as may. */
  readonly #backlog: Uint8Array[] = [];
  /** The frame that is being dispatched is a copy, which stays. */
  #fromBacklog = false;
  #inBatch = false;
  #flushSoon = false;
  #paused = false;
  #draining = false;
  #ended = false;
  /** Settles when all that was open is closed. */
  #ending: Awaitable<void> = undefined;
  readonly #handshake: NodeJS.Timeout;
  readonly #onEnd: () => void;

  constructor(stream: Stream, service: Service, onEnd: () => void) {
    this.stream = stream;
    this.service = service;
    this.#onEnd = onEnd;
    this.replies = new Replies(stream, () => {
      this.#proceed();
      this.#regulate();
    });
    this.memory = new Memory(service.limits.held);
    this.fids = new Fids(service.limits.fids);
    this.#framer = new Framer(service.limits.firstFrame, (frame) => this.#arrive(frame));
    const late = new MalformedError('no Tversion in time');
    this.#handshake = setTimeout(() => this.#break(late), service.limits.handshake);
    stream.start({
      space: () => this.#framer.space(),
      received: (count) => this.#received(count),
      ended: () => {
        void this.#end();
        // The peer may have closed its half only.
        void stream.close();
      },
    });
  }

  get dialect(): Dialect {
    return this.#dialect;
  }

  /** The largest payload of a read or a write: what Plan 9 and Linux reckon with. */
  get payload(): number {
    return this.#msize - 24;
  }

  /** Keeps the bytes of a write that does not settle at once. */
  hold(data: Uint8Array): { readonly data: Uint8Array; readonly letGo: () => void } {
    const { length } = data;
    // While requests are at work, frames wait in the backlog instead (see #mayRun): here all of them wait for news.
    if (!this.memory.hasRoomFor(length) && !this.flight.working) throw new FileError('ENOBUFS');
    return {
      data: this.#fromBacklog || this.#framer.keep() ? data : data.slice(),
      letGo: this.memory.hold(length),
    };
  }

  /** Answers what runs, then ends the connection. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#regulate();
    await this.flight.answered();
    await this.close();
  }

  /** Sends what is queued, ends the connection, and closes what was open. */
  async close(): Promise<void> {
    this.replies.flush();
    // A peer that takes nothing does not keep us.
    const taken = await inTime(this.stream.close(), CLOSE_GRACE);
    if (!taken) this.stream.abort(new Error('the server is closing'));
    await this.#end();
  }

  #received(count: number): void {
    this.#inBatch = true;
    try {
      this.#framer.received(count);
    } catch (error) {
      this.#break(error);
    }
    this.#inBatch = false;
    this.replies.flush();
    this.#regulate();
  }

  #arrive(frame: Cursor): void {
    if (this.#backlog.length === 0 && this.#mayRun()) this.#dispatch(frame);
    else {
      this.#backlog.push(frame.bytes.slice(frame.at, frame.end));
      this.flight.expectWaiting();
    }
  }

  #mayRun(): boolean {
    const { flight, memory, replies } = this;
    const { limits } = this.service;
    if (flight.running >= limits.running || replies.queued >= limits.queued) return false;
    return !memory.lendsAll && !(memory.holdsAll && flight.working);
  }

  /** Goes on with the backlog as far as it may. */
  #proceed(): void {
    if (this.#inBatch || this.#backlog.length === 0) return;
    this.#inBatch = this.#fromBacklog = true;
    try {
      while (this.#backlog.length > 0 && this.#mayRun()) this.#dispatch(new Cursor(this.#backlog.shift()!));
    } catch (error) {
      this.#break(error);
    }
    this.#inBatch = this.#fromBacklog = false;
    if (this.#backlog.length > 0) this.flight.expectWaiting();
    this.replies.flush();
    this.#regulate();
  }

  #dispatch(frame: Cursor): void {
    const tag = tagOf(frame);
    let message: Message;
    try {
      message = decode(frame, this.#dialect);
    } catch (error) {
      if (!(error instanceof MalformedError) || error.code === 'EBADMSG' || this.#msize === 0) throw error;
      this.#requireFree(tag);
      this.#send(errorReply(tag, error, this.#dialect));
      return;
    }
    if (message.type === 'Tversion') return this.#version(message);
    if (this.#msize === 0) throw new MalformedError(`a ${message.type} before the version was agreed`);
    this.#requireFree(tag);
    if (message.type === 'Tflush') this.#flush(message);
    else this.#request(message as TMessage);
  }

  /** Two requests under one tag would get two replies under it, which no client survives. */
  #requireFree(tag: number): void {
    if (this.flight.has(tag)) throw new MalformedError(`tag ${tag} is in use`);
  }

  #request(message: TMessage): void {
    const { flight, service } = this;
    const call = new Call(message.tag, service.owner, flight.nowWaiting);
    let reply: Awaitable<RMessage | undefined>;
    try {
      if (flight.waiting >= service.limits.waiting && !givesUpFid(message)) throw new FileError('ENOBUFS');
      reply = handle(this, message, call);
    } catch (error) {
      return this.#send(this.#failure(call, error));
    }
    if (isPromise(reply)) {
      flight.add(call);
      call.settled = reply.then(
        (answer) => this.#settled(call, answer),
        (error: unknown) => this.#settled(call, undefined, error),
      );
    } else if (reply) this.#send(reply, call.release);
  }

  #settled(call: Call, reply: RMessage | undefined, error?: unknown): void {
    if (call.dropped) {
      call.release?.();
      return this.#proceed();
    }
    this.flight.delete(call);
    if (reply) this.#send(reply, call.release);
    else if (call.flushes) call.release?.();
    else this.#send(this.#failure(call, error));
    this.#answerFlushes(call);
    this.#proceed();
    this.#sendSoon();
  }

  #failure(call: Call, error: unknown): RMessage {
    call.release?.();
    if (isFault(error)) this.service.log('a file failed in an unforeseen way', error);
    return errorReply(call.tag, error, this.#dialect);
  }

  /** The reply of the old request, if there is one, comes before the Rflush, or never (flush(5)). */
  #flush({ tag, oldtag }: MessageOf<'Tflush'>): void {
    const call = this.flight.get(oldtag);
    if (!call) return this.#send({ type: 'Rflush', tag });
    this.flight.addFlush(call, tag);
    call.abort();
    setTimeout(() => this.#abandon(call), FLUSH_GRACE);
  }

  /** A handler that heeds no signal does not keep a flush waiting: its outcome is undone when it comes. */
  #abandon(call: Call): void {
    if (call.dropped || this.flight.get(call.tag) !== call) return;
    this.flight.delete(call);
    call.dropped = true;
    this.#answerFlushes(call);
    this.#proceed();
    this.#sendSoon();
  }

  #answerFlushes(call: Call): void {
    for (const tag of call.flushes ?? []) this.#send({ type: 'Rflush', tag });
  }

  /** Begins a session: whatever was before is over (version(5)). */
  #version({ tag, msize, version }: MessageOf<'Tversion'>): void {
    const { limits } = this.service;
    const dialect = dialectOf(version);
    const ended = this.#reset();
    const agreed = Math.min(msize, limits.msize);
    const refused = dialect === undefined || agreed < LEAST_MSIZE;
    if (!refused) clearTimeout(this.#handshake);
    this.#msize = refused ? 0 : agreed;
    this.#dialect = dialect ?? '9P2000';
    this.#framer.limit = refused ? limits.firstFrame : agreed;
    const answer = (): void => {
      if (this.#ended) return;
      this.#send({ type: 'Rversion', tag, msize: agreed, version: refused ? 'unknown' : dialect });
      this.#sendSoon();
    };
    if (isPromise(ended)) void ended.then(answer);
    else answer();
  }

  /** Drops all requests and clunks all fids. */
  #reset(): Awaitable<unknown> {
    this.flight.clear();
    this.#backlog.length = 0;
    const { fids } = this;
    if (fids.size === 0) return undefined;
    this.fids = new Fids(this.service.limits.fids);
    const closing: Promise<void>[] = [];
    for (const fid of fids) {
      const closed = endFid(fid, 'lost', new Call(-1, fid.user, () => {}));
      if (isPromise(closed)) closing.push(closed);
    }
    if (closing.length === 0) return undefined;
    return inTime(Promise.all(closing), RESET_GRACE);
  }

  #send(reply: RMessage, release?: () => void): void {
    if (this.#ended) return release?.();
    // Before a version is agreed only an Rversion is sent.
    const limit = this.#msize || Infinity;
    let problem: unknown;
    try {
      if (this.replies.send(reply, this.#dialect, limit, release)) return;
    } catch (error) {
      this.service.log('a file has an attribute that no message can carry', error);
      problem = error;
    }
    release?.();
    const answer = errorReply(reply.tag, problem ?? new FileError('EMSGSIZE'), this.#dialect);
    this.replies.send(answer, this.#dialect, limit);
  }

  /** What several handlers answer in one turn of the event loop leaves in one write. */
  #sendSoon(): void {
    if (this.#inBatch || this.#flushSoon || this.replies.empty) return;
    this.#flushSoon = true;
    setImmediate(() => {
      this.#flushSoon = false;
      this.replies.flush();
      this.#regulate();
    });
  }

  /** Reads no more from a peer that does not take its replies, or while as many requests run as may, or at the end. */
  #regulate(): void {
    if (this.#ended) return;
    const { queued } = this.replies;
    const limit = this.service.limits.queued;
    const full = queued > (this.#paused ? limit / 2 : limit) || this.#backlog.length > 0 || this.#draining;
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.stream.pause();
    else this.stream.resume();
  }

  /** The peer has broken the protocol, or never spoke it: this connection ends, and no other. */
  #break(error: unknown): void {
    if (this.#ended) return;
    const reason = error instanceof Error ? error : new Error(String(error));
    this.service.log(`${this.stream.peer.address}: ${reason.message}`, reason);
    this.replies.flush();
    this.stream.abort(reason);
    void this.#end();
  }

  #end(): Awaitable<void> {
    if (this.#ended) return this.#ending;
    this.#ended = true;
    clearTimeout(this.#handshake);
    this.#framer.stop();
    return (this.#ending = after(this.#reset(), () => this.#onEnd()));
  }
}

/** Refused or not, the fid is free for the client afterwards (clunk(5)): so it must be for us. */
function givesUpFid({ type }: TMessage): boolean {
  return type === 'Tclunk' || type === 'Tremove';
}

/** The dialect that answers a version: what follows its first dot may be more than we know (version(5)). */
function dialectOf(version: string): Dialect | undefined {
  if (/^9P2000\.L(?:\.|$)/.test(version)) return '9P2000.L';
  if (/^9P2000\.u(?:\.|$)/.test(version)) return '9P2000.u';
  return /^9P2000(?:\.|$)/.test(version) ? '9P2000' : undefined;
}

/** Whether the work was done in time. */
function inTime(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    void work.finally(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
