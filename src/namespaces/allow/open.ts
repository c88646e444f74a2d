/** An open file of which not everything is allowed. */
import {
  FileError,
  after,
  openWith,
  type Attr,
  type Entry,
  type OpenFile,
  type Request,
} from '../../file/index.ts';

export function readOnly(): never {
  throw new FileError('EROFS');
}

/** An open that was made to be read: what can be changed of it without writing cannot be. */
export function readOnlyOpen(open: OpenFile): OpenFile {
  return open.change ? openWith(open, { change: readOnly }) : open;
}

/** A directory on the way to something: it lists what `shown` leaves of an entry. */
export function wayOpen(open: OpenFile, shown: (entry: Entry, r: Request) => Entry | undefined): OpenFile {
  return openWith(open, {
    change: readOnly,
    ...(open.attr && { attr: (r) => after(open.attr!(r), veiled) }),
    ...(open.list && {
      list: (cookie, r) => filtered(open.list!(cookie, r), (entry) => shown(entry, r)),
    }),
  });
}

/** What is known of a directory on the way: neither its size nor its links, which count what is not shown. */
export function veiled(attr: Attr): Attr {
  return { ...attr, size: 0, blocks: 0, nlink: 1 };
}

function filtered(
  entries: ReturnType<NonNullable<OpenFile['list']>>,
  shown: (entry: Entry) => Entry | undefined,
): ReturnType<NonNullable<OpenFile['list']>> {
  return Symbol.iterator in entries ? filteredNow(entries, shown) : filteredLater(entries, shown);
}

function* filteredNow(
  entries: Iterable<Entry>,
  shown: (entry: Entry) => Entry | undefined,
): Generator<Entry> {
  for (const entry of entries) {
    const seen = shown(entry);
    if (seen) yield seen;
  }
}

async function* filteredLater(
  entries: AsyncIterable<Entry>,
  shown: (entry: Entry) => Entry | undefined,
): AsyncGenerator<Entry> {
  for await (const entry of entries) {
    const seen = shown(entry);
    if (seen) yield seen;
  }
}
