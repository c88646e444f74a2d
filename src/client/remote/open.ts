/** A file that was opened behind a connection, whatever the dialect: the state of a fid. */
import { FileError } from '../../file/index.ts';
import type { Attr, Change, CloseReason, Entry, File, OpenFile, Qid, Request } from '../../file/index.ts';
import type { ReplyTo } from '../../protocol/index.ts';
import type { Question } from '../connection/call.ts';
import type { RemoteFile } from './file.ts';
import type { HeldFid } from './tree.ts';

/** What an open was answered. */
export interface Opened {
  readonly fid: number;
  readonly qid: Qid;
  readonly iounit: number;
}

export abstract class RemoteOpen implements OpenFile {
  /** Set if the open made another file of it: a clone file. */
  readonly file?: File;
  protected readonly fid: number;
  protected readonly remote: RemoteFile;
  /** The most that one message carries: the server promises no more than an iounit, if it names one (open(5)). */
  readonly #most: number;
  readonly #held: HeldFid;

  constructor(remote: RemoteFile, { fid, qid, iounit }: Opened) {
    const { tree, parent, name } = remote;
    this.remote = remote;
    this.fid = fid;
    this.#most = iounit > 0 ? Math.min(iounit, tree.connection.maxData) : tree.connection.maxData;
    this.#held = tree.own(this, fid, parent, name);
    if (qid.path !== remote.qid.path) this.file = remote.become(qid);
    else remote.qid = qid;
  }

  abstract list(cookie: bigint, r: Request): AsyncIterable<Entry>;
  abstract attr(r: Request): Promise<Attr>;
  abstract change(change: Change, r: Request): Promise<void>;
  abstract sync(dataOnly: boolean, r: Request): Promise<void>;

  /** One message, so it may be less than `count` though there is more. */
  async take(offset: number, count: number, r: Request): Promise<Uint8Array> {
    if (count === 0) return new Uint8Array(0);
    const { data } = await this.call(
      { type: 'Tread', fid: this.fid, offset, count: Math.min(count, this.#most) },
      r,
    );
    return data;
  }

  async write(offset: number, data: Uint8Array, r: Request): Promise<number> {
    let written = 0;
    do {
      const part = data.subarray(written, written + this.#most);
      const question = { type: 'Twrite', fid: this.fid, offset: offset + written, data: part } as const;
      const { count } = await this.call(question, r);
      if (count === 0 && part.length > 0) throw new FileError('EIO', 'the server writes nothing');
      written += count;
    } while (written < data.length);
    return written;
  }

  /** Ends the fid, however the open ends; the server says whether what was written is kept. */
  close(_reason: CloseReason): Promise<void> {
    this.remote.tree.disown(this.#held);
    return this.remote.tree.closeFid(this.fid, this.remote);
  }

  protected call<const Q extends Question>(question: Q, r: Request): Promise<ReplyTo<Q['type']>> {
    return this.remote.tree.connection.call(question, { signal: r.signal, at: this.remote });
  }
}
