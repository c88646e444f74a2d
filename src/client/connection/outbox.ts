/** Messages on their way to the server: what one turn of the program sends leaves in one write. */
import {
  borrow,
  encode,
  giveBack,
  type Cursor,
  type Dialect,
  type MessageOf,
  type TMessage,
} from '../../protocol/index.ts';
import type { Stream } from '../../transport/stream.ts';

const BATCH = 1 << 16;
/** Payloads from this size on are sent from where they are: a reference costs less than a copy. */
const LARGE = 1 << 14;
/** `size[4] type[1] tag[2] fid[4] offset[8] count[4]`. */
const WRITE_HEADER = 23;
/**
 * Turns of the queue of microtasks without a message after which a batch leaves. Callers that were all answered at once
 * do not ask again at once: each is some promises away. A turn costs 50 ns, a write some microseconds.
 */
const QUIET = 8;
const NOTHING = new Uint8Array(0);

export class Outbox {
  readonly #stream: Stream;
  #batch: Cursor | undefined;
  /** Where the part of the batch begins that is not among the segments yet. */
  #from = 0;
  #segments: Uint8Array[] = [];
  /** What is to be done when the segments have left. */
  #releases: (() => void)[] = [];
  #scheduled = false;
  /** Turns of the queue of microtasks since a message came. */
  #quiet = 0;
  readonly #hop = (): void => {
    if (++this.#quiet < QUIET) queueMicrotask(this.#hop);
    else this.flush();
  };

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Whether the message's payload is sent from where it is: it must not change until that is done. */
  static isLarge(message: TMessage): message is MessageOf<'Twrite'> {
    return message.type === 'Twrite' && message.data.length >= LARGE;
  }

  /** Puts a message of `size` bytes into the batch. */
  put(message: TMessage, size: number, dialect: Dialect): void {
    encode(this.#room(size), message, dialect);
    this.#schedule();
  }

  /** The same for a large write; `sent` is called when its payload is not needed any more. */
  putLarge(message: MessageOf<'Twrite'>, dialect: Dialect, sent: () => void): void {
    const batch = this.#room(WRITE_HEADER);
    const { at, view } = batch;
    encode(batch, { ...message, data: NOTHING }, dialect);
    view.setUint32(at, WRITE_HEADER + message.data.length, true);
    view.setUint32(at + WRITE_HEADER - 4, message.data.length, true);
    this.#cut();
    this.#segments.push(message.data);
    this.#releases.push(sent);
    this.#schedule();
  }

  /** Hands over what is there, at once. */
  flush(): void {
    this.#scheduled = false;
    this.#cut();
    const segments = this.#segments;
    if (segments.length === 0) return;
    const releases = this.#releases;
    const batch = this.#batch;
    if (batch) releases.push(() => giveBack(batch));
    this.#batch = undefined;
    this.#segments = [];
    this.#releases = [];
    this.#stream.write(segments, () => {
      for (const release of releases) release();
    });
  }

  #schedule(): void {
    this.#quiet = 0;
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#hop);
  }

  #room(size: number): Cursor {
    const batch = this.#batch;
    if (batch) {
      if (batch.bytes.length - batch.at >= size) return batch;
      this.#cut();
      this.#releases.push(() => giveBack(batch));
    }
    this.#from = 0;
    return (this.#batch = borrow(Math.max(size, BATCH)));
  }

  #cut(): void {
    const batch = this.#batch;
    if (!batch || batch.at === this.#from) return;
    this.#segments.push(batch.bytes.subarray(this.#from, batch.at));
    this.#from = batch.at;
  }
}
