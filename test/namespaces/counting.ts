/** Servers and Files that count what they are asked for. */
import type { File, OpenFile, Request } from '../../src/file/index.ts';
import { Cursor, decode, type TMessage } from '../../src/protocol/index.ts';
import { hostServer } from '../../src/serve.ts';
import type { Server } from '../../src/server/index.ts';
import { listen } from '../../src/transport/index.ts';
import type { Receiver, Stream } from '../../src/transport/stream.ts';
import { GLENDA, USERS } from './users.ts';

/** A server on TCP: what comes in is noted, and may be kept back. */
export interface CountingServer extends AsyncDisposable {
  readonly address: string;
  readonly server: Server;
  /** Since the last {@link reset}. */
  readonly types: readonly TMessage['type'][];
  reset(): void;
  /** Fids that clients have bound and not given up. */
  readonly fids: number;
  /** Answers no more, though it takes what is sent. */
  hang(): void;
  /** Answers again. */
  goOn(): void;
  /** Ends all connections, and takes others. */
  cut(): void;
  /** Milliseconds before a request is looked at. */
  delay: number;
}

export async function counting(tree: File): Promise<CountingServer> {
  const server = hostServer(tree, { owner: GLENDA, users: USERS });
  const links = new Set<Link>();
  const types: TMessage['type'][] = [];
  const state: State = { hung: false, delay: 0 };
  const listener = await listen('tcp://127.0.0.1:0', (stream) => {
    const link = new Link(stream, types, state);
    links.add(link);
    server.accept(link.stream, () => links.delete(link));
  });
  return {
    address: listener.address,
    server,
    types,
    reset: () => void (types.length = 0),
    get fids() {
      return [...links].reduce((sum, link) => sum + link.fids, 0);
    },
    hang: () => void (state.hung = true),
    goOn() {
      state.hung = false;
      for (const link of links) link.deliver();
    },
    cut: () => links.forEach((link) => link.stream.abort(new Error('cut'))),
    get delay() {
      return state.delay;
    },
    set delay(delay) {
      state.delay = delay;
    },
    async [Symbol.asyncDispose]() {
      await listener.close();
      await server.close();
    },
  };
}

interface State {
  hung: boolean;
  delay: number;
}

/** A stream whose incoming messages are looked at before they are handed on. */
class Link {
  readonly stream: Stream;
  readonly #types: TMessage['type'][];
  readonly #state: Readonly<State>;
  readonly #fids = new Set<number>();
  #kept: Uint8Array[] = [];
  #receiver: Receiver | undefined;
  #dialect: '9P2000' | '9P2000.L' = '9P2000';

  constructor(stream: Stream, types: TMessage['type'][], state: Readonly<State>) {
    this.#types = types;
    this.#state = state;
    const start = (receiver: Receiver): void => this.#start(stream, receiver);
    this.stream = {
      peer: stream.peer,
      get queued() {
        return stream.queued;
      },
      start,
      pause: () => stream.pause(),
      resume: () => stream.resume(),
      write: (segments, sent) => stream.write(segments, sent),
      close: () => stream.close(),
      abort: (reason) => stream.abort(reason),
      [Symbol.asyncDispose]: () => stream.close(),
    };
  }

  get fids(): number {
    return this.#fids.size;
  }

  #start(stream: Stream, receiver: Receiver): void {
    this.#receiver = receiver;
    const into = new Uint8Array(1 << 20);
    let pending: Uint8Array = new Uint8Array(0);
    stream.start({
      space: () => into,
      received: (count) => {
        pending = Buffer.concat([pending, into.subarray(0, count)]);
        while (pending.length >= 4) {
          const size = new DataView(pending.buffer, pending.byteOffset).getUint32(0, true);
          if (pending.length < size) break;
          this.#arrive(pending.slice(0, size));
          pending = pending.slice(size);
        }
      },
      ended: (error) => receiver.ended(error),
    });
  }

  #arrive(frame: Uint8Array): void {
    this.#note(decode(new Cursor(frame), this.#dialect) as TMessage);
    this.#kept.push(frame);
    const { delay } = this.#state;
    if (delay > 0) setTimeout(() => this.deliver(), delay);
    else this.deliver();
  }

  #note(message: TMessage): void {
    this.#types.push(message.type);
    if (message.type === 'Tversion' && message.version === '9P2000.L') this.#dialect = '9P2000.L';
    if (message.type === 'Tattach') this.#fids.add(message.fid);
    if (message.type === 'Twalk') this.#fids.add(message.newfid);
    if (message.type === 'Tclunk' || message.type === 'Tremove') this.#fids.delete(message.fid);
  }

  deliver(): void {
    if (this.#state.hung) return;
    for (const frame of this.#kept.splice(0)) {
      for (let at = 0; at < frame.length;) {
        const space = this.#receiver!.space();
        const count = Math.min(space.length, frame.length - at);
        space.set(frame.subarray(at, at + count));
        this.#receiver!.received(count);
        at += count;
      }
    }
  }
}

/** A File of which it is counted how often it was shared and released, and how many opens there are. */
export class CountedFile implements File {
  /** References that are not given up: one to begin with. */
  references = 1;
  opens = 0;
  /** What each walk waits for. */
  gate: Promise<void> | undefined;
  readonly #inner: File;

  constructor(inner: File) {
    this.#inner = inner;
  }

  get qid(): File['qid'] {
    return this.#inner.qid;
  }

  get tree(): object {
    return this.#inner.tree;
  }

  attr: File['attr'] = (r) => this.#inner.attr(r);

  async walk(name: string, r: Request): Promise<File | undefined> {
    await this.gate;
    return this.#inner.walk?.(name, r);
  }

  async open(...args: Parameters<NonNullable<File['open']>>): Promise<OpenFile> {
    const open = await this.#inner.open!(...args);
    this.opens++;
    const close: OpenFile['close'] = (reason, r) => {
      this.opens--;
      return open.close?.(reason, r);
    };
    return {
      ...(open.list && { list: open.list.bind(open) }),
      ...(open.read && { read: open.read.bind(open) }),
      ...(open.take && { take: open.take.bind(open) }),
      close,
    };
  }

  share(): void {
    if (this.references < 1) throw new Error('shared after it was given up');
    this.references++;
  }

  release(): void {
    if (this.references < 1) throw new Error('released once too often');
    this.references--;
  }
}
