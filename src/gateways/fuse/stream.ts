/** A file whose reads wait for data and take it: its place in the stream, and what was read before anybody asked for it. */
import { FileError, type Chan, type Request, type User } from '../../file/index.ts';

/** Bytes that are read ahead, for poll(2) to be true. */
const AHEAD = 65_536;

const NOTHING = new Uint8Array(0);

/**
 * The kernel sends no offsets for a stream, so they are counted here. One read of the tree is under way at most. It is
 * nobody's in particular: a reader who is interrupted leaves it to the next, and poll(2) begins one for whoever comes. To
 * take it back would lose what is on its way by then. So nothing is lost but with the open itself.
 */
export class Stream {
  readonly #chan: Chan;
  /** Of whoever opened it; aborted when the open ends. */
  readonly #r: Request;
  readonly #stop = new AbortController();
  /** Told when poll(2) would say something else. */
  readonly #changed: () => void;
  #kept: Uint8Array = NOTHING;
  #read = 0;
  #written = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #coming: Promise<void> | undefined;
  /** Readers take their turns in the order in which they came. */
  #turn: Promise<void> = Promise.resolve();

  constructor(chan: Chan, user: User, changed: () => void) {
    this.#chan = chan;
    this.#r = { user, aname: '', signal: this.#stop.signal };
    this.#changed = changed;
  }

  /** A read would not wait. Begins to read ahead if that is not known. */
  get readable(): boolean {
    if (this.#isReady) return true;
    void this.#come(AHEAD);
    return false;
  }

  /** At most `count` bytes; none at the end. Waits for some. @throws FileError EINTR when the signal is aborted. */
  async read(count: number, { signal }: Request): Promise<Uint8Array> {
    const before = this.#turn;
    let done!: () => void;
    const mine = new Promise<void>((resolve) => (done = resolve));
    this.#turn = before.then(() => mine);
    try {
      await interruptible(before, signal);
      while (!this.#isReady) await interruptible(this.#come(count), signal);
      // From here to the reply nothing waits: what is taken is sent.
      return this.#take(count);
    } finally {
      done();
    }
  }

  async write(data: Uint8Array, r: Request): Promise<number> {
    const at = this.#written;
    this.#written += data.length;
    return this.#chan.write(at, data, r);
  }

  /** The open ends. */
  end(): void {
    this.#stop.abort();
  }

  get #isReady(): boolean {
    return this.#kept.length > 0 || this.#ended || this.#failure !== undefined;
  }

  /** Reads from the tree, or goes on with it. Rejects never. */
  #come(count: number): Promise<void> {
    return (this.#coming ??= this.#fetch(count).finally(() => {
      this.#coming = undefined;
      if (!this.#stop.signal.aborted) this.#changed();
    }));
  }

  async #fetch(count: number): Promise<void> {
    try {
      this.#kept = await this.#chan.take(this.#read, count, this.#r);
      this.#read += this.#kept.length;
      this.#ended = this.#kept.length === 0;
    } catch (error) {
      this.#failure = { error };
    }
  }

  #take(count: number): Uint8Array {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
    // A file may grow after its end was seen: the next one asks again.
    this.#ended = false;
    const taken = this.#kept.subarray(0, count);
    this.#kept = this.#kept.subarray(taken.length);
    return taken;
  }
}

/** The promise's outcome, or EINTR as soon as the signal is aborted. */
function interruptible<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const interrupt = (): void => reject(new FileError('EINTR'));
    if (signal.aborted) return interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', interrupt));
  });
}
