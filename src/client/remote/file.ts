/**
 * A file behind a connection, as a File: where it is, and the fid that stands for it, if one does. The dialects'
 * messages are in linux-file.ts and plan9-file.ts.
 *
 * A fid is bound when it is first needed, and a walk binds one for its last name only: the files in between are known
 * by their names and qids, and walk from the nearest file above that has a fid. So a file whose fid is lost, or was
 * given to an open, can walk to itself again. A fid of a link that was lost is none.
 */
import { FileError, codeOf } from '../../file/index.ts';
import type {
  Attr,
  Change,
  CreateSpec,
  Created,
  File,
  NodeSpec,
  OpenFile,
  OpenMode,
  Qid,
  Removal,
  Request,
} from '../../file/index.ts';
import { QT, type ReplyTo, type TMessage } from '../../protocol/index.ts';
import type { CallOptions, Question } from '../connection/call.ts';
import { RemoteError } from '../connection/errors.ts';
import type { HeldFid } from './held.ts';
import type { Opened } from './open.ts';
import { pathOf, type RemoteTree } from './tree.ts';
import { walkFrom, type RemoteWalk } from './walk.ts';

/** A fid that stands for something else now, and what the server said to that. */
export interface Converted<T extends TMessage['type']> {
  readonly fid: HeldFid;
  readonly reply: ReplyTo<T>;
}

export abstract class RemoteFile implements File {
  readonly tree: RemoteTree;
  readonly guarded = true;
  /** Undefined for the root of the attach. */
  readonly parent: RemoteFile | undefined;
  readonly name: string;
  qid: Qid;
  /** Opens of it: their fids know the file whatever has become of its name. */
  readonly opens = new Set<{ readonly fid: HeldFid }>();
  #held: HeldFid | undefined;
  #binding: Promise<void> | undefined;
  #owners = 1;

  constructor(tree: RemoteTree, qid: Qid, parent: RemoteFile | undefined, name: string) {
    this.tree = tree;
    this.qid = qid;
    this.parent = parent;
    this.name = name;
  }

  abstract attr(r: Request): Promise<Attr>;
  /** Opens a fid of this file, on the link as it is. */
  abstract openNow(mode: OpenMode, r: Request): Promise<Opened>;
  abstract open(mode: OpenMode, r: Request): Promise<OpenFile>;
  abstract create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Promise<Created>;
  abstract mkdir(name: string, spec: CreateSpec, r: Request): Promise<File>;
  abstract symlink(name: string, target: string, spec: CreateSpec, r: Request): Promise<File>;
  abstract link(name: string, file: File, r: Request): Promise<void>;
  abstract mknod(name: string, spec: NodeSpec, r: Request): Promise<File>;
  abstract readlink(r: Request): Promise<string>;
  abstract unlink(name: string, what: Removal, r: Request): Promise<void>;
  abstract rename(name: string, to: File, toName: string, replace: boolean, r: Request): Promise<void>;
  abstract change(change: Change, r: Request): Promise<void>;

  /** A file of the same kind, in the directory that is given. */
  protected abstract make(qid: Qid, parent: RemoteFile | undefined, name: string): this;

  /** From the root of the attach. */
  get path(): string {
    return pathOf(this.parent, this.name);
  }

