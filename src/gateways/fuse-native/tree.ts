/** A tree, used by paths from its root: what is asked by name. */
import {
  Chan,
  FileError,
  READ,
  millisecondsOf,
  openMode,
  timeOf,
  type Attr,
  type Awaitable,
  type File,
  type Request,
  type StatFs,
  type Time,
  type Xattrs,
} from '../../file/index.ts';
import { QidPaths } from '../../file/qid-paths.ts';
import { encodeName } from '../../host/name.ts';
import { Attributes, typeOf } from '../fuse/attributes.ts';
import type { Call } from '../fuse/call.ts';
import type { Settings } from '../fuse/options.ts';
import { NO_FIGURES, checkAccess } from '../fuse/requests/attributes.ts';
import { makeFile } from '../fuse/requests/names.ts';
import { modeOf } from '../fuse/requests/open.ts';
import { OWN } from '../fuse/requests/xattr.ts';
import { Opens } from './opens.ts';
import type { Outcome } from './calls.ts';

/** chown(2): it stays. */
const UNCHANGED = 0xffff_ffff;

/** setxattr(2). */
const XATTR_CREATE = 1;
const XATTR_REPLACE = 2;

const MOST_U32 = 0xffff_ffff;

export class Tree {
  readonly opens: Opens;
  readonly #root: Chan;
  readonly #attributes: Attributes;

  constructor(root: File, settings: Settings) {
    this.#root = Chan.attach(root, { borrowed: true });
    this.#attributes = new Attributes(settings, new QidPaths(root.tree));
    this.opens = new Opens(settings.user);
  }

  getattr(call: Call, path: string): Awaitable<Outcome> {
    return this.#at(path, call, async (chan) => [0, this.#statOf(chan.file, await chan.attr(call))]);
  }

  access(call: Call, path: string, mask: number): Promise<void> {
    return this.#at(path, call, async (chan) => checkAccess(await chan.attr(call), chan, mask, call));
  }

