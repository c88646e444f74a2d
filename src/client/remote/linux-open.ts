/** An open file in 9P2000.L. */
import { FileError } from '../../file/index.ts';
import type { Attr, Change, CloseReason, Lock, LockRequest, Request } from '../../file/index.ts';
import { GETATTR, LOCK, LOCK_STATUS, readDirent, type Dirent } from '../../protocol/index.ts';
import { delay } from '../abort.ts';
import { parseEntries } from './entries.ts';
import type { HeldFid } from './held.ts';
import { attrOf, direntType, setattrOf } from './linux-attr.ts';
import type { Batch, Unnumbered } from './listing.ts';
import { RemoteOpen } from './open.ts';
import { TakenLocks } from './taken-locks.ts';

const TYPES = { read: LOCK.READ, write: LOCK.WRITE, unlock: LOCK.UNLOCK } as const;

/** Milliseconds between attempts to have a lock again: the server may not have noticed yet that the old link is gone. */
const PAUSES = [50, 100, 200, 400];

export class LinuxOpen extends RemoteOpen {
  readonly #locks = new TakenLocks();
  /** What the tree knows it by while it holds locks. */
  #claim: WeakRef<LinuxOpen> | undefined;

  /** @throws FileError ENOLCK if the server has no locks to give, or none now. */
  async lock(request: LockRequest, r: Request): Promise<boolean> {
    const status = await this.use(r, (fid) => this.#lockBy(fid, request, r));
    if (status === LOCK_STATUS.BLOCKED) return false;
    if (status !== LOCK_STATUS.SUCCESS) throw new FileError('ENOLCK');
    this.#locks.note(request);
    this.#announce();
    return true;
  }

  async getLock({ type, owner, start, length }: LockRequest, r: Request): Promise<Lock | undefined> {
    const lock = await this.use(r, (fid) =>
      fid.call(
        {
          type: 'Tgetlock',
          fid: fid.number,
          lock_type: TYPES[type],
          start,
          length,
          proc_id: owner.process,
          client_id: this.#clientId(owner),
        },
        this.about(r),
      ),
    );
    if (lock.lock_type === LOCK.UNLOCK) return undefined;
    return {
      type: lock.lock_type === LOCK.READ ? 'read' : 'write',
      start: lock.start,
      length: lock.length,
      owner: { session: this.remote.tree, client: lock.client_id, process: lock.proc_id },
    };
  }

  override close(reason: CloseReason): Promise<void> {
    this.#renounce();
    return super.close(reason);
  }

  protected async attrBy(fid: HeldFid, r: Request): Promise<Attr> {
    const question = { type: 'Tgetattr', fid: fid.number, request_mask: GETATTR.ALL } as const;
    return attrOf(await fid.call(question, this.about(r)));
  }

  protected async changeBy(fid: HeldFid, change: Change, r: Request): Promise<void> {
    await fid.call({ type: 'Tsetattr', fid: fid.number, ...setattrOf(change) }, this.about(r));
  }

  protected async syncBy(fid: HeldFid, dataOnly: boolean, r: Request): Promise<void> {
    await fid.call({ type: 'Tfsync', fid: fid.number, datasync: dataOnly ? 1 : 0 }, this.about(r));
  }

  protected async readDir(fid: HeldFid, place: bigint, r: Request): Promise<Batch> {
    const count = fid.connection.maxData;
    const question = { type: 'Treaddir', fid: fid.number, offset: place, count } as const;
    const { data } = await fid.call(question, this.about(r));
    const entries = parseEntries(data, (from) => entryOf(readDirent(from)));
    const next = entries.at(-1)?.cookie ?? place;
    if (entries.length > 0 && next === place) {
      throw new FileError('EIO', 'the server lists the same again and again');
    }
    return { entries, place: next };
  }

  protected override async takeLocks(fid: HeldFid, r: Request): Promise<boolean> {
    for (const lock of this.#locks.all) {
      if (await this.#takeLock(fid, lock, r)) continue;
      this.#renounce();
      return false;
    }
    return true;
  }

  async #takeLock(fid: HeldFid, lock: LockRequest, r: Request): Promise<boolean> {
    for (const pause of PAUSES) {
      if ((await this.#lockBy(fid, lock, r)) === LOCK_STATUS.SUCCESS) return true;
      await delay(pause, r.signal);
    }
    return (await this.#lockBy(fid, lock, r)) === LOCK_STATUS.SUCCESS;
  }

  async #lockBy(fid: HeldFid, { type, owner, start, length }: LockRequest, r: Request): Promise<number> {
    const { status } = await fid.call(
      {
        type: 'Tlock',
        fid: fid.number,
        lock_type: TYPES[type],
        flags: 0,
        start,
        length,
        proc_id: owner.process,
        client_id: this.#clientId(owner),
      },
      this.about(r),
    );
    return status;
  }

  /** What holds locks is to be open again soon after the link is lost. */
  #announce(): void {
    const { tree } = this.remote;
    if (!tree.recovers) return;
    if (this.#locks.all.length === 0) this.#renounce();
    else if (!this.#claim) tree.claim((this.#claim = new WeakRef(this)));
  }

  #renounce(): void {
    if (!this.#claim) return;
    this.remote.tree.unclaim(this.#claim);
    this.#claim = undefined;
  }

  /** The server sees one session: the client's name tells ours apart. */
  #clientId({ session, client }: LockRequest['owner']): string {
    const number = this.remote.tree.sessionNumber(session);
    return number === 0 ? client : `${client}/${number}`;
  }
}

/** Its cookie is the server's. */
function entryOf({ qid, offset, type, name }: Dirent): Unnumbered {
  return { name, qid, type: direntType(type, qid.type), cookie: offset };
}
