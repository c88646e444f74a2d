/** A stream of bytes as frames: what the handshake and the connection have in common. */
import { Framer, sizeOf, type Cursor, type Dialect, type TMessage } from '../../protocol/index.ts';
import type { Stream } from '../../transport/stream.ts';
import { Outbox } from './outbox.ts';

/** Whoever is told what arrives. */
export interface Listener {
  /** A frame, from `at` to `end`, valid until this returns. What it throws ends the wire. */
  frame(frame: Cursor): void;
  /** Nothing more will come, and nothing can be sent: told once, unless {@link Wire.close} was called. */
  ended(error: Error | undefined): void;
}

export class Wire {
  #listener: Listener | undefined;
  readonly #stream: Stream;
  readonly #framer: Framer;
  readonly #outbox: Outbox;
  #ended = false;
  #reason: Error | undefined;

  /** @param limit - the largest frame that may come, in bytes */
  constructor(stream: Stream, limit: number) {
    this.#stream = stream;
    this.#outbox = new Outbox(stream);
    this.#framer = new Framer(limit, (frame) => this.#listener?.frame(frame));
  }

  /** The server's, for messages. */
  get address(): string {
    return this.#stream.peer.address;
  }

  set limit(bytes: number) {
    this.#framer.limit = bytes;
  }

  /** From now on it is this one who is told: also of an end that has come already. */
  listen(listener: Listener): void {
    this.#listener = listener;
    if (this.#ended) listener.ended(this.#reason);
  }

  start(): void {
    this.#stream.start({
      space: () => this.#framer.space(),
      received: (count) => this.#received(count),
      ended: (error) => this.#end(error),
    });
  }

  /** `sent` is called for a message with a large payload, when that is not needed any more. */
  send(message: TMessage, dialect: Dialect, size = sizeOf(message, dialect), sent = (): void => {}): void {
    if (this.#ended) sent();
    else if (Outbox.isLarge(message)) this.#outbox.putLarge(message, dialect, sent);
    else this.#outbox.put(message, size, dialect);
  }

  /** Within {@link Listener.frame}: the frame's bytes stay valid if this is true. */
  keep(): boolean {
    return this.#framer.keep();
  }

  /** Breaks the connection off. The listener is told the reason. */
  fail(reason: Error): void {
    if (this.#ended) return;
    this.#end(reason);
    this.#stream.abort(reason);
  }

  /** Sends what is waiting, then ends. The listener is told nothing. */
  close(): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      this.#framer.stop();
      this.#outbox.flush();
    }
    return this.#stream.close();
  }

  #received(count: number): void {
    try {
      this.#framer.received(count);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#framer.stop();
    this.#reason = error;
    this.#listener?.ended(error);
  }
}
