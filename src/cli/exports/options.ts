/** What stands behind `-o`: names and values between commas, as for mount(8). */
import { UsageError } from '../failure.ts';
import { octalMode, wholeNumber } from '../numbers.ts';

/** What a kind of export can be told, each as it is in its help: `ro`, `uid=N`. */
export type Known = readonly string[];

/** Ids of Linux; the last one says that there is none. */
const MOST_ID = 0xffff_fffe;
/** Seconds that a timer of Node's can wait for. */
const LONGEST = 2_147_483;

/** The options that were given, by name. */
export class Options {
  readonly #kind: string;
  readonly #given = new Map<string, string>();

  /** @throws UsageError for one that the kind does not know, or that lacks its value or has one too many. */
  constructor(kind: string, texts: readonly string[], known: Known) {
    this.#kind = kind;
    for (const text of texts.flatMap((list) => list.split(',')).filter((one) => one !== '')) {
      const [, name, sign, value] = /^([^=]*)(=?)([^]*)$/.exec(text)!;
      const form = known.find((one) => one.split('=', 1)[0] === name);
      if (form === undefined)
        throw new UsageError(`-o ${name}: ${kind} has no such option; it has ${known.join(', ')}`);
      if (form.includes('=') !== (sign !== '')) throw new UsageError(`-o ${text}: ${form} was expected`);
      this.#given.set(name, value);
    }
    if (this.has('soft') && this.has('hard'))
      throw new UsageError('-o soft and hard are opposites: use one of them');
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  /** One of several words. */
  choice<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.#given.get(name);
    const found = words.find((word) => word === value);
    if (value === undefined || found !== undefined) return found;
    throw new UsageError(`-o ${name}=${value}: ${this.#kind} has ${words.join(', ')}`);
  }

  /** The number of a user or a group. */
  id(name: string): number | undefined {
    return this.#read(name, (value) => wholeNumber(`-o ${name}`, value, 0, MOST_ID));
  }

  bits(name: string): number | undefined {
    return this.#read(name, (value) => octalMode(`-o ${name}`, value));
  }

  /** Seconds, also in fractions; in milliseconds. */
  milliseconds(name: string): number | undefined {
    return this.#read(name, (value) => {
      const seconds = /^(\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : 0;
      if (seconds >= 0.001 && seconds <= LONGEST) return seconds * 1000;
      throw new UsageError(`-o ${name}=${value}: seconds were expected, as in 15 or 0.5, ${LONGEST} at most`);
    });
  }

  #read<T>(name: string, read: (value: string) => T): T | undefined {
    const value = this.#given.get(name);
    return value === undefined ? undefined : read(value);
  }
}
