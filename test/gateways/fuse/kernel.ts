/**
 * A kernel for tests, in memory: asks what Linux asks, as bytes, and knows what it may expect. Each request is answered
 * once; what was told of nodes and opens is counted, to be given back.
 */
import { constants } from 'node:os';
import type { File } from '../../../src/file/index.ts';
import type { FuseDevice, Handler } from '../../../src/gateways/fuse/device/index.ts';
import type { FuseOptions } from '../../../src/gateways/fuse/options.ts';
import { FuseServer } from '../../../src/gateways/fuse/server.ts';
import { Packet, Reader, dirEntries, type EntryReply } from './packet.ts';

export const ROOT = 1;

/** struct fuse_in_header and struct fuse_out_header. */
const IN = 40;
const OUT = 16;

/** Of two that have the same number, the one that files fail with. */
const SYMBOLS = new Map([
  ...Object.entries(constants.errno).map(([symbol, number]) => [number, symbol] as const),
  [constants.errno.EAGAIN, 'EAGAIN'],
  [constants.errno.EOPNOTSUPP, 'EOPNOTSUPP'],
]);

/** What a request was answered that failed: `code` is the symbol. */
export class Errno extends Error {
  readonly code: string;

  constructor(errno: number) {
    const code = SYMBOLS.get(errno) ?? `${errno}`;
    super(code);
    this.code = code;
  }
}

/** An answer that is to come, and the number to interrupt it by. */
export type Asked<T> = Promise<T> & { readonly unique: number };

export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
}

export interface Notification {
  readonly kind: number;
  readonly body: Reader;
}

interface Waiting {
  readonly opcode: number;
  readonly resolve: (reply: Reader) => void;
  readonly reject: (error: unknown) => void;
}

export const CALLER: Caller = { uid: 1000, gid: 1000, pid: 4242 };

export const NOTIFY = { POLL: 1, INVAL_INODE: 2, INVAL_ENTRY: 3 } as const;

export abstract class KernelBase implements AsyncDisposable {
  readonly server: FuseServer;
  /** What the server said that it must not: answers that nobody waits for, or of the wrong length. */
  readonly faults: string[] = [];
  readonly logged: string[] = [];
  readonly notifications: Notification[] = [];
  /** How often each node is to be forgotten. */
  readonly lookups = new Map<number, number>();
  readonly opens = new Set<number>();
  /** Answers to requests, so far. */
  answers = 0;
  caller = CALLER;
  /** What `send` throws, once. */
  sendFails: Error | undefined;
  /** Until it resolves no notification is taken. */
  notifying: Promise<void> = Promise.resolve();
  #handler: Handler | undefined;
  #end!: (error?: Error) => void;
  readonly #closed = new Promise<Error | undefined>((resolve) => (this.#end = resolve));
  #unique = 0;
  #open = true;
  readonly #waiting = new Map<number, Waiting>();

  constructor(root: File, options: Partial<FuseOptions> = {}) {
    const user = { name: 'glenda', uid: CALLER.uid, gid: CALLER.gid, serves: true };
    const log = (line: string): void => void this.logged.push(line);
    this.server = new FuseServer(root, (handler) => this.#device(handler), { user, log, ...options });
  }

  /** Requests that are not answered yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Asks something. The bytes are gone as soon as the handler has no right to them any more. */
  ask<T>(opcode: number, node: number, body: Packet, read: (reply: Reader) => T): Asked<T> {
    const unique = (this.#unique += 2);
    const reply = new Promise<Reader>((resolve, reject) =>
      this.#waiting.set(unique, { opcode, resolve, reject }),
    );
    this.#deliver(opcode, unique, node, body);
    return Object.assign(reply.then(read), { unique });
  }

  /** What is not answered. */
  tell(opcode: number, node: number, body: Packet): void {
    this.#deliver(opcode, (this.#unique += 2), node, body);
  }

  /** Somebody sent a signal to whoever waits for that request. */
  interrupt(unique: number): void {
    if (this.#waiting.has(unique)) this.#deliver(36, unique + 1, 0, new Packet().u64(unique));
  }

  forget(node: number, count: number): void {
    this.lookups.delete(node);
    this.tell(2, node, new Packet().u64(count));
  }

  /** Gives back all that was looked up: BATCH_FORGET. */
  forgetAll(): void {
    const all = [...this.lookups];
    this.lookups.clear();
    this.tell(42, 0, new Packet().u32(all.length, 0).u64(...all.flat()));
  }

  /** It is unmounted. */
  unmount(error?: Error): void {
    this.#open = false;
    this.#end(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.unmount();
    await this.server.closed();
    if (this.faults.length > 0) throw new Error(this.faults.join('; '));
  }

  protected found(entry: EntryReply): EntryReply {
    if (entry.node !== 0) this.lookups.set(entry.node, (this.lookups.get(entry.node) ?? 0) + 1);
    return entry;
  }

  protected opened<T extends { readonly open: number }>(reply: T): T {
    if (this.opens.has(reply.open)) this.faults.push(`open ${reply.open} given twice`);
    this.opens.add(reply.open);
    return reply;
  }

  protected entries(reply: Reader, plus: boolean) {
    const entries = dirEntries(reply, plus);
    for (const { entry } of entries) if (entry) this.found(entry);
    return entries;
  }

  #deliver(opcode: number, unique: number, node: number, body: Packet): void {
    const { uid, gid, pid } = this.caller;
    const { bytes } = body;
    const header = new Packet()
      .u32(IN + bytes.length, opcode)
      .u64(unique, node)
      .u32(uid, gid, pid, 0);
    const message = new Uint8Array(header.data(bytes).bytes);
    const settled = this.#handler!(message);
    const scribble = (): void => void message.fill(0xaa);
    if (settled) settled.then(scribble, (error) => void this.faults.push(`the handler rejected: ${error}`));
    else scribble();
  }

  #device(handler: Handler): FuseDevice {
    this.#handler = handler;
    return {
      reader: 'poll',
      send: (message) => this.#take(message),
      sendParts: (header, data) => this.#take(Buffer.concat([header, data])),
      notify: (message) => this.#note(message),
      closed: () => this.#closed,
      close: () => this.unmount(),
    };
  }

  #take(message: Uint8Array): void {
    if (!this.#open) return;
    if (this.sendFails) {
      const error = this.sendFails;
      this.sendFails = undefined;
      throw error;
    }
    const r = new Reader(message);
    const [length, error, unique] = [r.u32(), r.i32(), r.u64()];
    const waiting = this.#waiting.get(unique);
    this.#waiting.delete(unique);
    this.answers++;
    if (!waiting) return void this.faults.push(`an answer to ${unique}, which nobody asked`);
    if (length !== message.length) this.faults.push(`${message.length} bytes that say ${length}`);
    if (error === 0) return waiting.resolve(new Reader(message.subarray(OUT)));
    if (message.length > OUT) this.faults.push(`an error to ${waiting.opcode} that says more`);
    waiting.reject(new Errno(-error));
  }

  #note(message: Uint8Array): Promise<void> {
    const body = new Reader(message);
    const [length, kind, unique] = [body.u32(), body.i32(), body.u64()];
    if (length !== message.length || unique !== 0) this.faults.push('a notification that is none');
    this.notifications.push({ kind, body });
    return this.notifying;
  }
}

/** With which symbol it fails. */
export async function failure(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return 'none';
  } catch (error) {
    return error instanceof Errno ? error.code : String(error);
  }
}

/** Lets everything be done that can be done without waiting. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until it is so. */
export async function until(condition: () => boolean, what = 'it'): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`${what} did not come to be`);
}
