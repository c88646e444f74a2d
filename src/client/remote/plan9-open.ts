/** An open file in 9P2000 and 9P2000.u. */
import type { Attr, Change, Entry, Request } from '../../file/index.ts';
import { readStat, type Stat } from '../../protocol/index.ts';
import { isListed, parseEntries } from './entries.ts';
import type { Opened } from './open.ts';
import { RemoteOpen } from './open.ts';
import type { Plan9File } from './plan9-file.ts';
import { UNTOUCHED, attrOf, typeOf } from './plan9-stat.ts';

/** A directory as it was read from its start: its entries have no places that the server would know. */
class Listing {
  readonly entries: Entry[] = [];
  /** Bytes that were read: the only offset, besides 0, that the server takes (read(5)). */
  offset = 0;
  ended = false;
}

export class Plan9Open extends RemoteOpen {
  readonly #file: Plan9File;
  readonly #append: boolean;
  #listing = new Listing();

  constructor(file: Plan9File, opened: Opened, append: boolean) {
    super(file, opened);
    this.#file = file;
    this.#append = append;
  }

  /** To append is to ask for the length first: the protocol has it for files that are append-only, not for opens. */
  override async write(offset: number, data: Uint8Array, r: Request): Promise<number> {
    return super.write(this.#append ? (await this.#stat(r)).length : offset, data, r);
  }

  async attr(r: Request): Promise<Attr> {
    return attrOf(await this.#stat(r));
  }

  async change(change: Change, r: Request): Promise<void> {
    await this.#file.wstat(this.fid, change, r);
  }

  /** A wstat that changes nothing makes what was written last (stat(5)). */
  async sync(_dataOnly: boolean, r: Request): Promise<void> {
    await this.call({ type: 'Twstat', fid: this.fid, stat: UNTOUCHED }, r);
  }

  /** A cookie is a number of entries. All are remembered, since the server reads a directory in one direction only. */
  async *list(cookie: bigint, r: Request): AsyncGenerator<Entry> {
    if (cookie === 0n) this.#listing = new Listing();
    const listing = this.#listing;
    for (let next = Number(cookie); ; next++) {
      while (next >= listing.entries.length) {
        if (listing.ended) return;
        await this.#read(listing, r);
      }
      yield listing.entries[next];
    }
  }

  async #read(listing: Listing, r: Request): Promise<void> {
    const data = await this.take(listing.offset, this.#file.tree.connection.maxData, r);
    listing.offset += data.length;
    listing.ended = data.length === 0;
    const { entries } = listing;
    for (const stat of parseEntries(data, (from) => readStat(from, this.#file.dialect))) {
      if (isListed(stat.name)) entries.push(entryOf(stat, entries.length + 1));
    }
  }

  async #stat(r: Request): Promise<Stat> {
    return (await this.call({ type: 'Tstat', fid: this.fid }, r)).stat;
  }
}

function entryOf(stat: Stat, cookie: number): Entry {
  return { name: stat.name, qid: stat.qid, type: typeOf(stat), cookie: BigInt(cookie), attr: attrOf(stat) };
}
