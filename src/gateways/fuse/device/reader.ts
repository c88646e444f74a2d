/** What takes the kernel's messages from the device. */

/**
 * Is called for each message, in order. The bytes are good until it returns or, if it returns a promise, until that
 * settles: meanwhile other memory is read into. It throws nothing, and its promise rejects never.
 */
export type Handler = (message: Uint8Array) => void | Promise<void>;

/** What a reader tells: a message, or that there will be none any more, with the error unless it was unmounted. */
export interface Sink {
  readonly message: Handler;
  readonly ended: (error?: Error) => void;
}

export interface Reader {
  readonly kind: 'poll' | 'thread';
  /** Something was answered just now. */
  replied?(): void;
  /** Nothing more is delivered. */
  stop(): void;
  /** The descriptor is closed, as soon as nobody uses it. */
  close(): void;
}

/**
 * Room for the largest message: a write of 1 MiB with its headers. The kernel does not send anything to less
 * (FUSE_MIN_READ_BUFFER, and max_write of INIT).
 */
export const MESSAGE_SIZE = 1024 * 1024 + 4096;

/** A read that failed with one of these is to be made again: a request was taken back while it was being copied. */
export const AGAIN: ReadonlySet<unknown> = new Set(['ENOENT', 'EINTR', 'EAGAIN']);

/** The file system was unmounted, or its connection aborted. */
export const UNMOUNTED: ReadonlySet<unknown> = new Set(['ENODEV', 'ECONNABORTED']);

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
