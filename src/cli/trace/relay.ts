/** Passes the bytes of one connection on in both directions, and shows the messages in them. */
import {
  Framer,
  decode,
  printMessage,
  type Cursor,
  type Dialect,
  type Message,
} from '../../protocol/index.ts';
import type { Stream } from '../../transport/stream.ts';

/** Which way a message goes. */
export type Way = 'T' | 'R';

/** Told of each message, of each chunk of bytes, and of the end. */
export interface Watcher {
  message(way: Way, text: string, latency: number | undefined): void;
  bytes(way: Way, bytes: Uint8Array): void;
  ended(): void;
}

const CHUNK = 1 << 16;
/** Bytes that may wait for the slower side before the faster one is paused. */
const QUEUED = 4 << 20;
/** What is beyond any msize is no 9P. */
const LARGEST = 64 << 20;

export class Relay {
  readonly #client: Stream;
  readonly #server: Stream;
  readonly #watcher: Watcher;
  #directions = 2;
  #dialect: Dialect = '9P2000';
  /** When each request came, by its tag. */
  readonly #asked = new Map<number, number>();

  constructor(client: Stream, server: Stream, watcher: Watcher) {
    this.#client = client;
    this.#server = server;
    this.#watcher = watcher;
    this.#pass('T', client, server);
    this.#pass('R', server, client);
  }

  close(): void {
    void this.#client.close();
    void this.#server.close();
  }

  #pass(way: Way, from: Stream, to: Stream): void {
    const buffer = new Uint8Array(CHUNK);
    const framer = new Framer(LARGEST, (frame) => this.#show(way, frame));
    let readable = true;
    from.start({
      space: () => buffer,
      received: (count) => {
        const bytes = buffer.slice(0, count);
        this.#watcher.bytes(way, bytes);
        if (readable) readable = this.#feed(way, framer, bytes);
        to.write([bytes], () => {
          if (to.queued <= QUEUED) from.resume();
        });
        if (to.queued > QUEUED) from.pause();
      },
      ended: (error) => {
        framer.stop();
        if (error) to.abort(error);
        else void to.close();
        if (--this.#directions === 0) this.#watcher.ended();
      },
    });
  }

  /** False when what comes is no 9P: it is passed on, and no longer looked at. */
  #feed(way: Way, framer: Framer, bytes: Uint8Array): boolean {
    try {
      for (let at = 0; at < bytes.length;) {
        const space = framer.space();
        const part = bytes.subarray(at, at + space.length);
        space.set(part);
        framer.received(part.length);
        at += part.length;
      }
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#watcher.message(way, `no 9P from here on: ${why}`, undefined);
      return false;
    }
  }

  #show(way: Way, frame: Cursor): void {
    const { bytes, at, end } = frame;
    let message: Message;
    try {
      message = decode(frame, this.#dialect);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#watcher.message(way, `type ${bytes[at + 4]}, ${end - at} bytes: ${why}`, undefined);
      return;
    }
    if (message.type === 'Rversion') this.#dialect = dialectOf(message.version);
    this.#watcher.message(way, printMessage(message), this.#latency(way, message.tag));
  }

  #latency(way: Way, tag: number): number | undefined {
    const now = performance.now();
    if (way === 'T') {
      this.#asked.set(tag, now);
      return undefined;
    }
    const asked = this.#asked.get(tag);
    this.#asked.delete(tag);
    return asked === undefined ? undefined : now - asked;
  }
}

function dialectOf(version: string): Dialect {
  if (version.startsWith('9P2000.L')) return '9P2000.L';
  return version.startsWith('9P2000.u') ? '9P2000.u' : '9P2000';
}
