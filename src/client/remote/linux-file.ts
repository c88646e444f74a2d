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
import { attrOf, setattrOf, statFsOf, typeBits } from './linux-attr.ts';
import { LinuxOpen } from './linux-open.ts';
import { LinuxXattrs } from './linux-xattrs.ts';

export class LinuxFile extends RemoteFile {
  get xattrs(): LinuxXattrs {
    return new LinuxXattrs(this);
  }

  attr(r: Request): Promise<Attr> {
    return this.use(r, async (fid) => {
      const reply = await this.call({ type: 'Tgetattr', fid, request_mask: GETATTR.ALL }, r);
      this.qid = reply.qid;
      return attrOf(reply);
    });
  }

  async open(mode: OpenMode, r: Request): Promise<LinuxOpen> {
    const flags = flagsOf(mode);
    const { fid, reply } = await this.convert((fid) => ({ type: 'Tlopen', fid, flags }), r);
    return new LinuxOpen(this, { ...reply, fid });
  }

  async create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Promise<Created> {
    refusePlan9(spec);
    const flags = flagsOf(mode) | L.CREATE | L.EXCL;
    const { fid, reply } = await this.convert(
      (fid) => ({ type: 'Tlcreate', fid, name, flags, mode: spec.mode, gid: gidOf(spec) }),
      r,
    );
    const file = this.child(name, reply.qid);
    return { file, open: new LinuxOpen(file, { ...reply, fid }) };
  }

  mkdir(name: string, spec: CreateSpec, r: Request): Promise<LinuxFile> {
    refusePlan9(spec);
    return this.use(r, async (dfid) => {
      const { qid } = await this.call({ type: 'Tmkdir', dfid, name, mode: spec.mode, gid: gidOf(spec) }, r);
      return this.child(name, qid);
    });
  }

  symlink(name: string, target: string, spec: CreateSpec, r: Request): Promise<LinuxFile> {
    return this.use(r, async (dfid) => {
      const { qid } = await this.call({ type: 'Tsymlink', dfid, name, target, gid: gidOf(spec) }, r);
      return this.child(name, qid);
    });
  }

  mknod(name: string, spec: NodeSpec, r: Request): Promise<LinuxFile> {
    const { type, major, minor } = spec;
    const mode = typeBits(type) | spec.mode;
    return this.use(r, async (dfid) => {
      const { qid } = await this.call(
        { type: 'Tmknod', dfid, name, mode, major, minor, gid: gidOf(spec) },
        r,
      );
      return this.child(name, qid);
    });
  }

  async link(name: string, file: File, r: Request): Promise<void> {
    const link = (dfid: number, fid: number) => this.call({ type: 'Tlink', dfid, fid, name }, r);
    await this.use(r, (dfid) => (file as LinuxFile).use(r, (fid) => link(dfid, fid)));
  }

  readlink(r: Request): Promise<string> {
    return this.use(r, async (fid) => (await this.call({ type: 'Treadlink', fid }, r)).target);
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
    await this.use(r, (fid) => this.call({ type: 'Tsetattr', fid, ...setattrOf(change) }, r));
  }

  statfs(r: Request): Promise<StatFs> {
    return this.use(r, async (fid) => statFsOf(await this.call({ type: 'Tstatfs', fid }, r)));
  }

  /** A fid that reads as the attribute, or as the list of names if the name is ''. */
  walkXattr(name: string, r: Request): Promise<{ readonly fid: number; readonly size: number }> {
    const { tree } = this;
    return this.use(r, async (fid) => {
      const newfid = tree.newFid();
      const late = (reply: unknown): void => (reply ? tree.clunk(newfid) : tree.freeFid(newfid));
      try {
        const { size } = await this.call({ type: 'Txattrwalk', fid, newfid, name }, r, late);
        return { fid: newfid, size };
      } catch (error) {
        if (error instanceof RemoteError) tree.freeFid(newfid);
        throw error;
      }
    });
  }

  /** A fid that takes the attribute's new value, and sets it when it is clunked. */
  async createXattr(name: string, attr_size: number, flags: number, r: Request): Promise<number> {
    const { fid } = await this.convert((fid) => ({ type: 'Txattrcreate', fid, name, attr_size, flags }), r);
    return fid;
  }

  protected make(qid: Qid, parent: RemoteFile | undefined, name: string): this {
    return new LinuxFile(this.tree, qid, parent, name) as this;
  }

  async #unlinkAt(name: string, what: Removal, r: Request): Promise<void> {
    const unlink = (flags: number) =>
      this.use(r, (dirfd) => this.call({ type: 'Tunlinkat', dirfd, name, flags }, r));
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
    const names = { oldname: name, newname: toName };
    const rename = (olddirfid: number, newdirfid: number) =>
      this.call({ type: 'Trenameat', olddirfid, newdirfid, ...names }, r);
    await this.use(r, (from) => to.use(r, (into) => rename(from, into)));
  }

  async #renameByFid(name: string, to: LinuxFile, toName: string, r: Request): Promise<void> {
    const [file] = await this.walkAll([name], r);
    if (!file) throw new FileError('ENOENT');
    const rename = (fid: number, dfid: number) => this.call({ type: 'Trename', fid, dfid, name: toName }, r);
    try {
      await file.use(r, (fid) => to.use(r, (dfid) => rename(fid, dfid)));
    } finally {
      file.release();
    }
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
