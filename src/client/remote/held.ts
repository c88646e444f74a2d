/** Fids, each on the connection that it is bound on: it ends with that, whatever takes the connection's place. */
import type { ReplyTo } from '../../protocol/index.ts';
import type { CallOptions, Question } from '../connection/call.ts';
import type { Connection } from '../connection/connection.ts';
import { RemoteError } from '../connection/errors.ts';

/** A fid that the server holds for us, or is about to. */
export class HeldFid {
  readonly connection: Connection;
  readonly number: number;
  /** Calls that are under way on it. */
  uses = 0;
  /** It is to be clunked when they are done. */
  dropped = false;

  /** Takes a number that no other fid has. */
  constructor(connection: Connection) {
    this.connection = connection;
    this.number = connection.fids.take()!;
  }

  /** A call on the connection on which the fid means something. */
  call<const Q extends Question>(question: Q, options: CallOptions<Q['type']>): Promise<ReplyTo<Q['type']>> {
    return this.connection.call(question, options);
  }

  /** The server holds it no more. */
  free(): void {
    this.connection.fids.giveBack(this.number);
  }

  /** Gives it up; nobody waits for it, and an error changes nothing: the fid is gone (clunk(5)). */
  clunk(): void {
    if (!this.connection.over) this.close().catch(() => undefined);
  }

  /** Clunks it, and reports what the server made of it: the end of an open file may fail. */
  close(at?: CallOptions['at']): Promise<void> {
    return this.#last({ type: 'Tclunk', fid: this.number }, { at });
  }

  /** Removes the file with it. */
  remove(options: CallOptions<'Tremove'>): Promise<void> {
    const late = (reply: unknown): void => (reply ? this.free() : this.clunk());
    return this.#last({ type: 'Tremove', fid: this.number }, { ...options, late });
  }

  /** The last message for a fid: answered either way, the fid is free. */
  async #last(question: Question, options: CallOptions): Promise<void> {
    try {
      await this.call(question, options);
    } catch (error) {
      if (error instanceof RemoteError) this.free();
      throw error;
    }
    this.free();
  }
}