  /** All of it: the binding does not say where to go on. */
  readdir(call: Call, path: string): Promise<Outcome> {
    return this.#at(path, call, async (chan) => {
      const names = ['.', '..'];
      await chan.open(READ, call);
      for await (const { name } of chan.list(0n, call)) names.push(name);
      return [0, names];
    });
  }

  /** Whether it can be listed; who lists it says no more of this open. */
  opendir(call: Call, path: string): Promise<void> {
    return this.#at(path, call, async (chan) => chan.open(READ, call));
  }

  async open(call: Call, path: string, flags: number): Promise<Outcome> {
    const mode = modeOf(flags);
    const chan = await this.#walk(path, call);
    return [0, await this.opens.add(chan, call, () => chan.open(mode, call))];
  }

  /** The binding does not say for what; the kernel sees to it that nothing else is done. */
  async create(call: Call, path: string, mode: number): Promise<Outcome> {
    const { directory, name } = split(path);
    const chan = await this.#walk(directory, call);
    const spec = { mode: mode & 0o7777 };
    const create = () => chan.create(name, spec, openMode({ read: true, write: true }), call);
    return [0, await this.opens.add(chan, call, create)];
  }

  truncate(call: Call, path: string, size: number): Promise<void> {
    return this.#at(path, call, async (chan) => chan.change({ size }, call));
  }

  chmod(call: Call, path: string, mode: number): Promise<void> {
    return this.#at(path, call, async (chan) => chan.change({ mode: mode & 0o7777 }, call));
  }

  chown(call: Call, path: string, uid: number, gid: number): Promise<void> {
    const change = { ...(uid !== UNCHANGED && { uid }), ...(gid !== UNCHANGED && { gid }) };
    return this.#at(path, call, async (chan) => chan.change(change, call));
  }

  /** Milliseconds; the binding gives the first of them twice. */
  utimens(call: Call, path: string, atime: number, mtime: number): Promise<void> {
    const change = { atime: timeOf(atime), mtime: timeOf(mtime) };
    return this.#at(path, call, async (chan) => chan.change(change, call));
  }

  mkdir(call: Call, path: string, mode: number): Promise<void> {
    return this.#in(
      path,
      call,
      async (dir, name) => void (await dir.mkdir(name, { mode: mode & 0o7777 }, call)),
    );
  }

  mknod(call: Call, path: string, mode: number, device: number): Promise<void> {
    const spec = { mode: mode & 0o7777 };
    const type = typeOf(mode) ?? 'file';
    return this.#in(path, call, async (dir, name) => {
      if (type === 'dir' || type === 'symlink') throw new FileError('EINVAL');
      if (type === 'file') await makeFile(dir, name, spec, call);
      else await dir.mknod(name, { ...spec, type, ...numbersOf(device) }, call);
    });
  }

  symlink(call: Call, target: string, path: string): Promise<void> {
    return this.#in(
      path,
      call,
      async (dir, name) => void (await dir.symlink(name, target, { mode: 0o777 }, call)),
    );
  }

  readlink(call: Call, path: string): Promise<Outcome> {
    return this.#at(path, call, async (chan) => [0, await chan.readlink(call)]);
  }

  link(call: Call, path: string, to: string): Promise<void> {
    return this.#at(path, call, (target) =>
      this.#in(to, call, async (dir, name) => dir.link(name, target, call)),
    );
  }

  rename(call: Call, path: string, to: string): Promise<void> {
    return this.#in(path, call, (from, name) =>
      this.#in(to, call, async (dir, toName) => from.rename(name, dir, toName, true, call)),
    );
  }

  unlink(call: Call, path: string): Promise<void> {
    return this.#in(path, call, async (dir, name) => dir.unlink(name, 'file', call));
  }

  rmdir(call: Call, path: string): Promise<void> {
    return this.#in(path, call, async (dir, name) => dir.unlink(name, 'dir', call));
  }

  statfs(call: Call, path: string): Promise<Outcome> {
    return this.#at(path, call, async (chan) => {
      return [0, figuresOf(chan.file.statfs ? await chan.statfs(call) : NO_FIGURES)];
    });
  }

  getxattr(call: Call, path: string, name: string): Promise<Outcome> {
    if (!OWN.test(name)) throw new FileError(name.startsWith('security.') ? 'ENODATA' : 'EOPNOTSUPP');
    return this.#xattrs(path, 'read', call, async (xattrs) => [0, await xattrs.get(name, call)]);
  }

  listxattr(call: Call, path: string): Promise<Outcome> {
    return this.#xattrs(path, 'read', call, async (xattrs) => {
      const names = (await xattrs.list(call)).filter((name) => OWN.test(name));
      return [0, Buffer.concat(names.map((name) => encodeName(`${name}\0`)))];
    });
  }

  setxattr(
    call: Call,
    path: string,
    name: string,
    value: Uint8Array,
    _position: number,
    flags: number,
  ): Promise<void> {
    if (!OWN.test(name)) throw new FileError('EOPNOTSUPP');
    const how = flags === XATTR_CREATE ? 'create' : flags === XATTR_REPLACE ? 'replace' : 'any';
    const kept = Buffer.from(value);
    return this.#xattrs(path, 'write', call, async (xattrs) => xattrs.set(name, kept, how, call));
  }

  removexattr(call: Call, path: string, name: string): Promise<void> {
    if (!OWN.test(name)) throw new FileError('EOPNOTSUPP');
    return this.#xattrs(path, 'write', call, async (xattrs) => xattrs.remove(name, call));
  }

  /** All files are closed as those of a lost connection are. */
  close(r: Request): Promise<void> {
    return this.opens.close(r);
  }

  async #walk(path: string, r: Request): Promise<Chan> {
    const names = path.split('/').filter((name) => name !== '');
    const { chan, error } = await this.#root.walk(names, r);
    if (!chan) throw error;
    return chan;
  }

  async #at<T>(path: string, r: Request, work: (chan: Chan) => Promise<T>): Promise<T> {
    const chan = await this.#walk(path, r);
    try {
      return await work(chan);
    } finally {
      await chan.close('clunk', r);
    }
  }

  #in<T>(path: string, r: Request, work: (dir: Chan, name: string) => Promise<T>): Promise<T> {
    const { directory, name } = split(path);
    return this.#at(directory, r, (dir) => work(dir, name));
  }

  #xattrs<T>(
    path: string,
    purpose: 'read' | 'write',
    r: Request,
    work: (xattrs: Xattrs) => Promise<T>,
  ): Promise<T> {
    return this.#at(path, r, async (chan) => work(await chan.xattrs(purpose, r)));
  }

  /** As the package wants it: times in milliseconds, none before 1970. libfuse numbers the files itself. */
  #statOf(file: File, attr: Attr) {
    const { mode, nlink, uid, gid, size, blocks, blksize, major, minor, ...times } = this.#attributes.of(
      file,
      attr,
    );
    const moment = (time: Time): number => Math.max(0, Math.floor(millisecondsOf(time)));
    const rdev = ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
    const [atime, mtime, ctime] = [moment(times.atime), moment(times.mtime), moment(times.ctime)];
    return { mode, nlink, uid, gid, size, blocks, blksize, rdev, atime, mtime, ctime };
  }
}

function split(path: string): { readonly directory: string; readonly name: string } {
  const at = path.lastIndexOf('/');
  return { directory: path.slice(0, at), name: path.slice(at + 1) };
}

/** dev_t, as far as it has 32 bits. */
function numbersOf(device: number): { readonly major: number; readonly minor: number } {
  return { major: (device >>> 8) & 0xfff, minor: (device & 0xff) | ((device >>> 12) & 0xfff00) };
}

/** The package counts in 32 bits: where that does not do, in larger blocks. */
function figuresOf({ bsize, blocks, bfree, bavail, files, ffree, namelen }: StatFs) {
  const times = 2 ** Math.max(0, Math.ceil(Math.log2(blocks / MOST_U32)));
  const [many, free, available] = [blocks, bfree, bavail].map((count) => Math.floor(count / times));
  const [known, left] = [files, ffree].map((count) => Math.min(count, MOST_U32));
  const size = bsize * times;
  return {
    bsize: size,
    frsize: size,
    blocks: many,
    bfree: free,
    bavail: available,
    files: known,
    ffree: left,
    favail: left,
    namemax: namelen,
  };
}
