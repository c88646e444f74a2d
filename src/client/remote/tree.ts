/** What all files of an attach have in common: the link, what becomes of their fids, and of them when it is lost. */
import { NOBODY, type Request } from '../../file/index.ts';
import type { TMessage } from '../../protocol/index.ts';
import { NEVER } from '../abort.ts';
import type { Connection } from '../connection/connection.ts';
import { LostError } from '../connection/errors.ts';
import type { RemoteFile } from './file.ts';
import type { HeldFid } from './held.ts';
import type { Link } from './link.ts';
import { Recovery, clock, type LinkState, type Recoverable, type Way } from './recovery.ts';
import { Trouble } from './trouble.ts';

/** Milliseconds that a server has to answer what is under way when the last file was given up. */
const LEAVING_TIME = 2000;

/** What is done for nobody's sake in particular. */
export const UNASKED: Request = { user: NOBODY, aname: '', signal: NEVER };

/** A fid whose owner was collected as garbage. */
interface Leak {
  readonly tree: RemoteTree;
  readonly held: HeldFid;
  readonly isRoot: boolean;
  readonly parent: RemoteFile | undefined;
  readonly name: string;
}

const owners = new FinalizationRegistry<Leak>(({ tree, held, isRoot, parent, name }) => {
  const { connection, number } = held;
  if (!connection.over) {
    connection.debug?.(`fid ${number} of ${pathOf(parent, name)} was never given back: clunked now`);
  }
  if (isRoot) tree.leave(held);
  else held.clunk();
});

/** The path of a name in a directory, from the root of the attach. */
export function pathOf(parent: RemoteFile | undefined, name: string): string {
  if (!parent) return '/';
  const path = parent.path;
  return path === '/' ? `/${name}` : `${path}/${name}`;
}

/** Whatever has to be at hand as soon as there is a link again: an open file that holds locks. */
export interface Claimant {
  reclaim(): void;
}

/** The identity of a tree behind a connection (File.tree). It stays when the connection does not. */
export class RemoteTree implements Recoverable {
  /** Told when the link is lost, given up, or there again. */
  onState: ((state: LinkState) => void) | undefined;
  /** Messages that the server turned out not to know. */
  readonly lacks = new Set<TMessage['type']>();
  #connection: Connection;
  readonly #recovery: Recovery | undefined;
  #root: WeakRef<RemoteFile> | undefined;
  /** Those that were collected are no obstacle to that. */
  #claimants: readonly WeakRef<Claimant>[] = [];
  readonly #sessions = new WeakMap<object, number>();
  #lastSession = 0;
  #since = Date.now();
  #ended!: (error: Error | undefined) => void;
  readonly #closed = new Promise<Error | undefined>((resolve) => (this.#ended = resolve));

  /** @param way - how the link is made again when it is lost; if not given, the tree ends with it */
  constructor(connection: Connection, way?: Way) {
    this.#connection = connection;
    if (way) this.#recovery = new Recovery(this, way);
    this.#watch(connection);
  }

  /** The one that is in use now, or was until it was lost. */
  get connection(): Connection {
    return this.#connection;
  }

  /** The server's. */
  get address(): string {
    return this.#connection.address;
  }

  get state(): LinkState {
    return this.#recovery?.state ?? (this.#connection.over ? 'down' : 'up');
  }

  /** When it came to be so: milliseconds of `Date.now()`. */
  get since(): number {
    return this.#recovery?.since ?? this.#since;
  }

  /** How often the link was made again. */
  get recoveries(): number {
    return this.#recovery?.count ?? 0;
  }

  /** Whether the tree outlives its connection. */
  get recovers(): boolean {
    return this.#recovery !== undefined;
  }

  /** Resolves when the tree has ended: with the error if it was not by its release. */
  closed(): Promise<Error | undefined> {
    return this.#closed;
  }

  /** Makes an attempt; and makes it again if the link was lost, is there again, and the attempt may be repeated. */
  async persist<T>(r: Request, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      return this.again(error, r, attempt);
    }
  }

  /** The same for an attempt that has failed. It is told of a write whose outcome is in doubt. */
  async again<T>(
    error: unknown,
    { signal }: Request,
    attempt: (doubt: LostError | undefined) => Promise<T>,
  ): Promise<T> {
    if (!this.#recovery || !(error instanceof LostError)) throw error;
    const trouble = new Trouble(this.#recovery, signal);
    for (let failure: unknown = error; ;) {
      await trouble.overcome(failure);
      try {
        return await attempt(trouble.doubt);
      } catch (next) {
        failure = next;
      }
    }
  }

  /** The root is put on another link. Other files walk from it when they are next used. */
  adopt({ connection, fid, qid }: Link): void {
    this.#connection = connection;
    this.lacks.clear();
    this.#watch(connection);
    const root = this.#root?.deref();
    if (root) root.qid = qid;
    root?.hold(fid);
    for (const claimant of this.#claimants) claimant.deref()?.reclaim();
  }

  changed(state: LinkState): void {
    // What a listener throws is no matter of whoever made the link.
    queueMicrotask(() => this.onState?.(state));
    if (state !== 'lost') return;
    this.#claimants = this.#claimants.filter((claimant) => claimant.deref());
    if (this.#claimants.length === 0) return;
    // Somebody else may take the locks meanwhile.
    this.#recovery?.restore(clock() + this.#recovery.deadline, NEVER).catch(() => undefined);
  }

  /** It is to be reclaimed at once when the link is lost: the others wait until they are used. */
  claim(claimant: WeakRef<Claimant>): void {
    this.#claimants = [...this.#claimants, claimant];
  }

  unclaim(claimant: WeakRef<Claimant>): void {
    this.#claimants = this.#claimants.filter((other) => other !== claimant);
  }

  /** The root was given up: there is nobody left to use the link. */
  leave(root: HeldFid): void {
    this.#recovery?.stop();
    root.clunk();
    const connection = this.#connection;
    const impatience = setTimeout(() => void connection.close(), LEAVING_TIME);
    void connection.closed().then((error) => {
      clearTimeout(impatience);
      this.#ended(this.#recovery ? undefined : error);
    });
    void connection.drain();
  }

  /** `owner` answers for the fid from now on: if it is collected, the fid is clunked. */
  own(owner: object, held: HeldFid, parent: RemoteFile | undefined, name: string): void {
    owners.register(owner, { tree: this, held, isRoot: false, parent, name }, held);
  }

  /** The same for the root: if it is collected, the connection ends. */
  ownRoot(root: RemoteFile, held: HeldFid): void {
    this.#root = new WeakRef(root);
    owners.register(root, { tree: this, held, isRoot: true, parent: undefined, name: '/' }, held);
  }

  disown(held: HeldFid): void {
    owners.unregister(held);
  }

  /** A number for a session that owns locks, so that two clients of ours with the same name stay two. */
  sessionNumber(session: object): number {
    let number = this.#sessions.get(session);
    if (number === undefined) this.#sessions.set(session, (number = this.#lastSession++));
    return number;
  }

  #watch(connection: Connection): void {
    void connection.closed().then((error) => {
      if (this.#recovery) {
        if (error && connection === this.#connection) this.#recovery.lost();
        return;
      }
      this.#since = Date.now();
      this.#ended(error);
    });
  }
}
