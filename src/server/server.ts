/** A File, served: what the connections of one server have in common, and their end. */
import type { File, User } from '../file/index.ts';
import type { Stream } from '../transport/stream.ts';
import { NO_USERS, type UserTable } from './identity.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { Projection } from './projection.ts';
import { Session, type Service } from './session.ts';

export interface ServerOptions {
  /** The user as whom the server runs: whoever comes over loopback or a pipe acts as this one. */
  readonly owner?: User;
  /** Names of users and groups; decimal numbers, if not given. */
  readonly users?: UserTable;
  /** Believe the uname and n_uname of peers of whom the transport knows nothing. */
  readonly trustUname?: boolean;
  /** Every change is EROFS. */
  readonly readOnly?: boolean;
  readonly limits?: Partial<Limits>;
  /** Told of broken connections and of handlers that fail in unforeseen ways; silent, if not given. */
  readonly log?: (problem: string, cause?: unknown) => void;
}

const ANYONE: User = { name: 'none', serves: true };

/**
 * Serves a tree over 9P2000, 9P2000.u and 9P2000.L, as each client asks.
 *
 * @example
 * const server = new Server(dir({ hello: text('hello\n') }));
 * const listener = await listen('unix:///tmp/hello', (stream) => server.accept(stream));
 */
export class Server implements AsyncDisposable {
  readonly #service: Service;
  readonly #sessions = new Set<Session>();
  #closing = false;

  constructor(root: File, options: ServerOptions = {}) {
    const {
      owner = ANYONE,
      users = NO_USERS,
      trustUname = false,
      readOnly = false,
      log = () => {},
    } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const projection = new Projection(root, owner, users);
    this.#service = { root, owner, users, trustUname, readOnly, limits, projection, log };
  }

  /** The number of connections. */
  get connections(): number {
    return this.#sessions.size;
  }

  /** Serves a connection until it ends; its transport says who is there. `ended` is called when it is over. */
  accept(stream: Stream, ended?: () => void): void {
    if (this.#closing) return stream.abort(new Error('the server is closing'));
    const session = new Session(stream, this.#service, () => {
      this.#sessions.delete(session);
      ended?.();
    });
    this.#sessions.add(session);
  }

  /** Answers the requests that run, reads no more, then ends every connection. */
  async drain(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#sessions].map((session) => session.drain()));
  }

  /** Ends every connection; what is open is closed as if the link had been lost. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
