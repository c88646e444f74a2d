/**
 * A file that was opened behind a connection, whatever the dialect. It outlives the connection if the tree does: when it
 * is next used it is opened again, where it was, without what would change the file.
 */
import { FileError, codeOf, type OpenMode } from '../../file/index.ts';
import type { Attr, Change, CloseReason, Entry, File, OpenFile, Qid, Request } from '../../file/index.ts';
import { QT } from '../../protocol/index.ts';
import type { CallOptions } from '../connection/call.ts';
import { LostError, OutcomeUnknownError } from '../connection/errors.ts';
import type { RemoteFile } from './file.ts';
import type { HeldFid } from './held.ts';
import { Listing, type Batch } from './listing.ts';
import { UNASKED } from './tree.ts';

/** What an open was answered. */
export interface Opened {
  readonly fid: HeldFid;
  readonly qid: Qid;
  readonly iounit: number;
}

export abstract class RemoteOpen implements OpenFile {
  /** Set if the open made another file of it: a clone file. */
  readonly file?: File;
  protected readonly remote: RemoteFile;
  readonly #mode: OpenMode;
  #opened: Opened;
  #reopening: Promise<void> | undefined;
  #closed = false;
  /** It keeps what it acknowledges, where it was written: it was made by us, or has shown that it does. */
  #plain: boolean;
  /** Writes that were acknowledged; and how many of them a sync has followed. */
  #writes = 0;
  #synced = 0;
  /** What was written before the link was lost may not be kept. */
  #doubt: OutcomeUnknownError | undefined;
  /** Why it is of no use any more. */
  #ruin: FileError | undefined;
  #listing = new Listing();

  /** @param made - the file was made by this open */
  constructor(remote: RemoteFile, opened: Opened, mode: OpenMode, made = false) {
    const { tree, parent, name } = remote;
    const { fid, qid } = opened;
    this.remote = remote;
    this.#opened = opened;
    this.#mode = mode;
    this.#plain = made;
    tree.own(this, fid, parent, name);
    if (qid.path !== remote.qid.path) this.file = remote.become(qid);
    else {
      remote.qid = qid;
      remote.opens.add(this);
    }
  }

  get fid(): HeldFid {
    return this.#opened.fid;
  }

  protected abstract attrBy(fid: HeldFid, r: Request): Promise<Attr>;
  protected abstract changeBy(fid: HeldFid, change: Change, r: Request): Promise<void>;
  protected abstract syncBy(fid: HeldFid, dataOnly: boolean, r: Request): Promise<void>;
  /** A part of the directory from a place on, which is 0 at its start; nothing at its end. */
  protected abstract readDir(fid: HeldFid, place: bigint, r: Request): Promise<Batch>;

  /** One message, so it may be less than `count` though there is more. */
  async take(offset: number, count: number, r: Request): Promise<Uint8Array> {
    if (count === 0) return new Uint8Array(0);
    const read = () => this.#useNow(r, (fid) => this.readBy(fid, offset, count, r));
    // As persist does, without a promise of its own: this is what is called most.
    try {
      return (await read()).data;
    } catch (error) {
      return (await this.remote.tree.again(error, r, read)).data;
    }
  }

  async write(offset: number, data: Uint8Array, r: Request): Promise<number> {
    let written = 0;
    do {
      const at = offset + written;
      const rest = data.subarray(written);
      const put = (doubt?: LostError) => this.#useNow(r, (fid) => this.#put(fid, at, rest, r, doubt));
      let reply: { readonly count: number };
      try {
        reply = await put();
      } catch (error) {
        reply = await this.remote.tree.again(error, r, put);
      }
      if (reply.count === 0 && rest.length > 0) throw new FileError('EIO', 'the server writes nothing');
      this.#writes++;
      written += reply.count;
    } while (written < data.length);
    return written;
  }

