/** The files that the kernel has open, by number. */
import { FileError, type Chan, type OpenMode } from '../../file/index.ts';
import type { Listing } from './listing.ts';
import type { Node } from './node.ts';
import type { Stream } from './stream.ts';

/** One open of a file: what open(2) made. */
export class Open {
  readonly id: number;
  readonly node: Node;
  /** Its own: open. */
  readonly chan: Chan;
  readonly mode: OpenMode;
  /** Of one to append and read, which may be mapped: another, for what mappings hold has its place. */
  readonly placing: Chan | undefined;
  /** Reads wait, and consume: see {@link Stream}. */
  readonly stream: Stream | undefined;
  /** Reads are to be filled: the file has so many bytes as it says. */
  readonly plain: boolean;
  /** Something was written that no flush has followed. */
  dirty = false;
  /** Those who hold locks of fcntl(2) that were taken through this open. */
  readonly lockers = new Set<bigint>();
  /** Of a directory: where the last page ended. */
  listing: Listing | undefined;

  constructor(
    id: number,
    node: Node,
    chan: Chan,
    mode: OpenMode,
    content: {
      readonly plain: boolean;
      readonly stream?: Stream | undefined;
      readonly placing?: Chan | undefined;
    },
  ) {
    this.id = id;
    this.node = node;
    this.chan = chan;
    this.mode = mode;
    this.plain = content.plain;
    this.stream = content.stream;
    this.placing = content.placing;
  }
}

export class Opens {
  readonly #opens = new Map<number, Open>();
  #lastId = 0;

  get size(): number {
    return this.#opens.size;
  }

  /** The next number: of the open that is being made. */
  next(): number {
    return ++this.#lastId;
  }

  add(open: Open): Open {
    this.#opens.set(open.id, open);
    open.node.opened(open);
    return open;
  }

  find(id: number): Open | undefined {
    return this.#opens.get(id);
  }

  get(id: number): Open {
    const open = this.#opens.get(id);
    if (!open) throw new FileError('EBADF');
    return open;
  }

  delete(open: Open): void {
    this.#opens.delete(open.id);
    open.node.closed(open);
  }

  *[Symbol.iterator](): Iterator<Open> {
    yield* this.#opens.values();
  }
}
