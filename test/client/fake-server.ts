/** A server that says what a test has it say, right or wrong. */
import {
  Cursor,
  Framer,
  decode,
  encodeMessage,
  type Dialect,
  type MessageOf,
  type RMessage,
  type TMessage,
} from '../../src/protocol/index.ts';
import { pipe } from '../../src/transport/pipe.ts';
import type { Stream } from '../../src/transport/stream.ts';

/** A reply without its tag: the request's is put in. */
export type Reply = { readonly [M in RMessage as M['type']]: Omit<M, 'tag'> }[RMessage['type']];

/** Says what to answer to a request: nothing, if nothing is returned. */
export type Script = (request: TMessage, server: FakeServer) => Reply | undefined;

export class FakeServer {
  /** The client's end. */
  readonly stream: Stream;
  /** All requests, in the order in which they came. */
  readonly seen: TMessage[] = [];
  /** What the script is asked in; follows what the server answers to a Tversion. */
  dialect: Dialect = '9P2000.L';
  /** Resolves when the client has ended the stream. */
  readonly ended: Promise<void>;
  readonly #mine: Stream;
  #waiting: { readonly count: number; readonly wake: () => void }[] = [];

  constructor(script: Script) {
    const [mine, stream] = pipe();
    this.#mine = mine;
    this.stream = stream;
    const framer = new Framer(1 << 24, (frame) => this.#arrive(frame, script));
    this.ended = new Promise((resolve) => {
      mine.start({
        space: () => framer.space(),
        received: (count) => framer.received(count),
        ended: () => resolve(),
      });
    });
  }

  /** The types of the requests so far, without the handshake. */
  get types(): readonly string[] {
    return this.seen.map(({ type }) => type).filter((type) => type !== 'Tversion' && type !== 'Tattach');
  }

  send(message: RMessage): void {
    this.raw(encodeMessage(message, this.dialect));
  }

  /** Bytes as they are; of a text, one for each character. */
  raw(bytes: Uint8Array | string): void {
    const sent = typeof bytes === 'string' ? Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)) : bytes;
    this.#mine.write([sent], () => {});
  }

  /** Ends the connection. */
  async hangUp(): Promise<void> {
    await this.#mine.close();
  }

  /** Waits until `count` requests have come in all. */
  async until(count: number): Promise<void> {
    if (this.seen.length >= count) return;
    await new Promise<void>((wake) => this.#waiting.push({ count, wake }));
  }

  /** The nth request of a type. */
  request<T extends TMessage['type']>(type: T, n = 0): MessageOf<T> {
    return this.seen.filter((message) => message.type === type)[n] as unknown as MessageOf<T>;
  }

  #arrive(frame: Cursor, script: Script): void {
    // What a message refers to is gone when the frame is.
    const copy = new Cursor(frame.bytes.slice(frame.at, frame.end));
    const request = decode(copy, this.dialect) as TMessage;
    this.seen.push(request);
    const reply = script(request, this);
    if (reply) this.send({ ...reply, tag: request.tag });
    this.#waiting = this.#waiting.filter(({ count, wake }) => {
      if (this.seen.length < count) return true;
      wake();
      return false;
    });
  }
}

export const QID = { type: 0, version: 0, path: 7n };
export const DIR_QID = { type: 0x80, version: 0, path: 1n };

/** A server that shakes hands in 9P2000.L, lets everybody in, and leaves all else to the script. */
export function welcoming(script: Script, msize = 8192): FakeServer {
  return new FakeServer((request, server) => {
    if (request.type === 'Tversion') return { type: 'Rversion', msize, version: server.dialect };
    if (request.type === 'Tattach') return { type: 'Rattach', qid: DIR_QID };
    return script(request, server);
  });
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { readonly code?: unknown }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

/** All that is pending gets its turn. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
