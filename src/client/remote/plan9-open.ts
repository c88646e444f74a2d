/** An open file in 9P2000 and 9P2000.u. */
import type { Attr, Change, OpenMode, Request } from '../../file/index.ts';
import { readStat, type Stat } from '../../protocol/index.ts';
import { parseEntries } from './entries.ts';
import type { HeldFid } from './held.ts';
import type { Batch, Unnumbered } from './listing.ts';
import type { Opened } from './open.ts';
import { RemoteOpen } from './open.ts';
import type { Plan9File } from './plan9-file.ts';
import { UNTOUCHED, attrOf, typeOf } from './plan9-stat.ts';

export class Plan9Open extends RemoteOpen {
  readonly #file: Plan9File;
  readonly #append: boolean;

  constructor(file: Plan9File, opened: Opened, mode: OpenMode, made = false) {
    super(file, opened, mode, made);
    this.#file = file;
    this.#append = mode.append;
  }

  protected async attrBy(fid: HeldFid, r: Request): Promise<Attr> {
    return attrOf(await this.#statBy(fid, r));
  }

  protected changeBy(fid: HeldFid, change: Change, r: Request): Promise<void> {
    return this.#file.wstat(fid, change, r);
  }

  /** A wstat that changes nothing makes what was written last (stat(5)). */
  protected async syncBy(fid: HeldFid, _dataOnly: boolean, r: Request): Promise<void> {
    await fid.call({ type: 'Twstat', fid: fid.number, stat: UNTOUCHED }, this.about(r));
  }

  /** To append is to ask for the length first: the protocol has it for files that are append-only, not for opens. */
  protected override async writeBy(fid: HeldFid, offset: number, data: Uint8Array, r: Request) {
    const at = this.#append ? (await this.#statBy(fid, r)).length : offset;
    return super.writeBy(fid, at, data, r);
  }

  /** A place is the number of bytes that were read: the only one, besides 0, that the server takes (read(5)). */
  protected async readDir(fid: HeldFid, place: bigint, r: Request): Promise<Batch> {
    const { data } = await this.readBy(fid, Number(place), fid.connection.maxData, r);
    const entries = parseEntries(data, (from) => entryOf(readStat(from, this.#file.dialect)));
    return { entries, place: place + BigInt(data.length) };
  }

  async #statBy(fid: HeldFid, r: Request): Promise<Stat> {
    return (await fid.call({ type: 'Tstat', fid: fid.number }, this.about(r))).stat;
  }
}

function entryOf(stat: Stat): Unnumbered {
  return { name: stat.name, qid: stat.qid, type: typeOf(stat), cookie: 0n, attr: attrOf(stat) };
}
