/** INIT: what the kernel offers, what of it is wanted, and what holds from then on. */
import { ERRNO, INIT } from './constants.ts';
import type { RequestFor } from './request.ts';
import { draft, messageOf } from './room.ts';

const MAJOR = 7;
/** The protocol of Linux 5.4; the structs have not changed since, but for what only a flag brings. */
const OLDEST_MINOR = 31;
const OUR_MINOR = 38;

/** The largest write, in bytes, and the largest request, in pages. */
export const MAX_WRITE = 1024 * 1024;
const MAX_PAGES = 256;

/** How many requests that nobody waits for the kernel may have under way, and when it takes the device for congested. */
const MAX_BACKGROUND = 1024;
const CONGESTED = (MAX_BACKGROUND / 4) * 3;

const INIT_OUT = 64;

const ALWAYS =
  INIT.ASYNC_READ |
  INIT.POSIX_LOCKS |
  INIT.ATOMIC_O_TRUNC |
  INIT.BIG_WRITES |
  INIT.FLOCK_LOCKS |
  INIT.AUTO_INVAL_DATA |
  INIT.ASYNC_DIO |
  INIT.PARALLEL_DIROPS |
  INIT.MAX_PAGES |
  INIT.HANDLE_KILLPRIV_V2 |
  INIT.INIT_EXT |
  INIT.DIRECT_IO_ALLOW_MMAP;

/** What is not wanted of every mount. */
export interface Wishes {
  /** Where a symbolic link leads is remembered until it is invalidated. */
  readonly cacheSymlinks?: boolean;
  /** Directories are listed together with the attributes of what is in them, where somebody asks for those. */
  readonly readDirPlus?: boolean;
}

export interface Agreement {
  readonly minor: number;
  /** Bits of {@link INIT}: what was wanted and is offered. */
  readonly flags: bigint;
  /** Bytes. */
  readonly maxWrite: number;
}

export type Negotiated =
  /** `agreed` is undefined if the kernel speaks a later major version: it will ask again, in ours. */
  | { readonly reply: Uint8Array; readonly agreed: Agreement | undefined }
  /** It cannot be talked to: older than Linux 5.4. */
  | { readonly errno: number };

/** The answer to INIT. Without MAX_PAGES, or with a lower limit, the kernel itself keeps requests smaller. */
export function negotiate(request: RequestFor<'init'>, wishes: Wishes = {}): Negotiated {
  const { major, minor, readAhead } = request;
  if (major < MAJOR || (major === MAJOR && minor < OLDEST_MINOR)) return { errno: ERRNO.EPROTO };
  if (major > MAJOR) {
    return { reply: initReply({ minor: OUR_MINOR, flags: 0n, maxWrite: 0 }, 0), agreed: undefined };
  }
  const wanted =
    ALWAYS |
    (wishes.cacheSymlinks ? INIT.CACHE_SYMLINKS : 0n) |
    (wishes.readDirPlus ? INIT.DO_READDIRPLUS | INIT.READDIRPLUS_AUTO : 0n);
  const agreed = { minor: Math.min(minor, OUR_MINOR), flags: wanted & request.flags, maxWrite: MAX_WRITE };
  return { reply: initReply(agreed, readAhead), agreed };
}

/** struct fuse_init_out */
function initReply({ minor, flags, maxWrite }: Agreement, readAhead: number): Uint8Array {
  const reply = draft(INIT_OUT);
  const { view, at } = reply;
  view.setUint32(at, MAJOR, true);
  view.setUint32(at + 4, minor, true);
  view.setUint32(at + 8, readAhead, true);
  view.setUint32(at + 12, Number(flags & 0xffff_ffffn), true);
  view.setUint16(at + 16, MAX_BACKGROUND, true);
  view.setUint16(at + 18, CONGESTED, true);
  view.setUint32(at + 20, maxWrite, true);
  view.setUint32(at + 24, 1, true);
  view.setUint16(at + 28, MAX_PAGES, true);
  view.setUint32(at + 32, Number(flags >> 32n), true);
  return messageOf(reply, INIT_OUT);
}
