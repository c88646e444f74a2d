/** A directory of a namespace that is being read: the entries of its members in order, each name once. */
import {
  FileError,
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
import { ask, skip } from './union.ts';

interface Part {
  readonly member: Member;
  readonly open: OpenFile;
}

/**
 * What was listed is remembered until the directory is read from its start again: so a cookie is the number of an
 * entry, whatever the members' own cookies are, and a name that comes twice is known.
 */
export class Listing implements OpenFile {
  readonly #table: () => Table;
  readonly #parts: readonly Part[];
  #entries: Entry[] = [];
  #source: AsyncGenerator<Entry> | undefined;
  /** Why it cannot be read to its end. */
  #failure: { readonly error: unknown } | undefined;

  private constructor(table: () => Table, parts: readonly Part[]) {
    this.#table = table;
    this.#parts = parts;
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

  async *list(cookie: bigint, r: Request): AsyncGenerator<Entry> {
    if (cookie === 0n) {
      void this.#source?.return(undefined);
      this.#entries = [];
      this.#source = undefined;
      this.#failure = undefined;
    }
    for (let next = Number(cookie); ; next++) {
      while (next >= this.#entries.length) {
        if (!(await this.#more(r))) return;
      }
      yield this.#entries[next];
    }
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
    await Promise.all(this.#parts.map(async ({ open }) => open.close?.(reason, r)));
  }

  async *#all(r: Request): AsyncGenerator<Entry> {
    const seen = new Set<string>();
    for (const part of this.#parts) {
      for await (const entry of this.#entriesOf(part, r)) {
        if (seen.has(entry.name)) continue;
        seen.add(entry.name);
        yield this.#asSeen(entry, part.member.file);
      }
    }
  }

  async *#entriesOf({ member, open }: Part, r: Request): AsyncGenerator<Entry> {
    const points = this.#table().pointsIn(member.file);
    for (const [name, { qid, tree }] of points ?? []) {
      yield { name, qid, tree, type: (qid.type & 0x80) !== 0 ? 'dir' : 'file', cookie: 0n };
    }
    if (!open.list) throw new FileError('ENOTDIR');
    try {
      yield* open.list(0n, r);
    } catch (error) {
      if (this.#parts.length === 1 || !skip(member, error)) throw error;
    }
  }

  /** What is mounted on the entry is what it is. */
  #asSeen(entry: Entry, dir: File): Entry {
    const tree = entry.tree ?? dir.tree;
    const seen = this.#table().headAt(tree, entry.qid.path)?.[0].file;
    if (!seen) return { ...entry, tree };
    const { name, type, cookie } = entry;
    return { name, type, cookie, qid: seen.qid, tree: seen.tree };
  }
}

/** Opens a file for whoever has been checked already. */
export function openFile(file: File, mode: OpenMode, r: Request): Awaitable<OpenFile> {
  if (!file.open) throw rules.notPossible(file);
  return file.open(mode, r);
}

async function openAll(members: readonly Member[], mode: OpenMode, r: Request): Promise<readonly Part[]> {
  const alone = members.length === 1;
  const parts: Part[] = [];
  let failure: unknown;
  for (const member of members) {
    try {
      parts.push({ member, open: await openMember(member, mode, r, alone) });
    } catch (error) {
      failure ??= error;
      if (alone || !skip(member, error)) {
        for (const { open } of parts) void open.close?.('lost', r);
        throw error;
      }
    }
  }
  if (parts.length === 0) throw failure;
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
