/** What every Chan has: where it was found, its attributes, and who may do what with it. */
import type { Attr, Change, StatFs } from '../attr.ts';
import { after, type Awaitable } from '../awaitable.ts';
import { checkChange } from '../change.ts';
import { FileError } from '../errors.ts';
import type { File, OpenFile, Qid, Request, Xattrs } from '../file.ts';
import type { OpenMode } from '../mode.ts';
import { MAY } from '../permission.ts';
import type { Place } from '../place.ts';
import { isDirectory, may, mayEnter, notPossible } from './rules.ts';

export abstract class ChanBase {
  protected place: Place;
  protected readonly readOnly: boolean;
  protected openFile: OpenFile | undefined;
  protected openMode: OpenMode | undefined;

  protected constructor(place: Place, readOnly: boolean) {
    this.place = place;
    this.readOnly = readOnly;
  }

  get file(): File {
    return this.place.file;
  }

  get qid(): Qid {
    return this.file.qid;
  }

  /** The last name of the path; '/' at the root. */
  get name(): string {
    return this.place.name;
  }

  /** The path from the root, for messages. */
  get path(): string {
    return this.place.path;
  }

  /** What `..` is: the file itself at the root. */
  get parentFile(): File {
    return (this.place.parent ?? this.place).file;
  }

  get isDir(): boolean {
    return isDirectory(this.file);
  }

  get mode(): OpenMode | undefined {
    return this.openMode;
  }

  /** The open file's state; undefined until it is open. */
  get opened(): OpenFile | undefined {
    return this.openFile;
  }

  attr(r: Request): Awaitable<Attr> {
    return this.openFile?.attr ? this.openFile.attr(r) : this.file.attr(r);
  }

  /** Changes attributes: all of them or none. */
  change(change: Change, r: Request): Awaitable<void> {
    if (this.readOnly) throw new FileError('EROFS');
    const open = this.openFile?.change ? this.openFile : undefined;
    const target = open ?? this.file;
    const apply = (): Awaitable<void> => {
      if (!target.change) throw notPossible(this.file);
      return target.change(change, r);
    };
    if (this.file.guarded) return apply();
    return after(this.attr(r), (attr) => {
      checkChange(change, attr, r.user, this.openMode?.write === true);
      return apply();
    });
  }

  statfs(r: Request): Awaitable<StatFs> {
    if (!this.file.statfs) throw new FileError('EOPNOTSUPP');
    return this.file.statfs(r);
  }

  readlink(r: Request): Awaitable<string> {
    if (!this.file.readlink) throw new FileError('EINVAL');
    return this.file.readlink(r);
  }

  /**
   * The file's extended attributes, for those who may read the file, or write it (xattr(7), `user.`). Everybody may list
   * their names.
   */
  xattrs(purpose: 'list' | 'read' | 'write', r: Request): Awaitable<Xattrs> {
    const { xattrs } = this.file;
    if (!xattrs) throw new FileError('EOPNOTSUPP');
    if (purpose === 'list') return xattrs;
    return after(purpose === 'read' ? may(this.file, MAY.READ, r) : this.#mayWrite(r), () => xattrs);
  }

  protected mayEnter(name: string, r: Request): Awaitable<void> {
    if (this.readOnly) throw new FileError('EROFS');
    return mayEnter(this.file, name, r);
  }

  #mayWrite(r: Request): Awaitable<void> {
    if (this.readOnly) throw new FileError('EROFS');
    return may(this.file, MAY.WRITE, r);
  }
}
