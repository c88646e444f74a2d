/** A line to a server that a test cuts: before a message arrives, after it was answered, at any byte; with or without a word. */
import { Fid, attach, type AttachOptions, type RemoteFile } from '../../../src/client/index.ts';
import type { File } from '../../../src/file/index.ts';
import { Cursor, decode, type Dialect, type TMessage } from '../../../src/protocol/index.ts';
import { Server } from '../../../src/server/index.ts';
import { pipe } from '../../../src/transport/pipe.ts';
import type { Receiver, Stream } from '../../../src/transport/stream.ts';
import { OWNER } from '../served.ts';

export const ADDRESS = 'tcp://far:564';

type MessageType = TMessage['type'];

/** Where to cut next: a message that never arrives, or one whose answer does not. */
export interface Ambush {
  readonly type: MessageType;
  readonly what: 'question' | 'answer';
  /** Again and again. */
  readonly lasting?: boolean;
}

export class Line {
  /** Who answers. */
  server: Server;
  /** Nobody does: refused at once, or never answered. */
  closed: 'refused' | 'hanging' | undefined;
  ambush: Ambush | undefined;
  /** Bytes that pass, in each direction, until the line is cut. */
  budget = { out: Infinity, in: Infinity };
  /** Whether a cut is an error, or looks like an end. */
  loud = true;
  /** All that the client sent, on all links. */
  readonly messages: TMessage[] = [];
  dials = 0;
  cuts = 0;
  /** Decides at each dial how far that link goes; undefined: it is refused. */
  fate: (() => { out: number; in: number } | undefined) | undefined;
  readonly #dialect: Dialect;
  #current: CutStream | undefined;

  constructor(tree: File, dialect: Dialect) {
    this.server = new Server(tree, { owner: OWNER });
    this.#dialect = dialect;
  }

  get types(): readonly MessageType[] {
    return this.messages.map(({ type }) => type);
  }

  count(type: MessageType): number {
    return this.types.filter((other) => other === type).length;
  }

  readonly dial = async (signal?: AbortSignal): Promise<Stream> => {
    this.dials++;
    const fate = this.fate ? this.fate() : this.budget;
    if (this.closed === 'refused' || !fate) {
      throw Object.assign(new Error(`cannot connect to ${ADDRESS}: connection refused`), {
        code: 'ECONNREFUSED',
      });
    }
    if (this.closed === 'hanging') {
      await new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    }
    this.budget = fate;
    const [theirs, ours] = pipe();
    this.server.accept(theirs);
    return (this.#current = new CutStream(ours, this));
  };

  cut(): void {
    this.#current?.cut();
  }

  /** Another server takes its place. */
  restart(tree: File): void {
    this.server = new Server(tree, { owner: OWNER });
    this.cut();
  }

  /** What becomes of what the client writes: how many bytes pass, and whether the line is cut after them. */
  judge(bytes: Uint8Array): { readonly passing: number; readonly cut: boolean; readonly deaf: boolean } {
    let passing = bytes.length;
    let deaf = false;
    const cursor = new Cursor(bytes);
    for (const end = cursor.end; cursor.at < end;) {
      const from = cursor.at;
      cursor.end = from + cursor.view.getUint32(from, true);
      const message = decode(cursor, this.#dialect) as TMessage;
      this.messages.push(message);
      if (this.ambush?.type !== message.type) continue;
      if (this.ambush.what === 'question') passing = Math.min(passing, from);
      else deaf = true;
      if (!this.ambush.lasting) this.ambush = undefined;
    }
    passing = Math.min(passing, this.budget.out);
    this.budget.out -= passing;
    return { passing, cut: passing < bytes.length || deaf, deaf };
  }
}

class CutStream implements Stream {
  readonly peer = { address: ADDRESS, identity: 'none' } as const;
  readonly #pipe: Stream;
  readonly #line: Line;
  #receiver: Receiver | undefined;
  #over = false;
  /** Nothing passes any more in either direction. */
  #dead = false;

  constructor(pipe: Stream, line: Line) {
    this.#pipe = pipe;
    this.#line = line;
  }

  get queued(): number {
    return this.#pipe.queued;
  }

  start(receiver: Receiver): void {
    this.#receiver = receiver;
    const inbox = new Uint8Array(1 << 16);
    this.#pipe.start({
      space: () => inbox,
      received: (count) => this.#deliver(inbox.subarray(0, count)),
      ended: (error) => this.#end(error),
    });
  }

  pause(): void {}

  resume(): void {}

  write(segments: readonly Uint8Array[], sent: () => void): void {
    if (this.#over || this.#dead) return sent();
    const bytes = new Uint8Array(Buffer.concat(segments));
    const { passing, cut, deaf } = this.#line.judge(bytes);
    this.#pipe.write([bytes.subarray(0, passing)], sent);
    if (!cut) return;
    this.#dead = true;
    // What passes arrives, and is answered, before the line is cut.
    if (!deaf) setImmediate(() => this.cut());
    else setImmediate(() => setImmediate(() => this.cut()));
  }

  cut(): void {
    if (this.#over) return;
    this.#line.cuts++;
    const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    this.#pipe.abort(new Error('cut'));
    this.#end(this.#line.loud ? error : undefined);
  }

  async close(): Promise<void> {
    this.#over = true;
    await this.#pipe.close();
  }

  abort(reason: Error): void {
    this.#pipe.abort(reason);
    this.#end(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #deliver(bytes: Uint8Array): void {
    if (this.#over || this.#dead) return;
    const { budget } = this.#line;
    const passing = Math.min(bytes.length, budget.in);
    budget.in -= passing;
    for (let at = 0; at < passing;) {
      const space = this.#receiver!.space();
      const count = Math.min(space.length, passing - at);
      space.set(bytes.subarray(at, at + count));
      this.#receiver!.received(count);
      at += count;
    }
    if (passing === bytes.length) return;
    this.#dead = true;
    setImmediate(() => this.cut());
  }

  #end(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#receiver?.ended(error);
  }
}

export interface Lined extends AsyncDisposable {
  readonly line: Line;
  readonly file: RemoteFile;
  readonly root: Fid;
}

/** A tree at the other end of a line, attached so that it recovers. */
export async function lined(dialect: Dialect, tree: File, options: AttachOptions = {}): Promise<Lined> {
  const line = new Line(tree, dialect);
  const file = await attach(await line.dial(), {
    user: OWNER,
    dialects: [dialect],
    again: line.dial,
    deadline: 2000,
    ...options,
  });
  const root = new Fid(file);
  line.messages.length = 0;
  line.dials = 0;
  return {
    line,
    file,
    root,
    async [Symbol.asyncDispose]() {
      await root.close().catch(() => undefined);
      await line.server.close();
    },
  };
}
