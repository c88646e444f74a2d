/** What the calls take besides paths and data. */

/** Seconds since 1970, also as a string, or a Date. */
export type TimeLike = number | string | Date;
/** Permission bits: a number, or a string of octal digits. */
export type ModeLike = number | string;

export interface EncodingOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null;
}

export interface ReadFileOptions {
  readonly encoding?: BufferEncoding | null;
  readonly flag?: string | number;
  readonly signal?: AbortSignal;
}

export interface WriteFileOptions extends ReadFileOptions {
  /** Of a new file; default 0666, less 022. */
  readonly mode?: ModeLike;
}

export interface StatOptions {
  readonly bigint?: boolean;
}

export interface MkdirOptions {
  /** Those above it are made, too, and that it is there is no error. */
  readonly recursive?: boolean;
  /** Default 0777, less 022. */
  readonly mode?: ModeLike;
}

export interface ReaddirOptions extends EncodingOptions {
  readonly withFileTypes?: boolean;
  readonly recursive?: boolean;
}

export interface OpendirOptions extends EncodingOptions {
  readonly recursive?: boolean;
  /** Of no consequence: entries come as the tree sends them. */
  readonly bufferSize?: number;
}

export interface RmOptions {
  /** That nothing is there is no error. */
  readonly force?: boolean;
  readonly recursive?: boolean;
  /** How often, and after how many milliseconds, a removal that was refused as EBUSY and the like is tried again. */
  readonly maxRetries?: number;
  readonly retryDelay?: number;
}

export interface CpOptions {
  /** What links lead to is copied, instead of the links. */
  readonly dereference?: boolean;
  readonly errorOnExist?: boolean;
  /** Copies those of which it is true, and what is below them. */
  readonly filter?: (source: string, destination: string) => boolean | Promise<boolean>;
  /** Replaces what is there; default true. */
  readonly force?: boolean;
  /** As of `copyFile`. */
  readonly mode?: number;
  readonly preserveTimestamps?: boolean;
  readonly recursive?: boolean;
  /** Links are copied as they are, instead of being made absolute. */
  readonly verbatimSymlinks?: boolean;
}
