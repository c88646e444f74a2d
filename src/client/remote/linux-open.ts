/** An open file in 9P2000.L. */
import { FileError } from '../../file/index.ts';
import type { Attr, Change, Entry, Lock, LockRequest, Request } from '../../file/index.ts';
import { GETATTR, LOCK, LOCK_STATUS, readDirent, type Dirent } from '../../protocol/index.ts';
import { isListed, parseEntries } from './entries.ts';
import { attrOf, direntType, setattrOf } from './linux-attr.ts';
import { RemoteOpen } from './open.ts';

const TYPES = { read: LOCK.READ, write: LOCK.WRITE, unlock: LOCK.UNLOCK } as const;

export class LinuxOpen extends RemoteOpen {
  /** The entries that came last. */
  #batch: readonly Entry[] = [];

  async attr(r: Request): Promise<Attr> {
    return attrOf(await this.call({ type: 'Tgetattr', fid: this.fid, request_mask: GETATTR.ALL }, r));
  }

  async change(change: Change, r: Request): Promise<void> {
    await this.call({ type: 'Tsetattr', fid: this.fid, ...setattrOf(change) }, r);
  }

  async sync(dataOnly: boolean, r: Request): Promise<void> {
    await this.call({ type: 'Tfsync', fid: this.fid, datasync: dataOnly ? 1 : 0 }, r);
  }

  /** Whoever stopped early and goes on from a cookie gets what has come already. */
  async *list(cookie: bigint, r: Request): AsyncGenerator<Entry> {
    let entries = cookie === 0n ? [] : this.#followers(cookie);
    for (let last = cookie; ;) {
      for (const entry of entries) {
        last = entry.cookie;
        if (isListed(entry.name)) yield entry;
      }
      entries = this.#batch = await this.#readdir(last, r);
      if (entries.length === 0) return;
      if (entries.at(-1)?.cookie === last)
        throw new FileError('EIO', 'the server lists the same again and again');
    }
  }

  #followers(cookie: bigint): readonly Entry[] {
    const at = this.#batch.findIndex((entry) => entry.cookie === cookie);
    return at < 0 ? [] : this.#batch.slice(at + 1);
  }

  async #readdir(cookie: bigint, r: Request): Promise<readonly Entry[]> {
    const count = this.remote.tree.connection.maxData;
    const { data } = await this.call({ type: 'Treaddir', fid: this.fid, offset: cookie, count }, r);
    return parseEntries(data, (from) => entryOf(readDirent(from)));
  }

  /** @throws FileError ENOLCK if the server has no locks to give, or none now. */
  async lock({ type, owner, start, length }: LockRequest, r: Request): Promise<boolean> {
    const question = {
      type: 'Tlock',
      fid: this.fid,
      lock_type: TYPES[type],
      flags: 0,
      start,
      length,
      proc_id: owner.process,
      client_id: this.#clientId(owner),
    } as const;
    const { status } = await this.call(question, r);
    if (status === LOCK_STATUS.SUCCESS) return true;
    if (status === LOCK_STATUS.BLOCKED) return false;
    throw new FileError('ENOLCK');
  }

  async getLock({ type, owner, start, length }: LockRequest, r: Request): Promise<Lock | undefined> {
    const question = {
      type: 'Tgetlock',
      fid: this.fid,
      lock_type: TYPES[type],
      start,
      length,
      proc_id: owner.process,
      client_id: this.#clientId(owner),
    } as const;
    const lock = await this.call(question, r);
    if (lock.lock_type === LOCK.UNLOCK) return undefined;
    return {
      type: lock.lock_type === LOCK.READ ? 'read' : 'write',
      start: lock.start,
      length: lock.length,
      owner: { session: this.remote.tree, client: lock.client_id, process: lock.proc_id },
    };
  }

  /** The server sees one session: the client's name tells ours apart. */
  #clientId({ session, client }: LockRequest['owner']): string {
    const number = this.remote.tree.sessionNumber(session);
    return number === 0 ? client : `${client}/${number}`;
  }
}

function entryOf({ qid, offset, type, name }: Dirent): Entry {
  return { name, qid, type: direntType(type, qid.type), cookie: offset };
}
