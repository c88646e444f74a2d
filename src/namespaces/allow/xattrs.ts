/** Extended attributes of a file of which not everything is allowed. */
import { FileError, type Awaitable, type Request, type Xattrs } from '../../file/index.ts';
import type { Sight } from './grant.ts';

export class AllowedXattrs implements Xattrs {
  readonly #xattrs: Xattrs;
  /** What the user has of the file; nothing is an error. */
  readonly #see: (r: Request) => Exclude<Sight, 'none'>;

  constructor(xattrs: Xattrs, see: (r: Request) => Exclude<Sight, 'none'>) {
    this.#xattrs = xattrs;
    this.#see = see;
  }

  list(r: Request): Awaitable<readonly string[]> {
    return this.#see(r) === 'way' ? [] : this.#xattrs.list(r);
  }

  get(name: string, r: Request): Awaitable<Uint8Array> {
    if (this.#see(r) === 'way') throw new FileError('ENODATA');
    return this.#xattrs.get(name, r);
  }

  set(name: string, value: Uint8Array, how: 'create' | 'replace' | 'any', r: Request): Awaitable<void> {
    this.#mayChange(r);
    return this.#xattrs.set(name, value, how, r);
  }

  remove(name: string, r: Request): Awaitable<void> {
    this.#mayChange(r);
    return this.#xattrs.remove(name, r);
  }

  #mayChange(r: Request): void {
    if (this.#see(r) !== 'rw') throw new FileError('EROFS');
  }
}
