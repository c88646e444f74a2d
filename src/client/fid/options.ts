/** What the calls of a Fid take, and what they give. */
import type { Attr, Entry, Qid, User } from '../../file/index.ts';
import type { FidError } from './error.ts';
import type { Mode } from './mode.ts';
import type { Limits } from './patience.ts';

export interface FidOptions {
  /** As whom local files are used; a server behind a connection knows whom it let in. Default: the user who serves. */
  readonly user?: User;
  /** The tree that was asked for, for files that care; default ''. */
  readonly aname?: string;
  /** Ends every call of this Fid, and of those that are walked from it. */
  readonly signal?: AbortSignal;
}

export interface CreateOptions extends Limits {
  /** How the new file is opened; default 'w'. */
  readonly mode?: Mode;
  /** Permission bits; default 0644. The server may grant fewer. */
  readonly perm?: number;
}

export interface MakeDirOptions extends Limits {
  /** Permission bits; default 0755. The server may grant fewer. */
  readonly perm?: number;
}

export interface ReadOptions extends Limits {
  /** Default: where the last read or write ended. */
  readonly offset?: number;
  /** Bytes at the most; default 256 KiB. */
  readonly length?: number;
}

export interface WriteOptions extends Limits {
  /** Default: where the last read or write ended. */
  readonly offset?: number;
}

export interface StreamOptions extends Limits {
  readonly path?: string;
  /** The first byte; default: where the last read or write ended. */
  readonly from?: number;
  /** Reads that are under way at a time, if the file is one that can bear that; default 8. */
  readonly readAhead?: number;
}

export interface ListOptions extends Limits {
  readonly path?: string;
  /** Each entry comes with its attributes, or with why they cannot be had. */
  readonly stat?: boolean;
}

export interface WriteFileOptions extends Limits {
  /** To the end of what is there, instead of in its place. */
  readonly append?: boolean;
  /** Permission bits of a new file; default 0644. */
  readonly perm?: number;
}

export interface RenameOptions extends Limits {
  /** Whether what has the new name is replaced (the default), or an error (EEXIST). */
  readonly replace?: boolean;
}

export interface CopyOptions extends Limits {
  /** Told of the bytes that were written so far. */
  readonly progress?: (bytes: number) => void;
}

/** What is known of a file, with its name and its identity. */
export interface FileStat extends Attr {
  readonly name: string;
  readonly qid: Qid;
}

/** A name in a directory; its attributes on demand. */
export interface FidEntry extends Entry {
  /** Why its attributes, which were asked for, cannot be had: what is mounted there is dead, perhaps. */
  readonly failure?: FidError;
  stat(limits?: Limits): Promise<FileStat>;
}
