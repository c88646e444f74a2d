/**
 * What a call costs: the messages that it sends, and the round trips that it waits for. A gate between a client and a
 * server keeps what the client writes until nothing more comes; to open it is one round trip.
 */
import { Fid, attach } from '../../src/client/index.ts';
import type { File, User } from '../../src/file/index.ts';
import { newNamespace } from '../../src/namespace.ts';
import type { Namespace } from '../../src/namespaces/index.ts';
import { Cursor, decode, type Dialect, type TMessage } from '../../src/protocol/index.ts';
import { ram } from '../../src/resources/index.ts';
import { Server } from '../../src/server/index.ts';
import { pipe } from '../../src/transport/index.ts';
import type { Stream } from '../../src/transport/stream.ts';

export const OWNER: User = { name: 'glenda', uid: 1000, gid: 1000, serves: true };

/** Turns of the event loop after which nothing more is on its way: the pipe and the server need a few of them. */
const QUIET = 8;

export interface Cost {
  /** In the order in which they were sent, those included for whose answers the call does not wait. */
  readonly messages: readonly TMessage['type'][];
  /** Round trips until the call was done. */
  readonly rounds: number;
  /** What the call failed with. */
  readonly error: { readonly code?: string } | undefined;
}

/** Keeps what is written to the streams that were put behind it. */
class Gate {
  #open = true;
  readonly #dialect: Dialect;
  #kept: (() => void)[] = [];
  #messages: TMessage['type'][] = [];

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  put(stream: Stream): Stream {
    const write = this.#write.bind(this, stream);
    return {
      peer: stream.peer,
      get queued() {
        return stream.queued;
      },
      start: (receiver) => stream.start(receiver),
      pause: () => stream.pause(),
      resume: () => stream.resume(),
      write,
      close: () => stream.close(),
      abort: (reason) => stream.abort(reason),
      [Symbol.asyncDispose]: () => stream.close(),
    };
  }

  /** The cost of `work`, with all that it leaves behind. */
  async measure(work: () => unknown): Promise<Cost> {
    this.#messages = [];
    this.#open = false;
    let rounds = 0;
    let done = false;
    const outcome = (async () => work())()
      .then(
        () => undefined,
        (error: { readonly code?: string }) => error,
      )
      .finally(() => (done = true));
    for (await quiet(); this.#kept.length > 0; await quiet()) {
      if (!done) rounds++;
      for (const send of this.#kept.splice(0)) send();
    }
    const error = await outcome;
    this.#open = true;
    return { messages: this.#messages, rounds, error };
  }

  #write(stream: Stream, segments: readonly Uint8Array[], sent: () => void): void {
    if (this.#open) return stream.write(segments, sent);
    const bytes = Buffer.concat(segments);
    this.#messages.push(...typesIn(bytes, this.#dialect));
    this.#kept.push(() => stream.write([bytes], sent));
  }
}

/** A client writes whole messages. */
function typesIn(bytes: Uint8Array, dialect: Dialect): readonly TMessage['type'][] {
  const cursor = new Cursor(bytes);
  const { end } = cursor;
  const types: TMessage['type'][] = [];
  while (cursor.at < end) {
    cursor.end = cursor.at + cursor.view.getUint32(cursor.at, true);
    types.push((decode(cursor, dialect) as TMessage).type);
  }
  return types;
}

async function quiet(): Promise<void> {
  for (let i = 0; i < QUIET; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A RAM tree behind a pipe, with a gate before it. */
export class Measured implements AsyncDisposable {
  readonly root: Fid;
  readonly #gate: Gate;
  readonly #server: Server;

  private constructor(root: Fid, gate: Gate, server: Server) {
    this.root = root;
    this.#gate = gate;
    this.#server = server;
  }

  static async of(dialect: Dialect): Promise<Measured> {
    const server = new Server(ram(), { owner: OWNER });
    const gate = new Gate(dialect);
    const [theirs, ours] = pipe();
    server.accept(theirs);
    const root = new Fid(await attach(gate.put(ours), { user: OWNER, dialects: [dialect] }));
    return new Measured(root, gate, server);
  }

  cost(work: () => unknown): Promise<Cost> {
    return this.#gate.measure(work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.root.close();
    await this.#server.close();
  }
}

/** A namespace that can dial servers of RAM trees, each behind a pipe, with one gate before them all. */
export class MeasuredNamespace implements AsyncDisposable {
  readonly ns: Namespace;
  readonly #gate = new Gate('9P2000.L');
  readonly #servers: ReadonlyMap<string, Server>;

  /** @param trees - by the address that is dialled */
  constructor(trees: Readonly<Record<string, File>>) {
    const servers = Object.entries(trees).map(
      ([url, tree]) => [url, new Server(tree, { owner: OWNER })] as const,
    );
    this.#servers = new Map(servers);
    this.ns = newNamespace({ user: OWNER, dial: (url) => this.#dial(url) });
  }

  cost(work: () => unknown): Promise<Cost> {
    return this.#gate.measure(work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ns.close();
    for (const server of this.#servers.values()) await server.close();
  }

  #dial(url: string): Promise<File> {
    const [theirs, ours] = pipe();
    this.#servers.get(url)!.accept(theirs);
    return attach(this.#gate.put(ours), { user: OWNER, dialects: ['9P2000.L'] });
  }
}
