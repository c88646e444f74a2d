/** The thread that reads the device for a {@link ThreadReader}, and does nothing else. */
import { readSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { AGAIN, codeOf, MESSAGE_SIZE } from './reader.ts';
import { STATE, type FromThread, type ToThread, type WorkerData } from './thread-messages.ts';

/** Milliseconds until a descriptor that does not block is tried again. */
const PAUSE = 1;

interface Slot {
  readonly number: number;
  readonly bytes: Uint8Array;
  /** Until the other thread has it, too. */
  fresh: SharedArrayBuffer | undefined;
}

class Slots {
  readonly #port: MessagePort;
  readonly #all = new Map<number, Slot>();
  readonly #free: Slot[] = [];
  #made = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  take(): Slot {
    if (this.#free.length === 0) this.#collect();
    return this.#free.pop() ?? this.#make();
  }

  #collect(): void {
    for (let got = receiveMessageOnPort(this.#port); got; got = receiveMessageOnPort(this.#port)) {
      const { slot, keep } = got.message as ToThread;
      if (keep) this.#free.push(this.#all.get(slot)!);
      else this.#all.delete(slot);
    }
  }

  #make(): Slot {
    const memory = new SharedArrayBuffer(MESSAGE_SIZE);
    const slot = { number: this.#made++, bytes: new Uint8Array(memory), fresh: memory };
    this.#all.set(slot.number, slot);
    return slot;
  }
}

function serve(port: MessagePort, { fd, state: memory }: WorkerData): void {
  const state = new Int32Array(memory);
  const slots = new Slots(port);
  const tell = (message: FromThread): void => port.postMessage(message);
  Atomics.compareExchange(state, 0, STATE.STARTING, STATE.READING);
  try {
    while (Atomics.load(state, 0) === STATE.READING) {
      const slot = slots.take();
      const length = read(fd, slot.bytes, state);
      if (length > 0) tell({ slot: slot.number, length, memory: slot.fresh });
      slot.fresh = undefined;
    }
  } catch (error) {
    tell({ code: String(codeOf(error)), text: String(error) });
  }
  Atomics.store(state, 0, STATE.ENDED);
  Atomics.notify(state, 0);
}

/** The length of a message; 0: try again, if that is still wanted. */
function read(fd: number, into: Uint8Array, state: Int32Array): number {
  try {
    return readSync(fd, into, 0, into.length, null);
  } catch (error) {
    if (!AGAIN.has(codeOf(error))) throw error;
    if (codeOf(error) === 'EAGAIN') Atomics.wait(state, 0, STATE.READING, PAUSE);
    return 0;
  }
}

serve(parentPort!, workerData as WorkerData);
