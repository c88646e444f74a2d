/** A directory of a namespace that is being read: the entries of its members in order, each name once. */
import {
  after,
  rules,
  type Attr,
  type Awaitable,
  type CloseReason,
  type Entry,
  type File,
  type OpenFile,
  type OpenMode,
  type Request,
} from '../file/index.ts';
import type { Member, Table } from './table.ts';
import { ask, askEach, awake, skip } from './union.ts';

interface Part {
  readonly member: Member;
  readonly open: OpenFile;
}

/**
 * A directory that is a union, or in which something may be mounted.
 *
 * Of one that stands alone the entries come as they are, with their own cookies. Of several, and where mount points
 * were made, what was listed is remembered until the directory is read from its start again: so a cookie is the number
 * of an entry, and a name that comes twice is known.
 */
export class Listing implements OpenFile {
  readonly #table: () => Table;
  readonly #parts: readonly Part[];
  readonly #alone: boolean;
  #entries: Entry[] = [];
  #source: AsyncGenerator<Entry> | undefined;
  /** Why it cannot be read to its end. */
  #failure: { readonly error: unknown } | undefined;

  private constructor(table: () => Table, parts: readonly Part[]) {
    this.#table = table;
    this.#parts = parts;
    this.#alone = parts.length === 1 && !table().pointsIn(parts[0].member.file);
    // The trees stay for as long as they are read, also if they are unmounted.
    for (const { member } of parts) member.within.hold();
  }

  /** Opens all members; those that fail are left out, if their policy allows it and another one is left. */
  static async open(
    table: () => Table,
    members: readonly Member[],
    mode: OpenMode,
    r: Request,
  ): Promise<OpenFile> {
    return new Listing(table, await openAll(members, mode, r));
  }

  list(cookie: bigint, r: Request): Iterable<Entry> | AsyncIterable<Entry> {
    return this.#alone ? this.#listed(this.#parts[0], cookie, r) : this.#numbered(cookie, r);
  }

  async *#numbered(cookie: bigint, r: Request): AsyncGenerator<Entry> {
    if (cookie === 0n) this.#rewind();
    for (let next = Number(cookie); ; next++) {
      while (next >= this.#entries.length) {
        if (!(await this.#more(r))) return;
      }
      yield this.#entries[next];
    }
  }

  #rewind(): void {
    this.#source?.return(undefined).catch(() => undefined);
    this.#entries = [];
    this.#source = undefined;
    this.#failure = undefined;
  }

  /** Remembers one more entry; false if there is none. */
  async #more(r: Request): Promise<boolean> {
    if (this.#failure) throw this.#failure.error;
    this.#source ??= this.#all(r);
    try {
      const { value, done } = await this.#source.next();
      if (!done) this.#entries.push({ ...value, cookie: BigInt(this.#entries.length + 1) });
      return !done;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  attr(r: Request): Awaitable<Attr> {
    const [{ member, open }] = this.#parts;
    return open.attr ? open.attr(r) : ask(member, r, (file, limited) => file.attr(limited));
  }

  async sync(dataOnly: boolean, r: Request): Promise<void> {
    for (const { open } of this.#parts) await open.sync?.(dataOnly, r);
  }

  async close(reason: CloseReason, r: Request): Promise<void> {
    try {
      await Promise.all(this.#parts.map(async ({ open }) => open.close?.(reason, r)));
    } finally {
      for (const { member } of this.#parts) member.within.release();
    }
  }

  async *#all(r: Request): AsyncGenerator<Entry> {
    const seen = new Set<string>();
    for (const part of this.#parts) {
      for await (const entry of this.#entriesOf(part, r)) {
        if (seen.has(entry.name)) continue;
        seen.add(entry.name);
        yield entry;
      }
    }
  }

  async *#entriesOf(part: Part, r: Request): AsyncGenerator<Entry> {
    const { member } = part;
    const points = [...(this.#table().pointsIn(member.file) ?? [])];
    for (const [name, point] of points.toSorted(([one], [other]) => (one < other ? -1 : 1))) {
      const { qid, tree } = this.#table().head(point)?.[0].file ?? point;
      yield { name, qid, tree, type: rules.isDirectory(point) ? 'dir' : 'file', cookie: 0n };
    }
    try {
      yield* this.#listed(part, 0n, r);
    } catch (error) {
      if (this.#parts.length === 1 || !skip(member, error, r)) throw error;
    }
  }

  #listed({ member, open }: Part, cookie: bigint, r: Request): Iterable<Entry> | AsyncIterable<Entry> {
    if (!open.list) throw rules.notPossible(member.file);
    const entries = askEach(member, r, (limited) => open.list!(cookie, limited));
    const see = (entry: Entry): Entry => this.#asSeen(entry, member.file);
    return Symbol.iterator in entries ? seenNow(entries, see) : seenLater(entries, see);
  }

  /** What is mounted on the entry is what it is. */
  #asSeen(entry: Entry, dir: File): Entry {
    const { name, type, cookie, qid, tree = dir.tree } = entry;
    const seen = this.#table().head({ tree, qid })?.[0].file;
    return seen ? { name, type, cookie, qid: seen.qid, tree: seen.tree } : { ...entry, tree };
  }
}

function* seenNow(entries: Iterable<Entry>, see: (entry: Entry) => Entry): Generator<Entry> {
  for (const entry of entries) yield see(entry);
}

async function* seenLater(
  entries: AsyncIterable<Entry>,
  see: (entry: Entry) => Entry,
): AsyncGenerator<Entry> {
  for await (const entry of entries) yield see(entry);
}

/** Opens a file for whoever has been checked already. */
export function openFile(file: File, mode: OpenMode, r: Request): Awaitable<OpenFile> {
  if (!file.open) throw rules.notPossible(file);
  return file.open(mode, r);
}

async function openAll(members: readonly Member[], mode: OpenMode, r: Request): Promise<readonly Part[]> {
  const alone = members.length === 1;
  const asked = awake(members);
  const opening = asked.map(async (member) => ({ member, open: await openMember(member, mode, r, alone) }));
  const opened = await Promise.allSettled(opening);
  const parts = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  for (const [i, result] of opened.entries()) {
    if (result.status === 'fulfilled') continue;
    if (!skip(asked[i], result.reason, r) || parts.length === 0) {
      for (const { open } of parts) void open.close?.('lost', r);
      throw result.reason;
    }
  }
  return parts;
}

/** Of a union each member is checked here; what stands alone has been checked. */
function openMember(member: Member, mode: OpenMode, r: Request, alone: boolean): Awaitable<OpenFile> {
  const late = (open: OpenFile): void => void open.close?.('lost', r);
  return ask(
    member,
    r,
    (file, limited) =>
      after(alone ? undefined : rules.mayRead(file, limited), () => openFile(file, mode, limited)),
    late,
  );
}
