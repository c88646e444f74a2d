/** What all nodes of a RAM tree have: identity, attributes, extended attributes. */
import {
  FileError,
  now,
  type Attr,
  type Change,
  type CreateSpec,
  type File,
  type FileType,
  type NodeSpec,
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
const QID_TYPES: Readonly<Partial<Record<FileType, number>>> = { dir: 0x80, symlink: 0x02 };

function qidType(type: FileType, spec: Pick<CreateSpec, 'append' | 'exclusive' | 'temporary'>): number {
  const flags = (spec.append ? 0x40 : 0) | (spec.exclusive ? 0x20 : 0) | (spec.temporary ? 0x04 : 0);
  return (QID_TYPES[type] ?? 0) | flags;
}

/**
 * The attributes of a node, as its `attr` gives them: asked for more often than anything else, so none are made then.
 * They are live; whoever keeps them copies them.
 */
class RamAttr implements Attr {
  readonly type: FileType;
  readonly nature = 'plain';
  mode: number;
  append: boolean;
  exclusive: boolean;
  temporary: boolean;
  size = 0;
  owner: string | undefined;
  group: string | undefined = undefined;
  modifier: string | undefined;
  uid: number | undefined;
  gid: number | undefined;
  nlink = 1;
  readonly major: number;
  readonly minor: number;
  readonly blksize = BLOCK;
  blocks = 0;
  atime: Time;
  mtime: Time;
  ctime: Time;
  readonly btime: Time;

  constructor(
    type: FileType,
    spec: CreateSpec & Partial<Pick<NodeSpec, 'major' | 'minor'>>,
    creator: User | undefined,
  ) {
    this.type = type;
    this.mode = spec.mode & 0o7777;
    this.append = spec.append === true;
    this.exclusive = spec.exclusive === true;
    this.temporary = spec.temporary === true;
    this.owner = this.modifier = creator?.name;
    this.uid = creator?.uid;
    this.gid = spec.gid ?? creator?.gid;
    this.major = spec.major ?? 0;
    this.minor = spec.minor ?? 0;
    this.atime = this.mtime = this.ctime = this.btime = now();
  }
}

export abstract class RamNode implements File {
  readonly tree: RamTree;
  readonly attributes: RamAttr;
  qid: Qid;
  #xattrs: RamXattrs | undefined;

  constructor(tree: RamTree, type: FileType, spec: CreateSpec, creator: User | undefined) {
    tree.quota.take(NODE_COST);
    tree.nodes++;
    this.tree = tree;
    this.attributes = new RamAttr(type, spec, creator);
    this.qid = { type: qidType(type, spec), version: 0, path: ++tree.lastPath };
  }

  attr(): Attr {
    return this.attributes;
  }

  get xattrs(): Xattrs {
    this.#xattrs ??= new RamXattrs(this.tree.quota, () => this.renewed());
    return this.#xattrs;
  }

  /** What is known of the file has changed. */
  renewed(): void {
    this.attributes.ctime = now();
  }

  /** The content has changed. */
  touched(r: Request): void {
    const { attributes } = this;
    attributes.mtime = attributes.ctime = now();
    attributes.modifier = r.user.name;
    this.qid = { ...this.qid, version: (this.qid.version + 1) >>> 0 };
  }

  change(change: Change, r: Request): void {
    if (change.size !== undefined) this.resize(change.size, r);
    const { attributes } = this;
    const { mode, append, exclusive, temporary, owner, group, uid, gid } = change;
    if (owner !== undefined || uid !== undefined) {
      attributes.uid = uid;
      attributes.owner = owner;
    }
    if (group !== undefined || gid !== undefined) {
      attributes.gid = gid;
      attributes.group = group;
    }
    if (mode !== undefined) attributes.mode = mode & 0o7777;
    if (append !== undefined) attributes.append = append;
    if (exclusive !== undefined) attributes.exclusive = exclusive;
    if (temporary !== undefined) attributes.temporary = temporary;
    const qtype = qidType(attributes.type, attributes);
    if (qtype !== this.qid.type) this.qid = { ...this.qid, type: qtype };
    const moment = now();
    if (change.atime) attributes.atime = change.atime === 'now' ? moment : change.atime;
    if (change.mtime) attributes.mtime = change.mtime === 'now' ? moment : change.mtime;
    attributes.ctime = moment;
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
    this.attributes.nlink--;
    this.renewed();
    if (this.attributes.nlink === 0) this.vanish();
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
