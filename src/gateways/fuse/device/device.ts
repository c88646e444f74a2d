/** The device that the kernel asks through: /dev/fuse, once it is mounted. */
import { write, writeSync, writevSync } from 'node:fs';
import { NOTIFY } from '../wire/constants.ts';
import { hasPipe } from './pipe.ts';
import { PollReader } from './poll.ts';
import { codeOf, type Handler, type Reader, type Sink } from './reader.ts';
import { ThreadReader } from './thread.ts';

export type { Handler } from './reader.ts';

export interface DeviceOptions {
  /**
   * `poll`: through the event loop, which needs a part of Node that has no public name; `thread`: by a thread that waits
   * in read(2), at the price of a thread switch for each message. By default the first where it is to be had.
   */
  readonly reader?: 'poll' | 'thread';
}

export interface FuseDevice {
  readonly reader: 'poll' | 'thread';
  /**
   * Sends a reply, at once. One that the kernel no longer waits for is no error, nor is a file system that is no longer
   * mounted; what is thrown says that the kernel could make nothing of the message (EINVAL).
   */
  send(message: Uint8Array): void;
  /** The same of a header, and the data that it announces, which are not copied. */
  sendParts(header: Uint8Array, data: Uint8Array): void;
  /**
   * Tells the kernel something, in order, and not in this thread: an invalidation waits for whoever uses the file, which
   * may be for a reply of ours. Who waits in poll(2) is woken at once. Resolves when the kernel has taken it, or refused
   * it, as it does of what it does not know.
   */
  notify(message: Uint8Array): Promise<void>;
  /** Resolves when the file system was unmounted or the device closed; with the error, if it was one. */
  closed(): Promise<Error | undefined>;
  /**
   * Gives the descriptor up, which ends the connection: unless it was unmounted before, the mount is dead, at once or, of
   * a `thread`, when somebody uses it. Answer before this, and before the process ends, what is still asked: a
   * notification that waits for a reply waits on, and Node for it.
   */
  close(): void;
}

/** What says that nobody waits for a reply any more, or nobody is there who could. */
const NOBODY: ReadonlySet<unknown> = new Set(['ENOENT', 'ENODEV', 'ECONNABORTED', 'EPERM']);

/**
 * Serves a mounted descriptor of /dev/fuse, and takes it over. Without `reader` it is read through the event loop, or by
 * a thread where that is not possible; to have the thread is to have the descriptor not made non-blocking.
 */
export function openDevice(fd: number, handler: Handler, options: DeviceOptions = {}): FuseDevice {
  return new Device(fd, handler, options.reader ?? (hasPipe() ? 'poll' : 'thread'));
}

class Device implements FuseDevice {
  readonly #fd: number;
  readonly #reader: Reader;
  readonly #closed: Promise<Error | undefined>;
  #resolve: (error?: Error) => void = () => {};
  #open = true;
  /** Notifications that have not been taken: the last of them, and how many. */
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(fd: number, handler: Handler, reader: 'poll' | 'thread') {
    this.#fd = fd;
    this.#closed = new Promise((resolve) => (this.#resolve = resolve));
    this.#reader = this.#readerFor({ message: handler, ended: (error) => this.#end(error) }, reader);
  }

  get reader(): 'poll' | 'thread' {
    return this.#reader.kind;
  }

  send(message: Uint8Array): void {
    if (!this.#open) return;
    try {
      writeSync(this.#fd, message);
      this.#reader.replied?.();
    } catch (error) {
      if (!NOBODY.has(codeOf(error))) throw error;
    }
  }

  sendParts(header: Uint8Array, data: Uint8Array): void {
    if (!this.#open) return;
    try {
      writevSync(this.#fd, [header, data]);
      this.#reader.replied?.();
    } catch (error) {
      if (!NOBODY.has(codeOf(error))) throw error;
    }
  }

  notify(message: Uint8Array): Promise<void> {
    if (kindOf(message) !== NOTIFY.POLL) return (this.#last = this.#notifyAfter(this.#last, message));
    this.#wakeUp(message);
    return Promise.resolve();
  }

  closed(): Promise<Error | undefined> {
    return this.#closed;
  }

  close(): void {
    this.#end();
  }

  #readerFor(sink: Sink, wanted: 'poll' | 'thread'): Reader {
    if (wanted === 'poll') return new PollReader(this.#fd, sink);
    return new ThreadReader(this.#fd, sink);
  }

  async #notifyAfter(last: Promise<void>, message: Uint8Array): Promise<void> {
    this.#waiting += 1;
    await last;
    if (this.#open) await new Promise<void>((resolve) => write(this.#fd, message, () => resolve()));
    this.#waiting -= 1;
  }

  /** Nothing in the kernel waits for this. */
  #wakeUp(message: Uint8Array): void {
    if (!this.#open) return;
    try {
      writeSync(this.#fd, message);
    } catch {
      // Nobody polls any more.
    }
  }

  /** The descriptor's number is not to be another file's while somebody may still write to it. */
  #end(error?: Error): void {
    if (!this.#open) return;
    this.#open = false;
    this.#reader.stop();
    if (this.#waiting === 0) this.#reader.close();
    else void this.#last.then(() => this.#reader.close());
    this.#resolve(error);
  }
}

/** The kind of a notification. */
function kindOf(message: Uint8Array): number {
  return new DataView(message.buffer, message.byteOffset).getInt32(4, true);
}
