/**
 * What a transport gives to a protocol: a duplex byte stream, and what is known of whoever is at its other end.
 *
 * Types only: this file may be imported anywhere (a browser included).
 */

/** What the transport itself knows of the other side. Nothing in it was merely claimed by the peer. */
export interface Peer {
  /** The address as a URL, for messages: `tcp://127.0.0.1:40112`, `unix:///run/x.sock`, `pipe:`. */
  readonly address: string;
  /** How the transport knows who is there. `loopback` and `stdio`: nothing is known beyond "on this machine". */
  readonly identity: 'none' | 'loopback' | 'stdio' | 'credentials' | 'key';
  /** The user: the owner of the connecting process (`credentials`) or of the pinned key (`key`). */
  readonly user?: string;
  /** Numeric ids, with `credentials`. */
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * The consumer of a stream's bytes. The consumer owns the memory, so that a large payload is received where it stays:
 * the stream asks for {@link space}, fills some of it, and says how much in {@link received}.
 */
export interface Receiver {
  /** Where the next bytes go; at least one byte long. Valid until `received` or the next call of `space`. */
  space(): Uint8Array;
  /** `count` bytes stand at the start of what `space` gave last. */
  received(count: number): void;
  /** Nothing more will come. Called exactly once; with an error unless the other side ended in good order. */
  ended(error?: Error): void;
}

/** A duplex stream of bytes: the transport's half of a connection. */
export interface Stream extends AsyncDisposable {
  readonly peer: Peer;
  /** Bytes given to {@link write} that have not left yet. */
  readonly queued: number;
  /** Begins to deliver. Called once; nothing is delivered before, and nothing is lost. */
  start(receiver: Receiver): void;
  /** Stops and restarts delivery (back-pressure). What was already read may still arrive after `pause`. */
  pause(): void;
  resume(): void;
  /**
   * Sends the segments, in order, as one write where the platform can. The bytes stay the stream's until it calls
   * `sent`, which may happen before `write` returns. `sent` is called exactly once, also when the stream has failed.
   */
  write(segments: readonly Uint8Array[], sent: () => void): void;
  /** Sends what is queued, then ends. Resolves when the stream is gone; never rejects. */
  close(): Promise<void>;
  /** Ends at once; the receiver's `ended` gets the reason. */
  abort(reason: Error): void;
}

/** Something that accepts streams at an address. */
export interface Listener extends AsyncDisposable {
  /** The real address: with the port that the system chose where 0 was asked for. */
  readonly address: string;
  /** Stops accepting. Streams that were accepted live on. */
  close(): Promise<void>;
}

/** Takes a newly accepted stream. */
export type Accept = (stream: Stream) => void;
