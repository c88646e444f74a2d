/** Reading directories: as stats (9P2000, 9P2000.u) or as entries (9P2000.L). Whole entries only, never 0 before the end. */
import {
  FileError,
  after,
  isPromise,
  rescue,
  type Attr,
  type Awaitable,
  type Chan,
  type Entry,
} from '../../file/index.ts';
import {
  direntSize,
  statSize,
  writeDirent,
  writeStat,
  type Cursor,
  type MessageOf,
  type RMessage,
  type Stat,
} from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import type { Fid, Listing } from '../fids.ts';
import { DIRENT_TYPES } from '../projection.ts';
import type { Session } from '../session.ts';
import { chanOf, qidOf, useFid } from './context.ts';

/** Cookies of .L: 1 and 2 for `.` and `..`, which Linux's client does not make itself; the tree's own come after. */
const DOT = 1n;
const DOTDOT = 2n;
const FIRST = 2n;

/** The next entry, or undefined at the end. */
function next(listing: Listing): Awaitable<Entry | undefined> {
  const { next: held } = listing;
  if (held) {
    listing.next = undefined;
    return held;
  }
  const result = listing.entries.next();
  return isPromise(result) ? result.then(valueOf) : valueOf(result);
}

function valueOf(result: IteratorResult<Entry>): Entry | undefined {
  return result.done ? undefined : result.value;
}

function newListing(cookie: bigint, entries: Listing['entries']): Listing {
  return { cookie, entries, next: undefined, room: 0, filling: false };
}

function begin(chan: Chan, cookie: bigint, call: Call): Listing['entries'] {
  const entries = chan.list(cookie, call);
  return Symbol.iterator in entries ? entries[Symbol.iterator]() : entries[Symbol.asyncIterator]();
}

/** Packs entries until one does not fit, which is kept for the next read. */
function pack(
  listing: Listing,
  to: Cursor,
  put: (entry: Entry) => Awaitable<boolean>,
): Awaitable<Uint8Array> {
  for (;;) {
    const entry = next(listing);
    if (isPromise(entry)) return entry.then((later) => packed(listing, to, put, later));
    if (!entry) return to.bytes.subarray(0, to.at);
    const fits = put(entry);
    if (isPromise(fits)) return fits.then((fit) => (fit ? pack(listing, to, put) : full(listing, to, entry)));
    if (!fits) return full(listing, to, entry);
  }
}

function packed(
  listing: Listing,
  to: Cursor,
  put: (entry: Entry) => Awaitable<boolean>,
  entry: Entry | undefined,
): Awaitable<Uint8Array> {
  if (!entry) return to.bytes.subarray(0, to.at);
  return after(put(entry), (fits) => (fits ? pack(listing, to, put) : full(listing, to, entry)));
}

/** 0 bytes would mean the end: where not even one entry fits, it is an error. */
function full(listing: Listing, to: Cursor, entry: Entry): Uint8Array {
  listing.next = entry;
  if (to.at === 0 && !listing.filling) throw new FileError('EINVAL');
  return to.bytes.subarray(0, to.at);
}

export function readdir(s: Session, m: MessageOf<'Treaddir'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  call.reads = true;
  const count = Math.min(m.count, s.payload);
  return fid.share(() => {
    const chan = chanOf(fid);
    const to = s.memory.lend(call, count);
    const { projection } = s.service;
    const { tree } = chan.file;
    const put = (cookie: bigint, name: string, qid: Entry['qid'], type: number): boolean => {
      if (direntSize(name) > count - to.at) return false;
      writeDirent(to, { qid, offset: cookie, type, name });
      listing.cookie = cookie;
      return true;
    };
    if (!chan.opened || !chan.isDir) throw new FileError(chan.isDir ? 'EBADF' : 'ENOTDIR');
    const listing = resume(fid, chan, m.offset, call);
    if (m.offset < DOT && !put(DOT, '.', qidOf(s, chan), DIRENT_TYPES.dir)) throw new FileError('EINVAL');
    if (m.offset < DOTDOT) {
      const qid = projection.qid(chan.parentFile.tree, chan.parentFile.qid, s.dialect);
      if (!put(DOTDOT, '..', qid, DIRENT_TYPES.dir)) {
        fid.listing = undefined;
        return { type: 'Rreaddir', tag: m.tag, data: to.bytes.subarray(0, to.at) };
      }
    }
    const data = pack(listing, to, (entry) =>
      put(
        entry.cookie + FIRST,
        entry.name,
        projection.qid(entry.tree ?? tree, entry.qid, s.dialect),
        DIRENT_TYPES[entry.type],
      ),
    );
    return after(data, (bytes) => ({ type: 'Rreaddir', tag: m.tag, data: bytes }));
  });
}

