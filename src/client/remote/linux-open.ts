/** An open file in 9P2000.L. */
import { FileError } from '../../file/index.ts';
import type { Attr, Change, Entry, Lock, LockRequest, Request } from '../../file/index.ts';
import { Cursor, GETATTR, LOCK, LOCK_STATUS, readDirent, type Dirent } from '../../protocol/index.ts';
import { attrOf, direntType, setattrOf } from './linux-attr.ts';
import { RemoteOpen } from './open.ts';

const TYPES = { read: LOCK.READ, write: LOCK.WRITE, unlock: LOCK.UNLOCK } as const;

export class LinuxOpen extends RemoteOpen {
  /** Entries that came and that nobody took, and the cookie that they follow. */
  #left: { readonly cookie: bigint; readonly entries: readonly Entry[] } = { cookie: 0n, entries: [] };

  async attr(r: Request): Promise<Attr> {
    return attrOf(await this.call({ type: 'Tgetattr', fid: this.fid, request_mask: GETATTR.ALL }, r));
  }

  async change(change: Change, r: Request): Promise<void> {
    await this.call({ type: 'Tsetattr', fid: this.fid, ...setattrOf(change) }, r);
  }

  async sync(dataOnly: boolean, r: Request): Promise<void> {
    await this.call({ type: 'Tfsync', fid: this.fid, datasync: dataOnly ? 1 : 0 }, r);
  }

  /** Whoever stops early and goes on from the last cookie gets what has come already. */
  async *list(cookie: bigint, r: Request): AsyncGenerator<Entry> {
    let entries = cookie !== 0n && this.#left.cookie === cookie ? this.#left.entries : [];
    let last = cookie;
    let taken = 0;
    try {
      for (;;) {
        for (; taken < entries.length; taken++) {
          const entry = entries[taken];
          last = entry.cookie;
          if (entry.name !== '.' && entry.name !== '..') yield entry;
        }
        entries = await this.#readdir(last, r);
        taken = 0;
        if (entries.length === 0) return;
      }
    } finally {
      this.#left = { cookie: last, entries: entries.slice(taken + 1) };
    }
  }

  async #readdir(cookie: bigint, r: Request): Promise<readonly Entry[]> {
    const count = this.remote.tree.connection.maxData;
    const { data } = await this.call({ type: 'Treaddir', fid: this.fid, offset: cookie, count }, r);
    const from = new Cursor(data);
    const entries: Entry[] = [];
    while (from.at < from.end) entries.push(entryOf(readDirent(from)));
    return entries;
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
