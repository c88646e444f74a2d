/** The bytes of a request after its header. Offsets count from there, as in the structs of the kernel's header file. */
import type { Time } from '../../../file/index.ts';
import { decodeName } from '../../../host/name.ts';
import { ERRNO, IN_HEADER } from './constants.ts';

const TWO_32 = 2 ** 32;

/** What stops the reading of a request: it is answered with `errno`. */
export class Unreadable extends Error {
  readonly errno: number;

  constructor(errno: number, text: string) {
    super(text);
    this.errno = errno;
  }
}

export class Body {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(message: Uint8Array, view: DataView) {
    this.#bytes = message;
    this.#view = view;
  }

  get length(): number {
    return this.#bytes.length - IN_HEADER;
  }

  /** There have to be `size` bytes at least. Numbers are read only of what was asked for so. */
  require(size: number): void {
    if (size > this.length) throw new Unreadable(ERRNO.EINVAL, `${this.length} bytes, not ${size}`);
  }

  u32(at: number): number {
    return this.#view.getUint32(IN_HEADER + at, true);
  }

  /** A number of ours that comes back, or one of the kernel's that begins low: node, open, unique. */
  number(at: number): number {
    return this.u32(at) + this.u32(at + 4) * TWO_32;
  }

  /** A place in a file, or a length; `errno` is the answer to one beyond 2^53 - 1. */
  offset(at: number, errno: number = ERRNO.EOVERFLOW): number {
    const offset = this.number(at);
    if (offset > Number.MAX_SAFE_INTEGER) throw new Unreadable(errno, 'beyond 2^53 - 1');
    return offset;
  }

  /** All 64 bits. */
  u64(at: number): bigint {
    return this.#view.getBigUint64(IN_HEADER + at, true);
  }

  /** Seconds, which may be negative, and the nanoseconds that stand apart from them. */
  time(secondsAt: number, nanosecondsAt: number): Time {
    const high = this.#view.getInt32(IN_HEADER + secondsAt + 4, true);
    return { sec: this.u32(secondsAt) + high * TWO_32, nsec: this.u32(nanosecondsAt) };
  }

  /** A name, and the NUL that ends it. */
  name(from: number): string {
    return this.text(from, this.nul(from));
  }

  /** Where the NUL is that ends what begins there. */
  nul(from: number): number {
    const at = this.#bytes.indexOf(0, IN_HEADER + from);
    if (at < 0) throw new Unreadable(ERRNO.EINVAL, 'a name without an end');
    return at - IN_HEADER;
  }

  text(from: number, to: number): string {
    return decodeName(this.#bytes, IN_HEADER + from, IN_HEADER + to);
  }

  /** A view of `size` bytes. */
  data(from: number, size: number): Uint8Array {
    this.require(from + size);
    return this.#bytes.subarray(IN_HEADER + from, IN_HEADER + from + size);
  }
}
