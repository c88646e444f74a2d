/** Listing directories. */
import { FileError, after, isPromise, type Awaitable, type Entry } from '../../../file/index.ts';
import { direntType } from '../attributes.ts';
import type { Call } from '../call.ts';
import { Listing } from '../listing.ts';
import type { Node } from '../node.ts';
import type { Open } from '../opens.ts';
import type { Session } from '../session.ts';
import { OUT_HEADER } from '../wire/constants.ts';
import { DirectoryPage } from '../wire/directory.ts';
import type { EntryOut } from '../wire/reply.ts';
import { lookUp, type Answer, type Handler } from './context.ts';

/** The kernel's offsets: behind `.`, behind `..`, and those of the tree, which come after them. */
const DOT = 1n;
const DOTDOT = 2n;

/** Files of a page that are looked up at a time. */
const AT_A_TIME = 64;

export const readdir: Handler<'readdir'> = (s, q, call) => {
  const open = s.opens.get(q.open);
  const page = new DirectoryPage(q.size, q.plus);
  if (!putDots(s, open, q.offset, page)) return whole(page, true);
  // What has no attributes that could be kept is not worth looking up.
  const plus = q.plus && s.caching.mode !== 'none' && open.node.told?.nature === 'plain';
  const listing = resume(open, q.offset, call);
  const packed = plus ? packFound(s, open, listing, page, call) : pack(s, open, listing, page);
  return after(packed, (more) => {
    open.listing?.end();
    open.listing = listing;
    return whole(page, more);
  });
};

/** An empty page is the end, so it must not be one into which not even the first entry went. */
function whole(page: DirectoryPage, more: boolean): Answer {
  if (more && page.bytes.length === OUT_HEADER) throw new FileError('EINVAL');
  return page.bytes;
}

function putDots(s: Session, { node }: Open, offset: bigint, page: DirectoryPage): boolean {
  const put = (name: string, dir: Node, at: bigint): boolean =>
    page.add({ ino: s.attributes.inode(dir.identity), cookie: at, type: direntType('dir'), name });
  if (offset < DOT && !put('.', node, DOT)) return false;
  return offset >= DOTDOT || put('..', node.parent ?? node, DOTDOT);
}

/** Goes on where the last page ended, or begins after the offset: somebody may have moved it (seekdir(3)). */
function resume(open: Open, offset: bigint, call: Call): Listing {
  const at = offset > DOTDOT ? offset - DOTDOT : 0n;
  const { listing } = open;
  if (listing?.at !== at || at === 0n) return new Listing(open.chan.list(at, call), at);
  open.listing = undefined;
  return listing;
}

/** Puts entries until one does not fit, which is kept for the next page: then there is more. */
function pack(s: Session, open: Open, listing: Listing, page: DirectoryPage): Awaitable<boolean> {
  for (;;) {
    const entry = listing.peek();
    if (isPromise(entry)) return packLater(s, open, listing, page, entry);
    if (!entry) return false;
    if (!put(s, open, page, entry)) return true;
    listing.take(entry);
  }
}

async function packLater(
  s: Session,
  open: Open,
  listing: Listing,
  page: DirectoryPage,
  first: Promise<Entry | undefined>,
): Promise<boolean> {
  for (let entry = await first; entry; entry = await listing.peek()) {
    if (!put(s, open, page, entry)) return true;
    listing.take(entry);
  }
  return false;
}

function put(s: Session, open: Open, page: DirectoryPage, entry: Entry, found?: EntryOut): boolean {
  const { name, qid, tree = open.node.tree } = entry;
  const ino = s.attributes.inode({ tree, qid });
  return page.add({ ino, cookie: entry.cookie + DOTDOT, type: direntType(entry.type), name }, found);
}

/** Entries with what is known of their files: as many as fit are looked up together. */
async function packFound(
  s: Session,
  open: Open,
  listing: Listing,
  page: DirectoryPage,
  call: Call,
): Promise<boolean> {
  for (;;) {
    const batch: Entry[] = [];
    let { room } = page;
    let entry = await listing.peek();
    for (; entry && batch.length < AT_A_TIME; entry = await listing.peek()) {
      room -= page.sizeOf(entry.name);
      if (room < 0) break;
      batch.push(entry);
      listing.take(entry);
    }
    const found = await Promise.all(batch.map(({ name }) => tryLookUp(s, open, name, call)));
    batch.forEach((each, i) => put(s, open, page, each, found[i]));
    if (!entry || room < 0) return entry !== undefined;
  }
}

/** A file that cannot be looked at is listed all the same. */
async function tryLookUp(
  s: Session,
  { node, chan }: Open,
  name: string,
  call: Call,
): Promise<EntryOut | undefined> {
  try {
    return await lookUp(s, node, chan, name, call);
  } catch {
    return undefined;
  }
}
