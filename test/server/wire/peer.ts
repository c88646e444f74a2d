/**
 * A client that knows tags and frames, and what no server may do: answer twice or unasked, answer with another
 * request's reply, or send more than the msize. Every wait is bounded.
 */
import { afterEach, expect } from '@jest/globals';
import type { File } from '../../../src/file/index.ts';
import { Server, type ServerOptions } from '../../../src/server/index.ts';
import { pipe } from '../../../src/transport/pipe.ts';
import type { Stream } from '../../../src/transport/stream.ts';
import { In, NOTAG, RERROR, RLERROR, T, concat, frame, type Dialect } from './codec.ts';
import { refusal } from './refusal.ts';

/** Milliseconds; a reply that takes longer will not come. */
const PATIENCE = 8000;

/** Bytes that there is always room for. */
const LEAST_SPACE = 1 << 15;

export interface Reply {
  readonly code: number;
  readonly tag: number;
  readonly size: number;
  readonly body: In;
}

/** A request that was sent. */
export interface Posted {
  readonly tag: number;
  readonly code: number;
  /** Whatever answers it. */
  readonly reply: Promise<Reply>;
  /** The fields of the reply that belongs to it; a Refusal otherwise. */
  readonly body: Promise<In>;
}

interface Waiting {
  readonly code: number;
  readonly answer: (reply: Reply) => void;
  readonly fail: (error: Error) => void;
}

const ended: (() => Promise<void>)[] = [];

/** Notes what the current test must end. */
export function atEnd(work: () => Promise<void>): void {
  ended.push(work);
}

afterEach(async () => {
  const work = ended.splice(0).toReversed();
  await Promise.all(work.map((end) => end()));
});

/** A server that is closed when the test is over. */
export function serverOf(root: File, options: ServerOptions = {}): Server {
  const server = new Server(root, options);
  atEnd(() => server.close());
  return server;
}

