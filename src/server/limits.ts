/** What one connection may take of the server. Every number bounds something that a peer could otherwise let grow. */
export interface Limits {
  /** The largest message, in bytes; offered to clients. 256 to 1 MiB. */
  readonly msize: number;
  /** The largest message before the version is agreed. */
  readonly firstFrame: number;
  readonly fids: number;
  /** Requests being worked on at a time; further ones stay where they are. */
  readonly running: number;
  /** Requests that wait for news (a read of a stream); one more is an error. */
  readonly waiting: number;
  /** Bytes of replies that the peer has not taken: nothing more is read from it then. */
  readonly queued: number;
  /** Bytes of writes that are being worked on or wait; as many of reads, and of attributes that fids stand for. */
  readonly held: number;
  /** Milliseconds that a new connection has for its first Tversion. */
  readonly handshake: number;
}

export const DEFAULT_LIMITS: Limits = {
  msize: 1 << 20,
  firstFrame: 8192,
  fids: 262_144,
  running: 256,
  waiting: 32_768,
  queued: 8 << 20,
  held: 64 << 20,
  handshake: 15_000,
};

/** Below this a directory entry or an error text may not fit. */
export const LEAST_MSIZE = 256;
