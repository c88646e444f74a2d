import type { Awaitable } from './awaitable.ts';
import type { Entry, File, OpenFile, Request } from './file.ts';
import { SYNTHETIC, newQid, syntheticAttr, type Access } from './synthetic.ts';

/** What a directory holds, by name. */
export type Entries = Readonly<Record<string, File>> | ReadonlyMap<string, File>;

/** Finds the file of a name, or undefined. */
export type Find = (name: string, r: Request) => Awaitable<File | undefined>;

/** Names the files of a directory; a million, if need be: they are asked for as they are read. */
export type Names = (
  r: Request,
) => Iterable<readonly [string, File]> | AsyncIterable<readonly [string, File]>;

/**
 * A directory of the given files. The names are the record's own at the time of the call; a Map is looked at each time,
 * so that what is put into it appears.
 */
export function dir(entries: Entries, access: Access = {}): File {
  const files = entries instanceof Map ? entries : new Map(Object.entries(entries));
  return lookup(
    (name) => {
      const file = files.get(name);
      file?.share?.();
      return file;
    },
    () => files,
    access,
  );
}

/**
 * A directory whose files are found when they are walked to. Without `names` it lists as empty. A file of a given name
 * has one identity: `find` returns the same File, or one of the same qid and tree, each time. What it returns is released.
 */
export function lookup(find: Find, names: Names = () => [], access: Access = {}): File {
  const attr = syntheticAttr('dir', 'synthetic', 0o555, access);
  return {
    qid: newQid('dir'),
    tree: SYNTHETIC,
    attr: () => attr,
    walk: find,
    open: () => new OpenDirectory(names),
  };
}

/** Keeps its place while it is read on; starts over for a cookie of earlier. */
class OpenDirectory implements OpenFile {
  readonly prompt = true;
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  list(cookie: bigint, r: Request): Iterable<Entry> | AsyncIterable<Entry> {
    const names = this.#names(r);
    return Symbol.iterator in names ? listed(names, cookie, r) : listedLater(names, cookie, r);
  }
}

/** The cookie counts names: a synthetic directory seldom loses one, and never while it is being read from the start. */
function* listed(names: Iterable<readonly [string, File]>, cookie: bigint, r: Request): Generator<Entry> {
  let at = 0n;
  for (const [name, file] of names) if (++at > cookie) yield entryOf(name, file, at, r);
}

async function* listedLater(
  names: AsyncIterable<readonly [string, File]>,
  cookie: bigint,
  r: Request,
): AsyncGenerator<Entry> {
  let at = 0n;
  for await (const [name, file] of names) if (++at > cookie) yield entryOf(name, file, at, r);
}

function entryOf(name: string, file: File, cookie: bigint, r: Request): Entry {
  const { qid, tree } = file;
  const type = (qid.type & 0x80) !== 0 ? 'dir' : (qid.type & 0x02) !== 0 ? 'symlink' : 'file';
  const attr = file.guarded ? undefined : file.attr(r);
  return attr instanceof Promise || attr === undefined
    ? { name, qid, tree, type, cookie }
    : { name, qid, tree, type: attr.type, cookie, attr };
}
