/** What all files of an attach have in common, and what becomes of their fids. */
import type { TMessage } from '../../protocol/index.ts';
import type { CallOptions, Question } from '../connection/call.ts';
import type { Connection } from '../connection/connection.ts';
import { RemoteError } from '../connection/errors.ts';
import type { RemoteFile } from './file.ts';

/** Milliseconds that a server has to answer what is under way when the last file was given up. */
const LEAVING_TIME = 2000;

/** A fid that the server holds for us. */
export class HeldFid {
  readonly number: number;
  /** Calls that are under way on it. */
  uses = 0;
  /** It is to be clunked when they are done. */
  dropped = false;

  constructor(number: number) {
    this.number = number;
  }
}

/** A fid whose owner was collected as garbage. */
interface Leak {
  readonly tree: RemoteTree;
  readonly fid: number;
  readonly parent: RemoteFile | undefined;
  readonly name: string;
}

const owners = new FinalizationRegistry<Leak>(({ tree, fid, parent, name }) => {
  tree.connection.debug?.(`fid ${fid} of ${pathOf(parent, name)} was never given back: clunked now`);
  if (parent) tree.clunk(fid);
  else tree.leave(fid);
});

/** The path of a name in a directory, from the root of the attach. */
export function pathOf(parent: RemoteFile | undefined, name: string): string {
  if (!parent) return '/';
  const path = parent.path;
  return path === '/' ? `/${name}` : `${path}/${name}`;
}

/** The identity of a tree behind a connection (File.tree). */
export class RemoteTree {
  readonly connection: Connection;
  /** Messages that the server turned out not to know. */
  readonly lacks = new Set<TMessage['type']>();
  #sessions = new WeakMap<object, number>();
  #lastSession = 0;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** A fid that is not in use. */
  newFid(): number {
    return this.connection.fids.take()!;
  }

  freeFid(fid: number): void {
    this.connection.fids.giveBack(fid);
  }

  /** Gives up a fid; nobody waits for it, and an error changes nothing: the fid is gone (clunk(5)). */
  clunk(fid: number): void {
    this.closeFid(fid).catch(() => undefined);
  }

  /** Clunks a fid, and reports what the server made of it: the end of an open file may fail. */
  async closeFid(fid: number, at?: CallOptions['at']): Promise<void> {
    await this.#last({ type: 'Tclunk', fid }, fid, { at });
  }

  async removeFid(fid: number, options: CallOptions<'Tremove'>): Promise<void> {
    const late = (reply: unknown): void => (reply ? this.freeFid(fid) : this.clunk(fid));
    await this.#last({ type: 'Tremove', fid }, fid, { ...options, late });
  }

  /** The root was given up: there is nobody left to use the connection. */
  leave(root: number): void {
    this.clunk(root);
    const { connection } = this;
    const impatience = setTimeout(() => void connection.close(), LEAVING_TIME);
    void connection.closed().then(() => clearTimeout(impatience));
    void connection.drain();
  }

  /** `owner` answers for the fid from now on: if it is collected, the fid is clunked. */
  own(owner: object, fid: number, parent: RemoteFile | undefined, name: string): HeldFid {
    const held = new HeldFid(fid);
    owners.register(owner, { tree: this, fid, parent, name }, held);
    return held;
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

  /** The last message for a fid: answered either way, the fid is free. */
  async #last(question: Question, fid: number, options?: CallOptions): Promise<void> {
    try {
      await this.connection.call(question, options);
    } catch (error) {
      if (error instanceof RemoteError) this.freeFid(fid);
      throw error;
    }
    this.freeFid(fid);
  }
}
