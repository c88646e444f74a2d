/** A file of a server that speaks 9P2000.L. */
import { FileError, codeOf } from '../../file/index.ts';
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
  StatFs,
} from '../../file/index.ts';
import { AT_REMOVEDIR, GETATTR, L, NONUNAME } from '../../protocol/index.ts';
import { RemoteError } from '../connection/errors.ts';
import { RemoteFile } from './file.ts';
import { HeldFid } from './held.ts';
import { attrOf, setattrOf, statFsOf, typeBits } from './linux-attr.ts';
import { LinuxOpen } from './linux-open.ts';
import { LinuxXattrs } from './linux-xattrs.ts';
import type { Opened } from './open.ts';

export class LinuxFile extends RemoteFile {
  get xattrs(): LinuxXattrs {
    return new LinuxXattrs(this);
  }

  attr(r: Request): Promise<Attr> {
    return this.use(r, async (fid) => {
      const question = { type: 'Tgetattr', fid: fid.number, request_mask: GETATTR.ALL } as const;
      const reply = await fid.call(question, this.about(r));
      this.qid = reply.qid;
      return attrOf(reply);
    });
  }

  async open(mode: OpenMode, r: Request): Promise<LinuxOpen> {
    return new LinuxOpen(this, await this.tree.persist(r, () => this.openNow(mode, r)), mode);
  }

  async openNow(mode: OpenMode, r: Request): Promise<Opened> {
    const flags = flagsOf(mode);
    const { fid, reply } = await this.convertNow((fid) => ({ type: 'Tlopen', fid, flags }), r);
    return { ...reply, fid };
  }

  async create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Promise<Created> {
    refusePlan9(spec);
    const flags = flagsOf(mode) | L.CREATE | L.EXCL;
    const { fid, reply } = await this.convert(
      (fid) => ({ type: 'Tlcreate', fid, name, flags, mode: spec.mode, gid: gidOf(spec) }),
      r,
    );
    const file = this.child(name, reply.qid);
    return { file, open: new LinuxOpen(file, { ...reply, fid }, mode, true) };
  }

  mkdir(name: string, spec: CreateSpec, r: Request): Promise<LinuxFile> {
    refusePlan9(spec);
    const { mode } = spec;
    return this.use(r, async (dir) => {
      const question = { type: 'Tmkdir', dfid: dir.number, name, mode, gid: gidOf(spec) } as const;
      const { qid } = await dir.call(question, this.about(r));
      return this.child(name, qid);
    });
  }

  symlink(name: string, target: string, spec: CreateSpec, r: Request): Promise<LinuxFile> {
    return this.use(r, async (dir) => {
      const question = { type: 'Tsymlink', dfid: dir.number, name, target, gid: gidOf(spec) } as const;
      const { qid } = await dir.call(question, this.about(r));
      return this.child(name, qid);
    });
  }

  mknod(name: string, spec: NodeSpec, r: Request): Promise<LinuxFile> {
    const { type, major, minor } = spec;
    const mode = typeBits(type) | spec.mode;
    return this.use(r, async (dir) => {
      const { qid } = await dir.call(
        { type: 'Tmknod', dfid: dir.number, name, mode, major, minor, gid: gidOf(spec) },
        this.about(r),
      );
      return this.child(name, qid);
    });
  }

