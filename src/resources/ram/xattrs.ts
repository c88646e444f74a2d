import { FileError, type Xattrs } from '../../file/index.ts';
import type { Quota } from './quota.ts';

/** Linux's limits (xattr(7)), in bytes. */
const NAME_MAX = 255;
const VALUE_MAX = 65536;
const LIST_MAX = 65536;

/** Access control lists change what mode bits mean, and nobody here would heed them. */
const UNSUPPORTED = 'system.';

export class RamXattrs implements Xattrs {
  readonly #values = new Map<string, Uint8Array>();
  readonly #quota: Quota;
  readonly #changed: () => void;
  #names = 0;

  constructor(quota: Quota, changed: () => void) {
    this.#quota = quota;
    this.#changed = changed;
  }

  list(): readonly string[] {
    return [...this.#values.keys()];
  }

  get(name: string): Uint8Array {
    if (name.startsWith(UNSUPPORTED)) throw new FileError('EOPNOTSUPP');
    const value = this.#values.get(name);
    if (!value) throw new FileError('ENODATA');
    return value;
  }

  set(name: string, value: Uint8Array, how: 'create' | 'replace' | 'any'): void {
    if (name.startsWith(UNSUPPORTED)) throw new FileError('EOPNOTSUPP');
    if (name === '' || name.length > NAME_MAX) throw new FileError('ERANGE');
    if (value.length > VALUE_MAX) throw new FileError('E2BIG');
    const before = this.#values.get(name);
    if (before && how === 'create') throw new FileError('EEXIST');
    if (!before && how === 'replace') throw new FileError('ENODATA');
    if (!before && this.#names + name.length + 1 > LIST_MAX) throw new FileError('ENOSPC');
    this.#quota.take(value.length + (before ? 0 : name.length));
    if (before) this.#quota.give(before.length);
    else this.#names += name.length + 1;
    this.#values.set(name, value.slice());
    this.#changed();
  }

  remove(name: string): void {
    const value = this.get(name);
    this.#values.delete(name);
    this.#names -= name.length + 1;
    this.#quota.give(value.length + name.length);
    this.#changed();
  }

  free(): void {
    for (const [name, value] of this.#values) this.#quota.give(value.length + name.length);
    this.#values.clear();
  }
}
