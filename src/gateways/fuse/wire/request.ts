/** What the kernel asks (include/uapi/linux/fuse.h, protocol 7.31 and later), as tagged unions. */
import type { Time } from '../../../file/index.ts';

/** What every request begins with: struct fuse_in_header. */
export interface Header {
  /** The number under which the kernel waits for the answer. */
  readonly unique: number;
  /** The file that it is about; 1 is the root. */
  readonly node: number;
  /** Who asks: as seen from the user namespace of the mount. */
  readonly uid: number;
  readonly gid: number;
  /** The thread that asks; 0 if it cannot be seen from the mount's PID namespace. */
  readonly pid: number;
}

/** What SETATTR changes: what is absent stays. */
export interface AttributeChange {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly atime?: Time | 'now';
  readonly mtime?: Time | 'now';
  /** FATTR_KILL_SUIDGID: setuid and setgid are to go, as after a write. */
  readonly killPrivileges: boolean;
}

/** A range as fcntl(2) has it, `end` inclusive; Infinity: to the end, wherever that will be. */
export interface FuseLock {
  readonly start: number;
  readonly end: number;
  readonly type: 'read' | 'write' | 'unlock';
  readonly pid: number;
}

export interface Forget {
  readonly node: number;
  /** How many of the lookups that were answered. */
  readonly lookups: number;
}

/**
 * Offsets beyond 2^53 - 1 nobody sees: the parser refuses them, with EFBIG where something would be stored there, ENXIO
 * where something is looked for, EOVERFLOW elsewhere.
 */
export type FuseCall =
  | {
      readonly op: 'init';
      readonly major: number;
      readonly minor: number;
      readonly readAhead: number;
      readonly flags: bigint;
    }
  | { readonly op: 'destroy' }
  | { readonly op: 'lookup'; readonly name: string }
  /** FORGET and BATCH_FORGET: not answered. */
  | { readonly op: 'forget'; readonly forgets: readonly Forget[] }
  | { readonly op: 'getattr'; readonly open: number | undefined }
  | { readonly op: 'setattr'; readonly open: number | undefined; readonly change: AttributeChange }
  | { readonly op: 'readlink' }
  | { readonly op: 'symlink'; readonly name: string; readonly target: string }
  /** `mode` with its file type; the umask has been applied. */
  | {
      readonly op: 'mknod';
      readonly name: string;
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    }
  | { readonly op: 'mkdir'; readonly name: string; readonly mode: number }
  | { readonly op: 'unlink'; readonly name: string }
  | { readonly op: 'rmdir'; readonly name: string }
  /** RENAME and RENAME2; `flags` are those of renameat2(2). */
  | {
      readonly op: 'rename';
      readonly name: string;
      readonly toNode: number;
      readonly toName: string;
      readonly flags: number;
    }
  /** A new name, in the directory `node`, for the file `target`. */
  | { readonly op: 'link'; readonly target: number; readonly name: string }
  /** `flags` are those of open(2). `killPrivileges`: setuid and setgid are to go as O_TRUNC empties the file. */
  | { readonly op: 'open'; readonly flags: number; readonly killPrivileges: boolean }
  | { readonly op: 'opendir'; readonly flags: number }
  | {
      readonly op: 'create';
      readonly name: string;
      readonly flags: number;
      /** 12 bits; the umask has been applied. */
      readonly mode: number;
      readonly killPrivileges: boolean;
    }
  | {
      readonly op: 'read';
      readonly open: number;
      readonly offset: number;
      readonly size: number;
      readonly flags: number;
    }
  | {
      readonly op: 'write';
      readonly open: number;
      readonly offset: number;
      /** A view of the message: see FuseDevice for how long it is good. */
      readonly data: Uint8Array;
      readonly flags: number;
      /** FUSE_WRITE_CACHE: what a mapping holds, and `open` is any open of the file to write. */
      readonly fromCache: boolean;
      /** FUSE_WRITE_KILL_SUIDGID. */
      readonly killPrivileges: boolean;
    }
  | { readonly op: 'statfs' }
  /** RELEASE and RELEASEDIR. `owner` is there if the flock(2) locks of the open are to go with it. */
  | { readonly op: 'release'; readonly open: number; readonly owner: bigint | undefined }
  | { readonly op: 'fsync'; readonly open: number; readonly dataOnly: boolean }
  | { readonly op: 'flush'; readonly open: number; readonly owner: bigint }
  | {
      readonly op: 'setxattr';
      readonly name: string;
      readonly value: Uint8Array;
      readonly how: 'create' | 'replace' | 'any';
    }
  /** `size` 0 asks how large it is; the same for listxattr. */
  | { readonly op: 'getxattr'; readonly name: string; readonly size: number }
  | { readonly op: 'listxattr'; readonly size: number }
  | { readonly op: 'removexattr'; readonly name: string }
  | {
      readonly op: 'readdir';
      readonly open: number;
      readonly offset: bigint;
      readonly size: number;
      readonly plus: boolean;
    }
  | { readonly op: 'fsyncdir'; readonly open: number; readonly dataOnly: boolean }
  | { readonly op: 'getlk'; readonly open: number; readonly owner: bigint; readonly lock: FuseLock }
  | {
      readonly op: 'setlk';
      readonly open: number;
      readonly owner: bigint;
      readonly lock: FuseLock;
      /** SETLKW: until it can be had. */
      readonly wait: boolean;
      /** flock(2), not fcntl(2). */
      readonly flock: boolean;
    }
  | { readonly op: 'access'; readonly mask: number }
  /** The request with that number is no longer wanted. Not answered itself. */
  | { readonly op: 'interrupt'; readonly request: number }
  | {
      readonly op: 'poll';
      readonly open: number;
      readonly poll: bigint;
      readonly notify: boolean;
      readonly events: number;
    }
  /** `mode` as of fallocate(2). */
  | {
      readonly op: 'fallocate';
      readonly open: number;
      readonly offset: number;
      readonly length: number;
      readonly mode: number;
    }
  | { readonly op: 'lseek'; readonly open: number; readonly offset: number; readonly whence: number }
  /** Nothing that we know, or something that could not be read: to be answered with `errno`. */
  | { readonly op: 'unknown'; readonly opcode: number; readonly errno: number };

export type FuseRequest = Header & FuseCall;

/** The request of one op: `RequestFor<'lookup'>`. */
export type RequestFor<Op extends FuseCall['op']> = Header & Extract<FuseCall, { readonly op: Op }>;
