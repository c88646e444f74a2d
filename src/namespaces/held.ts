/** A tree that is in use: given up when nobody that was found through it is left, however long ago it was unmounted. */
import { after, rescue, type Awaitable } from '../file/index.ts';
import type { Mount } from './mount.ts';

export class Held {
  /** The mount that brought the tree: it says how long to wait for it. */
  readonly mount: Mount | undefined;
  readonly #giveUp: () => void;
  #holders = 1;

  constructor(mount: Mount | undefined, giveUp: () => void) {
    this.mount = mount;
    this.#giveUp = giveUp;
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders === 0) this.#giveUp();
  }
}

/** Does `work`, and `end` after it, whether it succeeds or fails. */
export function lastly<T>(work: () => Awaitable<T>, end: () => void): Awaitable<T> {
  const done = rescue(work, (error) => {
    end();
    throw error;
  });
  return after(done, (value) => {
    end();
    return value;
  });
}
