/** What `connect` and `listen` can be told. One object serves every scheme: each takes what it knows. */
import type { Identity, PublicKey } from './keys.ts';
import type { TransportError } from './errors.ts';

export type Awaitable<T> = T | Promise<T>;

export interface Patience {
  /** Gives up: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds until an attempt to connect is given up; 10,000 where nothing is said. */
  readonly timeout?: number;
}

export interface ConnectOptions extends Patience {
  /** `tls:` who we are. */
  readonly identity?: Identity;
  /** `tls:` the key that `HOST:PORT` is known to have. Another one is refused, always. */
  readonly knownServer?: (server: string) => Awaitable<PublicKey | undefined>;
  /** `tls:` whether to trust the key of a server met for the first time. Without it, such a server is refused. */
  readonly verify?: (server: string, key: PublicKey) => Awaitable<boolean>;
  /** `wss:` certificates to trust beside the system's, PEM. */
  readonly ca?: string;
  /** `exec:` and `ssh:` takes what the command prints on its standard error; without it, ours is inherited. */
  readonly stderr?: (bytes: Uint8Array) => void;
  /** `ssh:` the program, `ssh` where nothing is said. */
  readonly ssh?: string;
  /** `ssh:` whether somebody is there to answer its questions: where nothing is said, if stdin is a terminal. */
  readonly interactive?: boolean;
}

/** What the kernel says of the process at the other end of a Unix socket; `user` is the name of `uid`, if known. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly user?: string;
}

export interface ListenOptions {
  /** Aborting it closes the listener. */
  readonly signal?: AbortSignal;
  /** Listens beyond this machine without encryption or proof of who connects, and in directories open to all. */
  readonly insecure?: boolean;
  /** Is told of what went wrong with one connection (an unknown key, a bad token); the listener goes on. */
  readonly problem?: (error: TransportError) => void;
  /** `unix:` permission bits of the socket, 0600 where nothing is said. */
  readonly mode?: number;
  /** `unix:` asks the kernel who is at the other end of a descriptor. */
  readonly credentials?: (fd: number) => Credentials | undefined;
  /** `tls:` who we are. */
  readonly identity?: Identity;
  /** `tls:` the user to whom a key belongs; nobody else is let in. */
  readonly authorized?: (key: PublicKey) => Awaitable<string | undefined>;
  /** `ws:`, `wss:` pages that may connect (`https://example.org`), beside those of the same host and port. */
  readonly origins?: readonly string[];
  /** `ws:`, `wss:` what a client must present, as `?token=` or as a bearer token. */
  readonly token?: string;
  /** `wss:` the server's certificate chain and its private key, PEM. */
  readonly certificate?: { readonly chain: string; readonly privateKey: string };
}