  attr(r: Request): Promise<Attr> {
    return this.use(r, (fid) => this.#learn(fid, r));
  }

  change(change: Change, r: Request): Promise<void> {
    return this.use(r, (fid) => this.changeBy(fid, change, r));
  }

  async sync(dataOnly: boolean, r: Request): Promise<void> {
    const writes = this.#writes;
    await this.use(r, async (fid) => {
      if (this.#doubt) throw this.#doubt;
      await this.syncBy(fid, dataOnly, r);
    });
    this.#synced = writes;
  }

  /** What does something with what it was given does it now, and says if that failed: 9P has no other word for it. */
  async flush(r: Request): Promise<void> {
    if (this.#unsaved && !this.#plain) await this.sync(false, r);
  }

  /** A cookie is a number of entries. */
  async *list(cookie: bigint, r: Request): AsyncGenerator<Entry> {
    if (cookie === 0n) this.#listing = new Listing();
    const listing = this.#listing;
    for (let n = Number(cookie); ; n++) {
      let entry = listing.at(n);
      while (!entry) {
        const more = await this.use(r, async (fid) => {
          const batch = await this.readDir(fid, listing.place(n, fid.connection), r);
          listing.add(batch);
          return batch.entries.length > 0;
        });
        if (!more) return;
        entry = listing.at(n);
      }
      yield entry;
    }
  }

  /**
   * Ends the fid, however the open ends; the server says whether what was written is kept. If the link was lost, the
   * server has closed the file as it closes what is abandoned.
   */
  async close(_reason: CloseReason): Promise<void> {
    this.#closed = true;
    const { tree } = this.remote;
    this.remote.opens.delete(this);
    const { fid } = this.#opened;
    tree.disown(fid);
    if (this.#doubt) {
      fid.clunk();
      throw this.#doubt;
    }
    try {
      await fid.close(this.remote);
    } catch (error) {
      if (!tree.recovers || !(error instanceof LostError)) throw error;
      if (this.#unsaved && (error.question || !this.#plain)) throw this.#doubtful(error);
    }
  }

  /** Has the server open it again, though nobody uses it. */
  reclaim(): void {
    this.#fidNow(UNASKED).catch(() => undefined);
  }

  /** Takes the locks again that the open held; false if one cannot be had. */
  protected takeLocks(_fid: HeldFid, _r: Request): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** Works with the fid, which is opened again if the link was lost. */
  protected use<T>(r: Request, work: (fid: HeldFid) => Promise<T>): Promise<T> {
    return this.remote.tree.persist(r, () => this.#useNow(r, work));
  }

  protected readBy(fid: HeldFid, offset: number, count: number, r: Request) {
    const most = Math.min(count, this.#most);
    return fid.call({ type: 'Tread', fid: fid.number, offset, count: most }, this.about(r));
  }

  protected writeBy(fid: HeldFid, offset: number, data: Uint8Array, r: Request): Promise<{ count: number }> {
    return fid.call({ type: 'Twrite', fid: fid.number, offset, data }, this.about(r));
  }

  /** What a call is told besides its question. */
  protected about(r: Request): CallOptions {
    return { signal: r.signal, at: this.remote };
  }

  /** The most that one message carries: the server promises no more than an iounit, if it names one (open(5)). */
  get #most(): number {
    const { iounit, fid } = this.#opened;
    return iounit > 0 ? Math.min(iounit, fid.connection.maxData) : fid.connection.maxData;
  }

  get #unsaved(): boolean {
    return this.#writes > this.#synced;
  }

  #put(fid: HeldFid, at: number, data: Uint8Array, r: Request, doubt: LostError | undefined) {
    if (this.#doubt) throw this.#doubt;
    if (doubt && !this.#repeatable) throw OutcomeUnknownError.of(doubt);
    return this.writeBy(fid, at, data.subarray(0, this.#most), r);
  }

  /** Whether a write that was made may be made once more. */
  get #repeatable(): boolean {
    const { qid } = this.#opened;
    return this.#plain && !this.#mode.append && (qid.type & QT.APPEND) === 0;
  }

  #useNow<T>(r: Request, work: (fid: HeldFid) => Promise<T>): Promise<T> {
    const { fid } = this.#opened;
    return fid.connection === this.remote.tree.connection ? work(fid) : this.#fidNow(r).then(work);
  }

  async #fidNow(r: Request): Promise<HeldFid> {
    for (;;) {
      const { fid } = this.#opened;
      if (fid.connection === this.remote.tree.connection) return fid;
      if (this.#ruin) throw this.#ruin;
      // Whoever else is at it may give up: then it is our turn.
      if (this.#reopening) await this.#reopening.catch(() => undefined);
      else await (this.#reopening = this.#reopen(r).finally(() => (this.#reopening = undefined)));
    }
  }

  async #reopen(r: Request): Promise<void> {
    const { tree, parent, name } = this.remote;
    if (this.file) throw new FileError('ESTALE', 'what its open made went with the link');
    const opened = await this.#openAgain(r);
    const { fid, qid } = opened;
    try {
      if (qid.path !== this.remote.qid.path) throw new FileError('ESTALE');
      if (!(await this.takeLocks(fid, r))) {
        this.#ruin = new FileError('EIO', 'its locks were lost with the link');
        throw this.#ruin;
      }
      if (this.#mode.write && !this.#plain) await this.#learn(fid, r);
      if (this.#unsaved && !this.#plain) this.#doubt = this.#doubtful();
      if (this.#closed) throw new FileError('EBADF');
    } catch (error) {
      fid.clunk();
      throw error;
    }
    tree.disown(this.#opened.fid);
    tree.own(this, fid, parent, name);
    this.#opened = opened;
  }

  async #openAgain(r: Request): Promise<Opened> {
    try {
      return await this.remote.openNow({ ...this.#mode, truncate: false, removeOnClose: false }, r);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      throw new FileError('ESTALE', 'it is not there any more', { cause: error });
    }
  }

  /** Whether it is a file that keeps what it is given: another one waits for its clunk, or does something with it. */
  async #learn(fid: HeldFid, r: Request): Promise<Attr> {
    const attr = await this.attrBy(fid, r);
    this.#plain ||= attr.type === 'file' && attr.nature === 'plain' && !attr.append;
    return attr;
  }

  #doubtful(cause?: unknown): OutcomeUnknownError {
    const before = 'the file was closed: whether what was written to it is kept';
    return new OutcomeUnknownError(this.remote.tree.address, before, cause);
  }
}
