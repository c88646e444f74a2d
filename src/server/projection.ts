/** Files as the dialects show them: qids, 9P2000's and 9P2000.u's stat, 9P2000.L's attributes. */
import type { Attr, File, FileType, Qid, Time, User } from '../file/index.ts';
import { QidPaths } from '../file/qid-paths.ts';
import {
  DM,
  DT,
  GEN_NATURE,
  GETATTR,
  NONUNAME,
  S,
  type Dialect,
  type MessageOf,
  type Stat,
} from '../protocol/index.ts';
import type { UserTable } from './identity.ts';

const DM_TYPES: Readonly<Record<FileType, number>> = {
  dir: DM.DIR,
  file: 0,
  symlink: DM.SYMLINK,
  fifo: DM.NAMEDPIPE,
  socket: DM.SOCKET,
  char: DM.DEVICE,
  block: DM.DEVICE,
};

const S_TYPES: Readonly<Record<FileType, number>> = {
  dir: S.IFDIR,
  file: S.IFREG,
  symlink: S.IFLNK,
  fifo: S.IFIFO,
  socket: S.IFSOCK,
  char: S.IFCHR,
  block: S.IFBLK,
};

export const DIRENT_TYPES: Readonly<Record<FileType, number>> = {
  dir: DT.DIR,
  file: DT.REG,
  symlink: DT.LNK,
  fifo: DT.FIFO,
  socket: DT.SOCK,
  char: DT.CHR,
  block: DT.BLK,
};

/** What a stat needs besides the attributes. */
export interface StatContext {
  readonly name: string;
  readonly qid: Qid;
  /** 9P2000.u: the target of a symbolic link. */
  readonly target?: string;
}

export class Projection {
  readonly #owner: User;
  readonly #users: UserTable;
  readonly #paths: QidPaths;

  constructor(root: File, owner: User, users: UserTable) {
    this.#owner = owner;
    this.#users = users;
    this.#paths = new QidPaths(root.tree);
  }

  /**
   * The qid that the wire carries. Two trees that are served as one must not share a path. Linux takes a version for a
   * promise about its cache, and a file whose version has changed for another file: in its dialects it is 0, "none".
   */
  qid(tree: object, qid: Qid, dialect: Dialect): Qid {
    const path = this.#paths.of(tree, qid.path);
    if (dialect === '9P2000') {
      const type = qid.type & ~0x02;
      return path === qid.path && type === qid.type ? qid : { type, version: qid.version, path };
    }
    return { type: qid.type, version: 0, path };
  }

  stat(attr: Attr, { name, qid, target }: StatContext, dialect: Dialect): Stat {
    const type = dialect === '9P2000' && attr.type !== 'dir' ? 0 : DM_TYPES[attr.type];
    const flags =
      (attr.append ? DM.APPEND : 0) | (attr.exclusive ? DM.EXCL : 0) | (attr.temporary ? DM.TMP : 0);
    const setid =
      dialect === '9P2000'
        ? 0
        : ((attr.mode & 0o4000) !== 0 ? DM.SETUID : 0) |
          ((attr.mode & 0o2000) !== 0 ? DM.SETGID : 0) |
          ((attr.mode & 0o1000) !== 0 ? DM.SETVTX : 0);
    return {
      type: 0,
      dev: 0,
      qid,
      mode: (type | flags | setid | (attr.mode & 0o777)) >>> 0,
      atime: seconds(attr.atime),
      mtime: seconds(attr.mtime),
      length: attr.type === 'dir' ? 0 : attr.size,
      name,
      uid: this.#ownerName(attr),
      gid: this.#groupName(attr),
      muid: attr.modifier ?? this.#ownerName(attr),
      extension: target ?? extension(attr),
      n_uid: this.#uid(attr),
      n_gid: this.#gid(attr),
      n_muid: NONUNAME,
    };
  }

  getattr(tag: number, attr: Attr, qid: Qid, version: number, mask: number): MessageOf<'Rgetattr'> {
    const { atime, mtime, ctime = mtime, btime } = attr;
    const known = GETATTR.BASIC | GETATTR.GEN | GETATTR.DATA_VERSION | (btime ? GETATTR.BTIME : 0);
    return {
      type: 'Rgetattr',
      tag,
      valid: known & (mask | GETATTR.BASIC),
      qid,
      mode: S_TYPES[attr.type] | (attr.mode & 0o7777),
      uid: this.#uid(attr),
      gid: this.#gid(attr),
      nlink: attr.nlink ?? 1,
      rdev: deviceNumber(attr.major ?? 0, attr.minor ?? 0),
      size: attr.size,
      blksize: attr.blksize ?? 4096,
      blocks: attr.blocks ?? Math.ceil(attr.size / 512),
      atime_sec: atime.sec,
      atime_nsec: atime.nsec,
      mtime_sec: mtime.sec,
      mtime_nsec: mtime.nsec,
      ctime_sec: ctime.sec,
      ctime_nsec: ctime.nsec,
      btime_sec: btime?.sec ?? 0,
      btime_nsec: btime?.nsec ?? 0,
      gen: GEN_NATURE[attr.nature],
      data_version: BigInt(version),
    };
  }

  #ownerName(attr: Attr): string {
    if (attr.owner !== undefined) return attr.owner;
    return attr.uid === undefined ? this.#owner.name : this.#users.userName(attr.uid);
  }

  #groupName(attr: Attr): string {
    if (attr.group !== undefined) return attr.group;
    const gid = this.#gid(attr);
    return gid === NONUNAME ? this.#ownerName(attr) : this.#users.groupName(gid);
  }

  #uid(attr: Attr): number {
    if (attr.uid !== undefined) return attr.uid;
    const user = attr.owner === undefined ? this.#owner : this.#users.userNamed(attr.owner);
    return user?.uid ?? NONUNAME;
  }

  #gid(attr: Attr): number {
    if (attr.gid !== undefined) return attr.gid;
    const user = attr.owner === undefined ? this.#owner : this.#users.userNamed(attr.owner);
    return user?.gid ?? NONUNAME;
  }
}

/** 32 bits of seconds, as 9P2000 has them: what is before or after is at the edge. */
function seconds({ sec }: Time): number {
  return Math.min(Math.max(sec, 0), 0xffff_fffe);
}

/** 9P2000.u: a device's numbers, `b 8 1`; of others the number of names, where Linux's client looks for it. */
function extension({ type, major = 0, minor = 0, nlink = 1 }: Attr): string {
  if (type !== 'char' && type !== 'block') return `HARDLINKCOUNT ${nlink}`;
  return `${type === 'char' ? 'c' : 'b'} ${major} ${minor}`;
}

/** Linux's new_encode_dev (include/linux/kdev_t.h), which its client takes rdev for. */
function deviceNumber(major: number, minor: number): number {
  return ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12)) >>> 0;
}
