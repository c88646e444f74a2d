/** Who may do what where, by path: the `allow` lines of a namespace file, as a tree of their paths. */
import { FileError, type User } from '../../file/index.ts';

/** One line: `allow USER ro|rw PATH`. */
export interface Rule {
  /** `*` is everybody. */
  readonly user: string;
  readonly access: Access;
  /** From the root; what is below it is meant as well. */
  readonly path: string;
}

export type Access = 'ro' | 'rw';

/** What a user has of a file: nothing at all, its being on the way to something below, its content, or all of it. */
export type Sight = 'none' | 'way' | Access;

const EVERYBODY = '*';

/** What is allowed at a path. The deepest line on the way there decides; of two for a path the one that names the user. */
export class Grant {
  readonly parent: Grant | undefined;
  /** The users whom a line names. All others are alike. */
  readonly #named: ReadonlySet<string>;
  /** The lines for this very path. */
  readonly #lines = new Map<string, Access>();
  readonly #below = new Map<string, Grant>();
  /** What stands for all that is below and that no line leads to. */
  #rest: Grant | undefined;
  readonly #sights = new Map<string, Sight>();

  private constructor(parent: Grant | undefined, named: ReadonlySet<string>) {
    this.parent = parent;
    this.#named = named;
  }

  /** What the lines allow at the root; a later line for the same user and path stands in for an earlier one. */
  static of(rules: readonly Rule[]): Grant {
    const root = new Grant(undefined, new Set(rules.map(({ user }) => user)));
    for (const { user, access, path } of rules) {
      let at = root;
      for (const name of namesOf(path)) at = at.#add(name);
      at.#lines.set(user, access);
    }
    return root;
  }

  get root(): Grant {
    return this.parent?.root ?? this;
  }

  /** What is allowed at a name of this directory. */
  child(name: string): Grant {
    return this.#below.get(name) ?? (this.#rest ??= this.#inside());
  }

  sight(user: User): Sight {
    if (user.serves) return 'rw';
    const name = this.#named.has(user.name) ? user.name : EVERYBODY;
    const known = this.#sights.get(name);
    if (known !== undefined) return known;
    const sight = this.#access(name) ?? (this.#leads(name) ? 'way' : 'none');
    this.#sights.set(name, sight);
    return sight;
  }

  /** Whether the user may change it and all that may be below, so that it can be taken away. */
  whole(user: User): boolean {
    return this.sight(user) === 'rw' && [...this.#below.values()].every((below) => below.whole(user));
  }

  #access(name: string): Access | undefined {
    const line = this.#lines.get(name) ?? this.#lines.get(EVERYBODY);
    return line ?? (this.parent ? this.parent.#access(name) : undefined);
  }

  /** Whether a line for the user, or for everybody, is further below. */
  #leads(name: string): boolean {
    for (const below of this.#below.values()) {
      if (below.#lines.has(name) || below.#lines.has(EVERYBODY) || below.#leads(name)) return true;
    }
    return false;
  }

  #add(name: string): Grant {
    const known = this.#below.get(name);
    if (known) return known;
    const made = new Grant(this, this.#named);
    this.#below.set(name, made);
    return made;
  }

  /** However deep it is, what no line leads to is allowed as here. */
  #inside(): Grant {
    const inside = new Grant(this, this.#named);
    inside.#rest = inside;
    return inside;
  }
}

function namesOf(path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (path.startsWith('/') && !names.includes('..')) return names;
  throw new FileError('EINVAL', `'${path}' is not a path from the root without '..'`);
}