/** Lets everything happen that can happen without time passing. */
export async function settle(turns = 10): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The promise, or an error that says what did not happen in time. */
export async function inTime<T>(work: Promise<T>, what: string, milliseconds = PATIENCE): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not in ${milliseconds} ms: ${what}`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export class Peer {
  dialect: Dialect = '9P2000';
  /** 0 before the version is agreed. */
  msize = 0;
  /** All replies, in the order of their arrival. */
  readonly replies: Reply[] = [];
  /** What the server did that no server may do. */
  readonly violations: string[] = [];
  /** How the connection ended; settles when it has. */
  readonly ended: Promise<Error | undefined>;
  isOver = false;
  readonly #stream: Stream;
  readonly #waiting = new Map<number, Waiting>();
  /** What has arrived of a reply that is not complete. */
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(2 * LEAST_SPACE);
  #end = 0;
  #tag = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.ended = new Promise((resolve) => {
      stream.start({
        space: () => this.#space(),
        received: (count) => this.#received(count),
        ended: (error) => {
          this.isOver = true;
          for (const { fail } of this.#waiting.values()) fail(new Error('the connection has ended'));
          resolve(error);
        },
      });
    });
    atEnd(async () => {
      await this.close();
      expect(this.violations).toEqual([]);
    });
  }

  /** Connects to the server within the process. */
  static to(server: Server): Peer {
    const [near, far] = pipe();
    server.accept(far);
    return new Peer(near);
  }

  /** Stops taking replies, until {@link resume}. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  async close(): Promise<void> {
    await inTime(this.#stream.close(), 'the end of the connection');
  }

  /** Breaks off, as a cable does. */
  cut(): void {
    this.#stream.abort(new Error('cut by the test'));
  }

  /** Sends bytes as they are. */
  raw(...parts: readonly Uint8Array[]): void {
    this.#stream.write([concat(parts)], () => {});
  }

  /** A tag that is not in use. */
  tag(): number {
    do this.#tag = (this.#tag + 1) % NOTAG;
    while (this.#waiting.has(this.#tag));
    return this.#tag;
  }

  /** Expects an answer to a request of that type under that tag. */
  expect(tag: number, code: number): Posted {
    if (this.#waiting.has(tag)) throw new Error(`the test uses tag ${tag} twice`);
    const arrival = new Promise<Reply>((answer, fail) => this.#waiting.set(tag, { code, answer, fail }));
    const reply = inTime(arrival, `a reply to message ${code}, tag ${tag}`);
    const body = reply.then((reply) => this.#bodyOf(code, reply));
    // Who does not look at the answer does not care; who does gets the error all the same.
    reply.catch(() => undefined);
    body.catch(() => undefined);
    return { tag, code, reply, body };
  }

  /** Forgets a request that must not be answered: a reply to it is a violation from now on. */
  forget(tag: number): void {
    this.#waiting.get(tag)?.fail(new Error('the test wants no answer to that'));
    this.#waiting.delete(tag);
  }

  /** The codes and tags of the replies after the first `count`. */
  since(count: number): string[] {
    return this.replies.slice(count).map(({ code, tag }) => `${code}:${tag}`);
  }

  isAnswered(tag: number): boolean {
    return !this.#waiting.has(tag);
  }

  postAs(tag: number, code: number, ...fields: readonly Uint8Array[]): Posted {
    const posted = this.expect(tag, code);
    this.raw(frame(code, tag, ...fields));
    return posted;
  }

  post(code: number, ...fields: readonly Uint8Array[]): Posted {
    return this.postAs(this.tag(), code, ...fields);
  }

  /** Sends several requests in one write. */
  postAll(requests: readonly (readonly [code: number, ...fields: Uint8Array[]])[]): readonly Posted[] {
    const posted = requests.map(([code]) => this.expect(this.tag(), code));
    this.raw(...requests.map(([code, ...fields], i) => frame(code, posted[i].tag, ...fields)));
    return posted;
  }

  rpc(code: number, ...fields: readonly Uint8Array[]): Promise<In> {
    return this.post(code, ...fields).body;
  }

  #bodyOf(code: number, reply: Reply): In {
    const { body } = reply;
    if (reply.code !== code + 1) throw refusal(reply.code, body, this.dialect);
    return body;
  }

  #space(): Uint8Array {
    if (this.#bytes.length - this.#end < LEAST_SPACE) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes.subarray(this.#end);
  }

  #received(count: number): void {
    this.#end += count;
    let from = 0;
    while (this.#end - from >= 4) {
      const size = new DataView(this.#bytes.buffer).getUint32(from, true);
      if (size < 7) return void this.violations.push(`a message of ${size} bytes`);
      if (this.#end - from < size) break;
      this.#arrived(this.#bytes.slice(from, from + size));
      from += size;
    }
    this.#bytes.copyWithin(0, from, this.#end);
    this.#end -= from;
  }

  #arrived(bytes: Uint8Array): void {
    const header = new In(bytes.subarray(4, 7));
    const reply: Reply = {
      size: bytes.length,
      code: header.u8(),
      tag: header.u16(),
      body: new In(bytes.subarray(7)),
    };
    this.replies.push(reply);
    const waiting = this.#waiting.get(reply.tag);
    this.#waiting.delete(reply.tag);
    this.#check(reply, waiting);
    waiting?.answer(reply);
  }

  #check({ code, tag, size }: Reply, waiting: Waiting | undefined): void {
    const bad = (what: string): void => void this.violations.push(`${what} (type ${code}, tag ${tag})`);
    if (!waiting) return bad('a reply that nobody waits for');
    const isError = code === (this.dialect === '9P2000.L' ? RLERROR : RERROR);
    const mayFail = waiting.code !== T.version && waiting.code !== T.flush;
    if (code !== waiting.code + 1 && !(isError && mayFail)) bad(`an answer to message ${waiting.code}`);
    if (this.msize > 0 && size > this.msize && code !== T.version + 1) bad(`${size} of ${this.msize} bytes`);
  }
}
