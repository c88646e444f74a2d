/** What is known of a file: the superset of a 9P2000 stat, its 9P2000.u additions and a 9P2000.L getattr. */

/** A moment: seconds since 1970 (negative before), and nanoseconds in [0, 10^9). */
export interface Time {
  readonly sec: number;
  readonly nsec: number;
}

export type FileType = 'file' | 'dir' | 'symlink' | 'fifo' | 'socket' | 'char' | 'block';

/**
 * How the content behaves, for whoever caches. `plain`: bytes that stay until somebody writes, with a size that is
 * true. `synthetic`: made when it is opened; the size says nothing. `stream`: reads wait, and consume.
 */
export type Nature = 'plain' | 'synthetic' | 'stream';

export interface Attr {
  readonly type: FileType;
  readonly nature: Nature;
  /** Permission bits, setuid, setgid and sticky: 12 bits. */
  readonly mode: number;
  /** Writes go to the end, wherever they are sent (DMAPPEND). */
  readonly append?: boolean;
  /** One open at a time (DMEXCL). */
  readonly exclusive?: boolean;
  /** Not worth a backup (DMTMP). */
  readonly temporary?: boolean;
  /** Bytes; 0 for directories and devices in 9P2000 (stat(5)). */
  readonly size: number;
  /** Names of the owner, the group, and who modified it last; absent: the user who serves. */
  readonly owner?: string;
  readonly group?: string;
  readonly modifier?: string;
  /** Numeric ids; absent: as the names say. */
  readonly uid?: number;
  readonly gid?: number;
  readonly nlink?: number;
  /** Of a device. */
  readonly major?: number;
  readonly minor?: number;
  /** The preferred size of a transfer, and what the file takes up in units of 512 bytes. */
  readonly blksize?: number;
  readonly blocks?: number;
  readonly atime: Time;
  readonly mtime: Time;
  readonly ctime?: Time;
  readonly btime?: Time;
}

/** What can be changed of a file: what is absent stays. All of it happens, or nothing. */
export interface Change {
  readonly mode?: number;
  readonly append?: boolean;
  readonly exclusive?: boolean;
  readonly temporary?: boolean;
  readonly size?: number;
  readonly owner?: string;
  readonly group?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** `now` is the server's clock. */
  readonly atime?: Time | 'now';
  readonly mtime?: Time | 'now';
  /** Linux: ctime alone is to be updated. */
  readonly touch?: boolean;
}

/** A file system's figures (statfs(2)); counts of blocks are in units of `bsize` bytes. */
export interface StatFs {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
  readonly fsid: bigint;
  readonly namelen: number;
}

export function now(): Time {
  return timeOf(Date.now());
}

/** A moment from milliseconds since 1970. */
export function timeOf(milliseconds: number): Time {
  const sec = Math.floor(milliseconds / 1000);
  return { sec, nsec: Math.round((milliseconds - sec * 1000) * 1e6) };
}

/** Milliseconds since 1970, as `Date` has them. */
export function millisecondsOf(time: Time): number {
  return time.sec * 1000 + time.nsec / 1e6;
}
