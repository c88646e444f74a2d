/**
 * Errors of addresses and connections: one line each, which says what is wrong and what to do. Runs in a browser too.
 */

/** An address that cannot be used, or a connection that cannot be made, kept or accepted. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** The system's symbol where there is one (`ECONNREFUSED`), and the nearest of its kind elsewhere. */
  readonly code: string;
  /** The address that it is about, as the user would write it. */
  readonly address: string;

  constructor(code: string, message: string, address: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.address = address;
  }
}

/** What a code means for one kind of address, where there is more to say than the general words below. */
export type Hints = Readonly<Record<string, string>>;

const connecting: Hints = {
  ECONNREFUSED: 'connection refused: nobody listens there; is the server running, and is this its port?',
  ECONNRESET: 'the other side closed the connection at once',
  EHOSTUNREACH: 'no route to this host; check the network',
  ENETUNREACH: 'no route to this network; check the network',
  ENOTFOUND: 'no such host; check its name',
  EAI_AGAIN: 'the name of the host cannot be looked up now; check the network',
  ETIMEDOUT: 'no answer in time; check host and port, and that no firewall is in between',
};

const listening: Hints = {
  EADDRINUSE: 'the address is in use; stop the server that has it, or choose another',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied; ports below 1024 need a privilege, choose a higher one',
  ENOTFOUND: 'no such host; check its name',
};

const talking: Hints = {
  ECONNRESET: 'the other side broke it off',
  EPIPE: 'the other side no longer reads',
  ETIMEDOUT: 'the other side no longer answers',
};

/** A failed attempt to connect. */
export function cannotConnect(address: string, cause: unknown, hints: Hints = {}): TransportError {
  return explain(`cannot connect to ${address}`, address, cause, { ...connecting, ...hints });
}

/** A failed attempt to listen. */
export function cannotListen(address: string, cause: unknown, hints: Hints = {}): TransportError {
  return explain(`cannot listen on ${address}`, address, cause, { ...listening, ...hints });
}

/** A connection that was there and failed. */
export function connectionLost(address: string, cause: unknown): TransportError {
  return explain(`the connection with ${address} is lost`, address, cause, talking);
}

function explain(what: string, address: string, cause: unknown, hints: Hints): TransportError {
  if (cause instanceof TransportError) return cause;
  const code = errorCode(cause) ?? 'EIO';
  return new TransportError(code, `${what}: ${hints[code] ?? words(cause) ?? code}`, address, cause);
}

/** The `code` of whatever was thrown, if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function words(cause: unknown): string | undefined {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split('\n', 1)[0] || undefined;
}
