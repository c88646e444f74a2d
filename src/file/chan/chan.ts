/** See {@link Chan}. */
import { after, rescue, type Awaitable } from '../awaitable.ts';
import { FileError } from '../errors.ts';
import { sameFile, type CreateSpec, type File, type NodeSpec, type Removal, type Request } from '../file.ts';
import type { OpenMode } from '../mode.ts';
import { checkName } from '../name.ts';
import { isSuperuser } from '../permission.ts';
import { Place } from '../place.ts';
import { OpenableChan } from './openable.ts';
import { lookup, mayTake, notPossible } from './rules.ts';
import { walkOn, type Walked } from './walk.ts';

/** Which file was made: of a union, it is the tree of one of its members. */
export type Made = Pick<File, 'qid' | 'tree'>;

/**
 * A Chan (Plan 9's word) is a File in use by somebody: where it was found, and the open, if it is open. It holds the
 * rules once, for the server, for namespaces and for gateways alike: permission bits, modes, exclusive use, append
 * only, remove on close. Nobody else checks, and nobody else calls a File's methods.
 *
 * What is at hand comes back as a value, not as a promise (see {@link Awaitable}).
 */
export class Chan extends OpenableChan {
  /** The root of a tree: `..` ends here. Releases the file when it is closed, unless it is `borrowed`. */
  static attach(
    root: File,
    options: { readonly readOnly?: boolean; readonly borrowed?: boolean } = {},
  ): Chan {
    const place = options.borrowed ? new Place(root, undefined, '/', () => {}) : new Place(root);
    return new Chan(place, options.readOnly ?? false);
  }

  /** The same file as the root of an attach of its own: `..` stays there. */
  asRoot(): Chan {
    const place = this.place.hold();
    return new Chan(new Place(place.file, undefined, '/', () => place.release()), this.readOnly);
  }

  /** Another Chan for the same file, not open. */
  clone(): Chan {
    return new Chan(this.place.hold(), this.readOnly);
  }

  /** Follows the names as far as they go, `..` included. This Chan stays where it is. */
  walk(names: readonly string[], r: Request): Awaitable<Walked> {
    return walkOn(this.place.hold(), names, [], r, (place) => new Chan(place, this.readOnly));
  }

  /** The file of a name in this directory, without a Chan for it; whoever asks releases it. */
  lookup(name: string, r: Request): Awaitable<File | undefined> {
    return lookup(this.file, name, r);
  }

  /** Makes a file in this directory and opens it: the Chan is the new file's from then on. */
  create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Awaitable<void> {
    if (this.openFile) throw new FileError('EBADF', 'bad use of fid');
    return after(this.mayEnter(name, r), () => {
      const { file } = this;
      if (!file.create) throw notPossible(file);
      const effective = spec.append ? { ...mode, append: true } : mode;
      return after(file.create(name, spec, effective, r), (created) => {
        this.become(name, created, effective, spec.exclusive === true);
      });
    });
  }

  mkdir(name: string, spec: CreateSpec, r: Request): Awaitable<Made> {
    return this.#enter(name, r, (dir) => dir.mkdir?.(name, spec, r));
  }

  symlink(name: string, target: string, spec: CreateSpec, r: Request): Awaitable<Made> {
    return this.#enter(name, r, (dir) => dir.symlink?.(name, target, spec, r));
  }

  mknod(name: string, spec: NodeSpec, r: Request): Awaitable<Made> {
    const device = spec.type === 'char' || spec.type === 'block';
    if (device && !this.file.guarded && !isSuperuser(r.user)) throw new FileError('EPERM');
    return this.#enter(name, r, (dir) => dir.mknod?.(name, spec, r));
  }

  link(name: string, target: Chan, r: Request): Awaitable<void> {
    if (target.isDir) throw new FileError('EPERM');
    return after(this.mayEnter(name, r), () => {
      const { file } = this;
      if (file.tree !== target.file.tree) throw new FileError('EXDEV');
      if (!file.link) throw notPossible(file);
      return file.link(name, target.file, r);
    });
  }

  /** Removes a name from this directory. */
  unlink(name: string, what: Removal, r: Request): Awaitable<void> {
    checkName(name);
    if (!this.isDir) throw new FileError('ENOTDIR');
    return after(this.#mayTake(name, r), () => {
      if (!this.file.unlink) throw notPossible(this.file);
      return this.file.unlink(name, what, r);
    });
  }

  /** Removes the file that this Chan is, if its name still is its own. The Chan must be closed afterwards, always. */
  remove(r: Request): Awaitable<void> {
    const { name } = this;
    return this.inParent(r, (dir) =>
      after(dir.lookup(name, r), (now) => {
        if (!now) throw new FileError('ENOENT');
        const same = sameFile(now, this.file);
        now.release?.();
        if (!same) throw new FileError('ESTALE');
        return dir.unlink(name, 'any', r);
      }),
    );
  }

  /** Moves a name of this directory into `to`, replacing what is there unless `replace` is false. */
  rename(name: string, to: Chan, toName: string, replace: boolean, r: Request): Awaitable<void> {
    checkName(name);
    if (!this.isDir) throw new FileError('ENOTDIR');
    return after(this.#mayTake(name, r), () =>
      after(to.mayEnter(toName, r), () =>
        after(replace ? to.#mayTake(toName, r) : undefined, () => {
          if (this.file.tree !== to.file.tree) throw new FileError('EXDEV');
          if (!this.file.rename) throw notPossible(this.file);
          return this.file.rename(name, to.file, toName, replace, r);
        }),
      ),
    );
  }

  /** Renames the file that this Chan is: into `to`, or within its directory. */
  renameSelf(to: Chan | undefined, toName: string, replace: boolean, r: Request): Awaitable<void> {
    const { name } = this;
    return this.inParent(r, (dir) => dir.rename(name, to ?? dir, toName, replace, r));
  }

  /** Another Chan renamed `name` of the directory `from`: if this is that file, or was found through it, it has moved. */
  follow(from: File, name: string, to: Chan, toName: string): void {
    for (let place = this.place; place.parent; place = place.parent) {
      if (place.name === name && sameFile(place.parent.file, from)) return place.moved(to.place, toName);
    }
  }

  /** Runs `work` with a Chan of the directory that this file was found in; the root of an attach is in none. */
  inParent<T>(r: Request, work: (dir: Chan) => Awaitable<T>): Awaitable<T> {
    const { parent } = this.place;
    if (!parent) throw new FileError('EPERM', 'cannot remove root');
    const dir = new Chan(parent.hold(), this.readOnly);
    const result = rescue(
      () => work(dir),
      (error) =>
        after(dir.close('clunk', r), () => {
          throw error;
        }),
    );
    return after(result, (value) => after(dir.close('clunk', r), () => value));
  }

  #mayTake(name: string, r: Request): Awaitable<void> {
    if (this.readOnly) throw new FileError('EROFS');
    return mayTake(this.file, name, r);
  }

  #enter(name: string, r: Request, make: (dir: File) => Awaitable<File> | undefined): Awaitable<Made> {
    return after(this.mayEnter(name, r), () => {
      const made = make(this.file);
      if (made === undefined) throw notPossible(this.file);
      return after(made, (file) => {
        const { qid, tree } = file;
        file.release?.();
        return { qid, tree };
      });
    });
  }
}