/** Goes on where the last read ended, or begins after the cookie. */
function resume(fid: Fid, chan: Chan, cookie: bigint, call: Call): Listing {
  if (fid.listing?.cookie === cookie && cookie > DOTDOT) return fid.listing;
  const entries = begin(chan, cookie > FIRST ? cookie - FIRST : 0n, call);
  return (fid.listing = newListing(cookie, entries));
}

/** A read of a directory in 9P2000: from 0, or on from where the last one ended (read(5)). */
export function readStats(
  s: Session,
  fid: Fid,
  m: MessageOf<'Tread'>,
  count: number,
  call: Call,
): Awaitable<RMessage> {
  if (s.dialect === '9P2000.L') throw new FileError('EISDIR');
  const chan = chanOf(fid);
  if (!chan.opened) throw new FileError('EBADF', 'bad use of fid');
  const offset = BigInt(m.offset);
  if (m.offset === 0) fid.listing = newListing(0n, begin(chan, 0n, call));
  else if (fid.listing?.cookie !== offset) throw new FileError('ESPIPE');
  const { listing } = fid;
  // Linux's client asks for the rest of its buffer until it gets nothing, and then anew (p9_client_read).
  listing.filling = count <= listing.room;
  const to = s.memory.lend(call, count);
  const data = pack(listing, to, (entry) =>
    after(statOf(s, chan, entry, call), (stat) => {
      // Removed since it was listed.
      if (!stat) return true;
      if (statSize(stat, s.dialect) > count - to.at) return false;
      writeStat(to, stat, s.dialect);
      return true;
    }),
  );
  return after(data, (bytes) => {
    listing.cookie = offset + BigInt(bytes.length);
    listing.room = listing.next ? count - bytes.length : 0;
    return { type: 'Rread', tag: m.tag, data: bytes };
  });
}

function statOf(s: Session, dir: Chan, entry: Entry, call: Call): Awaitable<Stat | undefined> {
  const { projection } = s.service;
  const qid = projection.qid(entry.tree ?? dir.file.tree, entry.qid, s.dialect);
  const asIs = (attr: Attr): Stat => projection.stat(attr, { name: entry.name, qid }, s.dialect);
  const isLink = entry.type === 'symlink' && s.dialect === '9P2000.u';
  if (entry.attr && !isLink) return asIs(entry.attr);
  return after(dir.lookup(entry.name, call), (found) => {
    if (!found) return undefined;
    const target = isLink ? found.readlink?.(call) : undefined;
    const known = rescue<Attr>(
      () => found.attr(call),
      // Its mount is dead, say: that takes no listing with it.
      () => ({ ...UNKNOWN, type: entry.type }),
    );
    return after(known, (attr) =>
      after(target, (text) => {
        found.release?.();
        return text === undefined
          ? asIs(attr)
          : projection.stat(attr, { name: entry.name, qid, target: text }, s.dialect);
      }),
    );
  });
}

/** Of a file that does not answer. */
const UNKNOWN: Omit<Attr, 'type'> = {
  nature: 'synthetic',
  mode: 0,
  size: 0,
  atime: { sec: 0, nsec: 0 },
  mtime: { sec: 0, nsec: 0 },
};
