/** What all nodes of a RAM tree have: identity, attributes, extended attributes. */
import {
  FileError,
  now,
  type Attr,
  type Change,
  type CreateSpec,
  type File,
  type FileType,
  type Qid,
  type Request,
  type StatFs,
  type Time,
  type User,
  type Xattrs,
} from '../../file/index.ts';
import { NODE_COST, type Quota } from './quota.ts';
import { RamXattrs } from './xattrs.ts';

/** What the nodes of one tree share. */
export interface RamTree {
  readonly quota: Quota;
  nodes: number;
  lastPath: bigint;
}

const BLOCK = 4096;
const SETUID_SETGID = 0o6000;
const QID_TYPES: Readonly<Partial<Record<FileType, number>>> = { dir: 0x80, symlink: 0x02 };

function qidType(type: FileType, spec: Pick<CreateSpec, 'append' | 'exclusive' | 'temporary'>): number {
  const flags = (spec.append ? 0x40 : 0) | (spec.exclusive ? 0x20 : 0) | (spec.temporary ? 0x04 : 0);
  return (QID_TYPES[type] ?? 0) | flags;
}

/**
 * A node is the File and its own Attr at once: attributes are asked for more often than anything else, and none are
 * made then. They are live; whoever keeps them copies them.
 */
export abstract class RamNode implements File, Attr {
  readonly tree: RamTree;
  readonly type: FileType;
  readonly nature = 'plain';
  readonly btime: Time;
  readonly blksize = BLOCK;
  qid: Qid;
  mode: number;
  append: boolean;
  exclusive: boolean;
  temporary: boolean;
  owner: string | undefined;
  group: string | undefined = undefined;
  modifier: string | undefined;
  uid: number | undefined;
  gid: number | undefined;
  nlink = 1;
  atime: Time;
  mtime: Time;
  ctime: Time;
  #xattrs: RamXattrs | undefined;

  constructor(tree: RamTree, type: FileType, spec: CreateSpec, creator: User | undefined) {
    tree.quota.take(NODE_COST);
    tree.nodes++;
    this.tree = tree;
    this.type = type;
    this.qid = { type: qidType(type, spec), version: 0, path: ++tree.lastPath };
    this.mode = spec.mode & 0o7777;
    this.append = spec.append === true;
    this.exclusive = spec.exclusive === true;
    this.temporary = spec.temporary === true;
    this.owner = this.modifier = creator?.name;
    this.uid = creator?.uid;
    this.gid = spec.gid ?? creator?.gid;
    this.atime = this.mtime = this.ctime = this.btime = now();
  }

  abstract get size(): number;

  get blocks(): number {
    return 0;
  }

  attr(): Attr {
    return this;
  }

  get xattrs(): Xattrs {
    this.#xattrs ??= new RamXattrs(this.tree.quota, () => (this.ctime = now()));
    return this.#xattrs;
  }

  /** The content has changed. */
  touched(r: Request): void {
    this.mtime = this.ctime = now();
    this.modifier = r.user.name;
    this.qid = { ...this.qid, version: (this.qid.version + 1) >>> 0 };
    if (this.mode & SETUID_SETGID && r.user.uid !== 0) this.mode &= ~SETUID_SETGID;
  }

  change(change: Change, r: Request): void {
    if (change.size !== undefined) this.resize(change.size, r);
    const { mode, append, exclusive, temporary, owner, group, uid, gid } = change;
    if (owner !== undefined || uid !== undefined) {
      this.uid = uid;
      this.owner = owner;
    }
    if (group !== undefined || gid !== undefined) {
      this.gid = gid;
      this.group = group;
    }
    if (mode !== undefined) this.mode = mode & 0o7777;
    if (append !== undefined) this.append = append;
    if (exclusive !== undefined) this.exclusive = exclusive;
    if (temporary !== undefined) this.temporary = temporary;
    const qtype = qidType(this.type, this);
    if (qtype !== this.qid.type) this.qid = { ...this.qid, type: qtype };
    const moment = now();
    if (change.atime) this.atime = change.atime === 'now' ? moment : change.atime;
    if (change.mtime) this.mtime = change.mtime === 'now' ? moment : change.mtime;
    this.ctime = moment;
  }

  statfs(): StatFs {
    const { limit, used } = this.tree.quota;
    const blocks = Math.floor(limit / BLOCK);
    const bfree = Math.floor((limit - used) / BLOCK);
    const ffree = Math.floor((limit - used) / NODE_COST);
    const files = this.tree.nodes + ffree;
    return { bsize: BLOCK, blocks, bfree, bavail: bfree, files, ffree, fsid: 0n, namelen: 255 };
  }

  /** A name of this node is gone; with the last one goes the node, once nobody has it open. */
  unlinked(): void {
    this.nlink--;
    this.ctime = now();
    if (this.nlink === 0) this.vanish();
  }

  protected resize(_size: number, _r: Request): void {
    throw new FileError('EINVAL');
  }

  protected vanish(): void {
    this.tree.nodes--;
    this.tree.quota.give(NODE_COST);
    this.#xattrs?.free();
  }
}
