/** A file of a server that speaks 9P2000, or 9P2000.u with its links and special files. */
import { FileError } from '../../file/index.ts';
import type {
  Attr,
  Change,
  CreateSpec,
  Created,
  File,
  NodeSpec,
  OpenMode,
  Qid,
  Removal,
  Request,
} from '../../file/index.ts';
import { DM, O, type Dialect } from '../../protocol/index.ts';
import { RemoteFile, type Converted } from './file.ts';
import type { HeldFid } from './held.ts';
import type { Opened } from './open.ts';
import { Plan9Open } from './plan9-open.ts';
import { UNTOUCHED, attrOf, changesMode, modeOf, typeOf, wstatOf } from './plan9-stat.ts';

const SPECIAL_FILES = { fifo: DM.NAMEDPIPE, socket: DM.SOCKET, char: DM.DEVICE, block: DM.DEVICE } as const;

export class Plan9File extends RemoteFile {
  get dialect(): Dialect {
    return this.tree.connection.dialect;
  }

  attr(r: Request): Promise<Attr> {
    return this.use(r, async (fid) => {
      const { stat } = await fid.call({ type: 'Tstat', fid: fid.number }, this.about(r));
      this.qid = stat.qid;
      return attrOf(stat);
    });
  }

  async open(mode: OpenMode, r: Request): Promise<Plan9Open> {
    return new Plan9Open(this, await this.tree.persist(r, () => this.openNow(mode, r)), mode);
  }

  async openNow(mode: OpenMode, r: Request): Promise<Opened> {
    const byte = openByte(mode);
    const { fid, reply } = await this.convertNow((fid) => ({ type: 'Topen', fid, mode: byte }), r);
    return { ...reply, fid };
  }

  async create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Promise<Created> {
    const question = this.#creation(name, this.#perm(spec), openByte(mode));
    const { file, opened } = this.#created(name, await this.convert(question, r));
    return { file, open: new Plan9Open(file, opened, mode, true) };
  }

  mkdir(name: string, spec: CreateSpec, r: Request): Promise<Plan9File> {
    return this.#make(name, DM.DIR | this.#perm(spec), '', r);
  }

  async symlink(name: string, target: string, _spec: CreateSpec, r: Request): Promise<Plan9File> {
    this.#needUnix();
    return this.#make(name, DM.SYMLINK | 0o777, target, r);
  }

  async mknod(name: string, spec: NodeSpec, r: Request): Promise<Plan9File> {
    const { type, major, minor } = spec;
    if (type === 'file') return this.#make(name, this.#perm(spec), '', r);
    this.#needUnix();
    const device = type === 'char' || type === 'block';
    const extension = device ? `${type === 'char' ? 'c' : 'b'} ${major} ${minor}` : '';
    return this.#make(name, SPECIAL_FILES[type] | this.#perm(spec), extension, r);
  }

  /** 9P2000.u: a link is created, and names the fid of the file. */
  async link(name: string, file: File, r: Request): Promise<void> {
    this.#needUnix();
    await (file as Plan9File).use(r, async (target) => {
      const question = this.#creation(name, DM.LINK | 0o777, O.READ, String(target.number));
      this.#created(name, await this.convertNow(question, r, target)).opened.fid.clunk();
    });
  }

  async readlink(r: Request): Promise<string> {
    const { stat } = await this.use(r, (fid) => fid.call({ type: 'Tstat', fid: fid.number }, this.about(r)));
    if (typeOf(stat) !== 'symlink') throw new FileError('EINVAL');
    return stat.extension ?? '';
  }

  unlink(name: string, what: Removal, r: Request): Promise<void> {
    return this.removeByFid(name, what, r);
  }

  /**
   * A file can be renamed within its directory only, and never replaces another: the server refuses (stat(5)), and to
   * remove that first would lose it if the rename then fails.
   */
  async rename(name: string, to: File, toName: string, _replace: boolean, r: Request): Promise<void> {
    if (to.qid.path !== this.qid.path) throw new FileError('EXDEV');
    if (name === toName) return;
    const [file] = await this.walkAll([name], r);
    if (!file) throw new FileError('ENOENT');
    const stat = { ...UNTOUCHED, name: toName };
    try {
      await file.use(r, (fid) => fid.call({ type: 'Twstat', fid: fid.number, stat }, file.about(r)));
    } finally {
      file.release();
    }
  }

  async change(change: Change, r: Request): Promise<void> {
    await this.use(r, (fid) => this.wstat(fid, change, r));
  }

  /** Makes a change by a fid of this file. */
  async wstat(fid: HeldFid, change: Change, r: Request): Promise<void> {
    const about = this.about(r);
    const asked = changesMode(change) && (await fid.call({ type: 'Tstat', fid: fid.number }, about));
    const stat = wstatOf(change, asked ? asked.stat : undefined, this.dialect);
    await fid.call({ type: 'Twstat', fid: fid.number, stat }, about);
  }

  protected make(qid: Qid, parent: RemoteFile | undefined, name: string): this {
    return new Plan9File(this.tree, qid, parent, name) as this;
  }

  #creation(name: string, perm: number, mode: number, extension = '') {
    return (fid: number) => ({ type: 'Tcreate', fid, name, perm: perm >>> 0, mode, extension }) as const;
  }

  #created(name: string, { fid, reply }: Converted<'Tcreate'>) {
    return { file: this.child(name, reply.qid), opened: { ...reply, fid } };
  }

  /** Creates what is not to be open. */
  async #make(name: string, perm: number, extension: string, r: Request): Promise<Plan9File> {
    const created = await this.convert(this.#creation(name, perm, O.READ, extension), r);
    const { file, opened } = this.#created(name, created);
    opened.fid.clunk();
    return file;
  }

  #perm(spec: CreateSpec): number {
    const flags =
      (spec.append ? DM.APPEND : 0) | (spec.exclusive ? DM.EXCL : 0) | (spec.temporary ? DM.TMP : 0);
    return flags | modeOf(spec.mode, this.dialect);
  }

  /** What 9P2000 has no words for is not permitted, as link(2) and symlink(2) say of such file systems. */
  #needUnix(): void {
    if (this.dialect !== '9P2000.u') throw new FileError('EPERM');
  }
}

/** What is read is read by whoever may execute it, if that is what it is opened for (open(5)). */
function openByte(mode: OpenMode): number {
  const access = mode.write ? (mode.read ? O.RDWR : O.WRITE) : mode.execute ? O.EXEC : O.READ;
  return access | (mode.truncate ? O.TRUNC : 0);
}
