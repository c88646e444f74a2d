/** Reads the device in a thread that waits in read(2): where Node's pipes are not as they are known. */
import { closeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { UNMOUNTED, type Reader, type Sink } from './reader.ts';
import { STATE, type FromThread, type Taken, type ToThread, type WorkerData } from './thread-messages.ts';

const PROGRAM = new URL('./thread-program.js', import.meta.url);

/** How many slots the thread keeps while they are not used. */
const KEPT = 16;

/** Milliseconds that it has to come to its end as the process does. */
const FAREWELL = 100;

export class ThreadReader implements Reader {
  readonly kind = 'thread';
  readonly #fd: number;
  readonly #sink: Sink;
  readonly #state = new Int32Array(new SharedArrayBuffer(4));
  readonly #slots = new Map<number, Uint8Array>();
  readonly #worker: Worker;
  readonly #atExit = (): void => this.#leave();
  #free = 0;
  #stopped = false;
  #exited = false;

  constructor(fd: number, sink: Sink) {
    this.#fd = fd;
    this.#sink = sink;
    const workerData: WorkerData = { fd, state: this.#state.buffer };
    // The flags of this program are no business of that one, and some (--input-type) would keep it from starting.
    this.#worker = new Worker(PROGRAM, { workerData, execArgv: [], trackUnmanagedFds: false });
    this.#worker.on('message', (message: FromThread) => this.#received(message));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#ended());
    process.on('exit', this.#atExit);
  }

  stop(): void {
    this.#stopped = true;
    this.#halt();
    // It waits for the kernel, for as long as nobody uses the mount: nobody waits for it.
    this.#worker.unref();
  }

  close(): void {
    this.stop();
    if (this.#exited) closeSync(this.#fd);
    else this.#worker.once('exit', () => closeSync(this.#fd));
  }

  #received(message: FromThread): void {
    if ('code' in message) {
      const { code, text } = message;
      this.#end(UNMOUNTED.has(code) ? undefined : Object.assign(new Error(text), { code }));
    } else if (!this.#stopped) this.#deliver(message);
  }

  #deliver({ slot, length, memory }: Taken): void {
    if (memory) this.#slots.set(slot, new Uint8Array(memory));
    else this.#free -= 1;
    const settled = this.#sink.message(this.#slots.get(slot)!.subarray(0, length));
    if (!settled) return this.#release(slot);
    const release = (): void => this.#release(slot);
    settled.then(release, release);
  }

  #release(slot: number): void {
    const keep = this.#free < KEPT;
    if (keep) this.#free += 1;
    else this.#slots.delete(slot);
    this.#worker.postMessage({ slot, keep } satisfies ToThread, []);
  }

  #end(error?: Error): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#sink.ended(error);
  }

  #ended(): void {
    this.#exited = true;
    process.off('exit', this.#atExit);
    this.#end(new Error('the thread that reads the device has ended'));
  }

  /** Has the thread read no more; whether it was about to, and may wait now. */
  #halt(): boolean {
    const began = Atomics.compareExchange(this.#state, 0, STATE.STARTING, STATE.STOPPED) !== STATE.STARTING;
    return began && Atomics.compareExchange(this.#state, 0, STATE.READING, STATE.STOPPED) !== STATE.ENDED;
  }

  /**
   * The process ends, for which Node waits for its threads; but this one waits for the kernel, and nothing of Node's ends
   * that. Without an end by force there would be none.
   */
  #leave(): void {
    if (!this.#halt()) return;
    Atomics.wait(this.#state, 0, STATE.STOPPED, FAREWELL);
    if (Atomics.load(this.#state, 0) !== STATE.ENDED) process.kill(process.pid, 'SIGKILL');
  }
}
