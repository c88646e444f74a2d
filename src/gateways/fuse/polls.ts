/** poll(2): who is to be told that a read would not wait any more. */
import type { FuseDevice } from './device/index.ts';
import { pollWakeup } from './wire/notify.ts';

export class Polls {
  readonly #device: FuseDevice;
  /** The kernel's numbers, by the open that is watched. */
  readonly #waiting = new Map<number, Set<bigint>>();

  constructor(device: FuseDevice) {
    this.#device = device;
  }

  /** Whoever waits with that number is told when something changes about the open. */
  wait(open: number, poll: bigint): void {
    const waiting = this.#waiting.get(open) ?? new Set();
    this.#waiting.set(open, waiting.add(poll));
  }

  changed(open: number): void {
    const waiting = this.#waiting.get(open);
    if (!waiting) return;
    this.#waiting.delete(open);
    for (const poll of waiting) void this.#device.notify(pollWakeup(poll));
  }

  end(open: number): void {
    this.#waiting.delete(open);
  }
}
