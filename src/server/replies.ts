/**
 * Replies on their way to the peer. What one readable chunk of requests produced leaves in one write; small payloads
 * are copied into the batch, large ones stand in it by reference.
 */
import {
  DATA_HEADER,
  borrow,
  encode,
  encodeDataHeader,
  giveBack,
  sizeOf,
  type Cursor,
  type Dialect,
  type RMessage,
} from '../protocol/index.ts';
import type { Stream } from '../transport/stream.ts';

const BATCH = 1 << 16;
/** Above this a reference costs less than a copy. */
const LARGE = 1 << 14;

/** A batch of this size leaves at once: what it makes room for can be worked on while it leaves. */
const FULL = 1 << 20;

type DataReply = 'Rread' | 'Rreaddir';

export class Replies {
  readonly #stream: Stream;
  #batch: Cursor | undefined;
  /** Where the part of the batch begins that is not among the segments yet. */
  #from = 0;
  #segments: Uint8Array[] = [];
  /** What is to be done when the segments have left. */
  #releases: (() => void)[] = [];
  #bytes = 0;
  readonly #sent: () => void;

  /** @param sent - called when bytes have left that could not leave at once. */
  constructor(stream: Stream, sent: () => void) {
    this.#stream = stream;
    this.#sent = sent;
  }

  /** Bytes that have not left yet. */
  get queued(): number {
    return this.#bytes + this.#stream.queued;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  /**
   * Sends a message of at most `limit` bytes; false, and nothing is sent, for a larger one. `release` is called when
   * its bytes are not needed any more.
   */
  send(message: RMessage, dialect: Dialect, limit: number, release?: () => void): boolean {
    if ((message.type === 'Rread' || message.type === 'Rreaddir') && message.data.length > LARGE) {
      this.#sendLarge(message.type, message.tag, message.data, release);
      return true;
    }
    const size = sizeWithin(message, dialect);
    if (size > limit) return false;
    this.#put(message, dialect, size);
    this.#bytes += size;
    release?.();
    return true;
  }

  /** Room for the payload of a data reply, to be filled at once and ended by {@link sendRoom}. */
  room(count: number): Uint8Array {
    const batch = this.#room(DATA_HEADER + count);
    const at = batch.at + DATA_HEADER;
    return batch.bytes.subarray(at, at + count);
  }

  /** Sends the first `count` bytes of the last {@link room}. */
  sendRoom(type: DataReply, tag: number, count: number): void {
    const batch = this.#batch!;
    encodeDataHeader(batch, type, tag, count);
    batch.at += count;
    this.#bytes += DATA_HEADER + count;
    if (this.#bytes >= FULL) this.flush();
  }

  /** Hands over all that is there in one write. */
  flush(): void {
    if (this.#bytes === 0) return;
    this.#cut();
    const segments = this.#segments;
    const releases = this.#releases;
    const batch = this.#batch;
    this.#batch = undefined;
    this.#segments = [];
    this.#releases = [];
    this.#from = 0;
    this.#bytes = 0;
    let later = false;
    this.#stream.write(segments, () => {
      if (batch) giveBack(batch);
      for (const release of releases) release();
      if (later) this.#sent();
    });
    later = true;
  }

  #sendLarge(type: DataReply, tag: number, data: Uint8Array, release?: () => void): void {
    encodeDataHeader(this.#room(DATA_HEADER), type, tag, data.length);
    this.#cut();
    this.#segments.push(data);
    this.#bytes += DATA_HEADER + data.length;
    if (release) this.#releases.push(release);
    if (this.#bytes >= FULL) this.flush();
  }

  /** Writes the whole message, or nothing. */
  #put(message: RMessage, dialect: Dialect, size: number): void {
    const batch = this.#room(size);
    const { at } = batch;
    try {
      encode(batch, message, dialect);
    } catch (error) {
      batch.at = at;
      throw error;
    }
  }

  /** The batch, with room for `size` bytes at its `at`. */
  #room(size: number): Cursor {
    let batch = this.#batch;
    if (batch && batch.bytes.length - batch.at >= size) return batch;
    if (batch) {
      this.#cut();
      const full = batch;
      this.#releases.push(() => giveBack(full));
    }
    batch = borrow(Math.max(size, BATCH));
    this.#batch = batch;
    this.#from = 0;
    return batch;
  }

  /** Makes what stands in the batch a segment. */
  #cut(): void {
    const batch = this.#batch;
    if (!batch || batch.at === this.#from) return;
    this.#segments.push(batch.bytes.subarray(this.#from, batch.at));
    this.#from = batch.at;
  }
}

/** The bytes of the message; Infinity if it has a text that no message can carry. */
function sizeWithin(message: RMessage, dialect: Dialect): number {
  try {
    return sizeOf(message, dialect);
  } catch (error) {
    if (error instanceof RangeError) return Infinity;
    throw error;
  }
}
