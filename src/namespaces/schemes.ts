/** The registry of URL schemes: what an address means, and how a program adds its own. */
import type { Awaitable, File, User } from '../file/index.ts';
import { parseAddress, type Address } from '../transport/address.ts';

/** What the maker of a File is told besides the address. */
export interface DialContext {
  /** The user as whom the tree is used. */
  readonly user: User;
  readonly signal?: AbortSignal;
}

/** Gives the File that an address describes. Whoever dialled releases it. */
export type Scheme<C extends DialContext = DialContext> = (address: Address, context: C) => Awaitable<File>;

export class Schemes<C extends DialContext = DialContext> {
  readonly #schemes = new Map<string, Scheme<C>>();

  /** Adds a scheme, or replaces it. */
  add(name: string, scheme: Scheme<C>): this {
    this.#schemes.set(name, scheme);
    return this;
  }

  /**
   * The File at an address.
   *
   * @throws an error with a `code`, in one line: EINVAL for an address that cannot be read or that nobody knows.
   */
  async dial(url: string | Address, context: C): Promise<File> {
    const address = typeof url === 'string' ? parseAddress(url) : url;
    const scheme = this.#schemes.get(address.scheme);
    if (!scheme) {
      const known = [...this.#schemes.keys()].join(', ');
      const message = `'${address.scheme}' is no known kind of address; known are ${known}`;
      throw Object.assign(new Error(message), { code: 'EINVAL' });
    }
    return scheme(address, context);
  }
}
