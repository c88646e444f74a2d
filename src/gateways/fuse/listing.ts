/** A directory being read, page by page. */
import { isPromise, rules, type Awaitable, type Entry } from '../../file/index.ts';
import { isEncodable } from '../../host/name.ts';

/** The entries from a place on. Whoever takes them has it to himself: each is given out once. */
export class Listing {
  readonly #entries: Iterator<Entry> | AsyncIterator<Entry>;
  /** The cookie behind the last entry that was taken. */
  #at: bigint;
  #next: Entry | undefined;

  constructor(entries: Iterable<Entry> | AsyncIterable<Entry>, at: bigint) {
    this.#entries = Symbol.iterator in entries ? entries[Symbol.iterator]() : entries[Symbol.asyncIterator]();
    this.#at = at;
  }

  get at(): bigint {
    return this.#at;
  }

  /** The next entry, until it is taken; undefined at the end. */
  peek(): Awaitable<Entry | undefined> {
    while (!this.#next) {
      const result = this.#entries.next();
      if (isPromise(result)) return result.then((later) => (this.#came(later) ? this.#next : this.peek()));
      if (this.#came(result)) break;
    }
    return this.#next;
  }

  take({ cookie }: Entry): void {
    this.#at = cookie;
    this.#next = undefined;
  }

  /** Nobody reads on. */
  end(): void {
    void (async () => this.#entries.return?.())().catch(() => undefined);
  }

  /** False: it is to be passed over. One such name would have the kernel refuse the whole page. */
  #came(result: IteratorResult<Entry>): boolean {
    if (!result.done && !isName(result.value.name)) return false;
    this.#next = result.done ? undefined : result.value;
    return true;
  }
}

/** Whether a file of this host can be called so. */
function isName(name: string): boolean {
  try {
    rules.checkName(name);
    return isEncodable(name);
  } catch {
    return false;
  }
}
