/**
 * What the kernel may keep, and for how long: a mode of the mount, and what the tree says of its files. What is made when
 * it is opened, and what waits for news, has a size that says nothing, and is never kept.
 */
import type { Attr, Nature } from '../../file/index.ts';
import type { CacheMode } from './options.ts';
import { FOPEN } from './wire/constants.ts';

/** Seconds. */
const SHORT = 1;
const LONG = 86_400;

const SECONDS: Readonly<Record<CacheMode, number>> = { none: 0, auto: SHORT, loose: LONG };

export class Caching {
  readonly mode: CacheMode;
  readonly #seconds: number;

  constructor(mode: CacheMode) {
    this.mode = mode;
    this.#seconds = SECONDS[mode];
  }

  /** What is kept has to be looked at when a file is opened. */
  get checksOpens(): boolean {
    return this.mode === 'auto';
  }

  /** Seconds for which attributes are good. */
  attr(attr: Attr): number {
    return attr.nature === 'plain' ? this.#seconds : 0;
  }

  /** Seconds for which a name is good, in a directory of which that is known. */
  entry(dir: Nature | undefined, attr: Attr): number {
    return dir === 'plain' && attr.nature === 'plain' ? this.#seconds : 0;
  }

  /** Seconds for which a name is known not to be there. */
  absence(dir: Nature | undefined): number {
    return this.mode === 'loose' && dir === 'plain' ? this.#seconds : 0;
  }

  /** How the kernel is to use the content of an open file. */
  content({ nature, append = false }: Pick<Attr, 'nature' | 'append'>, appends: boolean): number {
    switch (nature) {
      case 'stream':
        // With plain direct I/O a blocked read holds up the writes of the same open file.
        return FOPEN.DIRECT_IO | FOPEN.STREAM;
      case 'synthetic':
        return FOPEN.DIRECT_IO;
      case 'plain':
        // The kernel does not know where the end is to which somebody else may append, too.
        if (this.mode === 'none' || append || appends) return FOPEN.DIRECT_IO | FOPEN.PARALLEL_DIRECT_WRITES;
        return this.mode === 'loose' ? FOPEN.KEEP_CACHE : 0;
    }
  }

  /** The same for a directory. */
  listing(nature: Nature): number {
    return this.mode === 'loose' && nature === 'plain' ? FOPEN.KEEP_CACHE | FOPEN.CACHE_DIR : 0;
  }
}