  async walk(name: string, r: Request): Promise<this | undefined> {
    try {
      const [file] = await this.walkAll([name], r);
      return file;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** One message for sixteen names; the last file gets the fid. */
  async walkAll(names: readonly string[], r: Request): Promise<readonly this[]> {
    const { qids, fid } = await this.tree.persist(r, () => this.#walk(names, r));
    let last: this = this;
    const files = qids.map((qid, i) => (last = last.child(names[i], qid)));
    if (fid !== undefined) last.hold(fid);
    return files;
  }

  /** A file in this directory. */
  child(name: string, qid: Qid): this {
    return this.make(qid, this, name);
  }

  /** The file that an open made of this one: it has no name of its own. */
  become(qid: Qid): this {
    return this.make(qid, this.parent, this.name);
  }

  share(): void {
    this.#owners++;
  }

  /** Calls on the file end before its fid does. */
  release(): void {
    if (--this.#owners > 0) return;
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    this.tree.disown(held);
    if (!this.parent) this.tree.leave(held);
    else if (held.uses === 0) held.clunk();
    else held.dropped = true;
  }

  /** Binds the file to a fid that was walked, or attached, to it. */
  hold(fid: HeldFid): void {
    if (this.#owners === 0 || this.#live) return fid.clunk();
    if (this.#held) this.tree.disown(this.#held);
    this.#held = fid;
    if (this.parent) this.tree.own(this, fid, this.parent, this.name);
    else this.tree.ownRoot(this, fid);
  }

  /** Works with the file's fid, which is walked to if there is none; again, if the link was lost and that may be. */
  use<T>(r: Request, work: (fid: HeldFid) => Promise<T>): Promise<T> {
    return this.tree.persist(r, () => this.useNow(r, work));
  }

  /** The same on the link as it is. */
  useNow<T>(r: Request, work: (fid: HeldFid) => Promise<T>): Promise<T> {
    const held = this.#live;
    return held ? this.#during(held, work) : this.#bound(r).then((fid) => this.#during(fid, work));
  }

  /** What a call about this file is told besides its question. */
  protected about<T extends TMessage['type']>(r: Request, late?: CallOptions<T>['late']): CallOptions<T> {
    return { signal: r.signal, at: this, late };
  }

  /**
   * Has a fid of this file changed into something else: opened, a new file in this directory, an extended attribute.
   * The file's own fid serves, where nobody else is using it; if it is needed again, the file walks to a new one.
   */
  protected convert<const Q extends Question>(
    ask: (fid: number) => Q,
    r: Request,
  ): Promise<Converted<Q['type']>> {
    return this.tree.persist(r, () => this.convertNow(ask, r));
  }

  /**
   * The same on the link as it is.
   *
   * @param beside - a fid that the question names, too: it is of use on its own link only
   */
  protected async convertNow<const Q extends Question>(
    ask: (fid: number) => Q,
    r: Request,
    beside?: HeldFid,
  ): Promise<Converted<Q['type']>> {
    const fid = await this.#spare(r);
    if (beside && beside.connection !== fid.connection) {
      this.hold(fid);
      throw beside.connection.over!;
    }
    const clunk = (): void => fid.clunk();
    try {
      return { fid, reply: await fid.call(ask(fid.number), this.about(r, clunk)) };
    } catch (error) {
      if (error instanceof RemoteError) this.hold(fid);
      throw error;
    }
  }

  /** Removes a file of this directory by a fid of its own. */
  protected async removeByFid(name: string, what: Removal, r: Request): Promise<void> {
    const [file] = await this.walkAll([name], r);
    if (!file) throw new FileError('ENOENT');
    try {
      const isDir = (file.qid.type & QT.DIR) !== 0;
      if (isDir && what === 'file') throw new FileError('EISDIR');
      if (!isDir && what === 'dir') throw new FileError('ENOTDIR');
      await this.tree.persist(r, async () => (await file.#spare(r)).remove(file.about(r)));
    } finally {
      file.release();
    }
  }

  /** The same message, unless the server turns out not to know it: then something else that comes to the same. */
  protected async either<T>(
    type: TMessage['type'],
    first: () => Promise<T>,
    otherwise: () => Promise<T>,
  ): Promise<T> {
    const { lacks } = this.tree;
    if (lacks.has(type)) return otherwise();
    try {
      return await first();
    } catch (error) {
      if (!(error instanceof RemoteError && error.op === type && error.unsupported)) throw error;
      const result = await otherwise();
      lacks.add(type);
      return result;
    }
  }

  /** Its fid, if it has one on the link as it is. */
  get #live(): HeldFid | undefined {
    const held = this.#held;
    return held?.connection === this.tree.connection ? held : undefined;
  }

  /** A fid of this file that is nobody else's, not even the file's own any more. */
  async #spare(r: Request): Promise<HeldFid> {
    const held = this.#live;
    if (!held || held.uses > 0 || !this.parent) return (await this.#walk([], r)).fid!;
    this.#held = undefined;
    this.tree.disown(held);
    return held;
  }

  async #bound(r: Request): Promise<HeldFid> {
    for (;;) {
      const held = this.#live;
      if (held) return held;
      await this.#bind(r);
    }
  }

  async #bind(r: Request): Promise<void> {
    if (this.#owners === 0) throw new FileError('EBADF');
    // Whoever else is at it may give up: then it is our turn.
    if (this.#binding) return this.#binding.catch(() => undefined);
    this.#binding = this.#walk([], r).then(({ fid }) => this.hold(fid!));
    try {
      await this.#binding;
    } finally {
      this.#binding = undefined;
    }
  }

  async #during<T>(held: HeldFid, work: (fid: HeldFid) => Promise<T>): Promise<T> {
    held.uses++;
    try {
      return await work(held);
    } finally {
      if (--held.uses === 0 && held.dropped) held.clunk();
    }
  }

  /** Walks from here; if this file has no fid, from above; if its name is gone but it is open, from there. */
  async #walk(names: readonly string[], r: Request): Promise<RemoteWalk> {
    try {
      return await this.#walkByName(names, r);
    } catch (error) {
      const code = codeOf(error);
      const open = this.#live || (code !== 'ENOENT' && code !== 'ESTALE') ? undefined : this.#openFid;
      if (!open) throw error;
      // Servers that keep to the manual refuse to clone an open fid (walk(5)); Linux's client asks for it.
      return walkFrom(open, names, this.about(r)).catch(() => {
        throw error;
      });
    }
  }

  /** An open fid of this file on the link as it is. */
  get #openFid(): HeldFid | undefined {
    for (const { fid } of this.opens) if (fid.connection === this.tree.connection) return fid;
    return undefined;
  }

  /** Walks from above as far as there is no fid, and makes sure that it still is the same file. */
  async #walkByName(names: readonly string[], r: Request): Promise<RemoteWalk> {
    const below: RemoteFile[] = [];
    let base: RemoteFile = this;
    let held = base.#live;
    while (!held) {
      if (!base.parent) throw new FileError('EBADF');
      below.unshift(base);
      base = base.parent;
      held = base.#live;
    }
    const all = [...below.map((file) => file.name), ...names];
    const { qids, fid } = await base.#during(held, (from) => walkFrom(from, all, this.about(r)));
    try {
      below.forEach((file, i) => file.#recognize(qids[i]));
    } catch (error) {
      fid?.clunk();
      throw error;
    }
    return { qids: qids.slice(below.length), fid };
  }

  #recognize(qid: Qid | undefined): void {
    if (!qid) throw new FileError('ENOENT');
    if (qid.path !== this.qid.path) throw new FileError('ESTALE');
    this.qid = qid;
  }
}