  async link(name: string, file: File, r: Request): Promise<void> {
    await this.#useBoth(file as LinuxFile, r, (dir, { number: fid }) =>
      dir.call({ type: 'Tlink', dfid: dir.number, fid, name }, this.about(r)),
    );
  }

  readlink(r: Request): Promise<string> {
    return this.use(r, async (fid) => {
      const { target } = await fid.call({ type: 'Treadlink', fid: fid.number }, this.about(r));
      return target;
    });
  }

  unlink(name: string, what: Removal, r: Request): Promise<void> {
    return this.either(
      'Tunlinkat',
      () => this.#unlinkAt(name, what, r),
      () => this.removeByFid(name, what, r),
    );
  }

  async rename(name: string, to: File, toName: string, replace: boolean, r: Request): Promise<void> {
    const target = to as LinuxFile;
    // The protocol cannot say "unless it is there": another client may be quicker than this check.
    if (!replace && (await target.#has(toName, r))) throw new FileError('EEXIST');
    await this.either(
      'Trenameat',
      () => this.#renameAt(name, target, toName, r),
      () => this.#renameByFid(name, target, toName, r),
    );
  }

  async change(change: Change, r: Request): Promise<void> {
    const attributes = setattrOf(change);
    await this.use(r, (fid) => fid.call({ type: 'Tsetattr', fid: fid.number, ...attributes }, this.about(r)));
  }

  statfs(r: Request): Promise<StatFs> {
    return this.use(r, async (fid) =>
      statFsOf(await fid.call({ type: 'Tstatfs', fid: fid.number }, this.about(r))),
    );
  }

  /** A fid that reads as the attribute, or as the list of names if the name is ''; on the link as it is. */
  walkXattr(name: string, r: Request): Promise<{ readonly fid: HeldFid; readonly size: number }> {
    return this.useNow(r, async (from) => {
      const fid = new HeldFid(from.connection);
      const late = (reply: unknown): void => (reply ? fid.clunk() : fid.free());
      const question = { type: 'Txattrwalk', fid: from.number, newfid: fid.number, name } as const;
      try {
        const { size } = await from.call(question, this.about(r, late));
        return { fid, size };
      } catch (error) {
        if (error instanceof RemoteError) fid.free();
        throw error;
      }
    });
  }

  /** A fid that takes the attribute's new value, and sets it when it is clunked. */
  async createXattr(name: string, attr_size: number, flags: number, r: Request): Promise<HeldFid> {
    const { fid } = await this.convert((fid) => ({ type: 'Txattrcreate', fid, name, attr_size, flags }), r);
    return fid;
  }

  protected make(qid: Qid, parent: RemoteFile | undefined, name: string): this {
    return new LinuxFile(this.tree, qid, parent, name) as this;
  }

  async #unlinkAt(name: string, what: Removal, r: Request): Promise<void> {
    const unlink = (flags: number) =>
      this.use(r, (dir) => dir.call({ type: 'Tunlinkat', dirfd: dir.number, name, flags }, this.about(r)));
    try {
      await unlink(what === 'dir' ? AT_REMOVEDIR : 0);
    } catch (error) {
      // POSIX says EPERM where Linux says EISDIR.
      if (what !== 'any' || !['EISDIR', 'EPERM'].includes(codeOf(error))) throw error;
      await unlink(AT_REMOVEDIR).catch((second: unknown) => {
        throw codeOf(second) === 'ENOTDIR' ? error : second;
      });
    }
  }

  async #renameAt(name: string, to: LinuxFile, toName: string, r: Request): Promise<void> {
    await this.#useBoth(to, r, (from, { number: newdirfid }) =>
      from.call(
        { type: 'Trenameat', olddirfid: from.number, oldname: name, newdirfid, newname: toName },
        this.about(r),
      ),
    );
  }

  async #renameByFid(name: string, to: LinuxFile, toName: string, r: Request): Promise<void> {
    const [file] = await this.walkAll([name], r);
    if (!file) throw new FileError('ENOENT');
    try {
      await file.#useBoth(to, r, (from, { number: dfid }) =>
        from.call({ type: 'Trename', fid: from.number, dfid, name: toName }, file.about(r)),
      );
    } finally {
      file.release();
    }
  }

  /** Works with the fids of two files, by a call on the first: if its link is not the other's any more, it is lost. */
  #useBoth<T>(other: LinuxFile, r: Request, work: (fid: HeldFid, its: HeldFid) => Promise<T>): Promise<T> {
    return this.use(r, (fid) => other.useNow(r, (its) => work(fid, its)));
  }

  async #has(name: string, r: Request): Promise<boolean> {
    const file = await this.walk(name, r);
    file?.release();
    return file !== undefined;
  }
}

function flagsOf(mode: OpenMode): number {
  const access = mode.write ? (mode.read ? L.RDWR : L.WRONLY) : 0;
  return access | (mode.truncate ? L.TRUNC : 0) | (mode.append ? L.APPEND : 0);
}

/** The group of a new file: left to the server, unless the caller names one. */
function gidOf(spec: CreateSpec): number {
  return spec.gid ?? NONUNAME;
}

/** A file that is only appended to, or opened by one at a time, cannot be asked for in 9P2000.L. */
function refusePlan9(spec: CreateSpec): void {
  if (spec.append || spec.exclusive) throw new FileError('EOPNOTSUPP');
}
