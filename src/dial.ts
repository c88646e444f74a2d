/** `dial(url)`: any File, by its address. The registry with the schemes that nines brings along. */
import { FileError, type File, type User } from './file/index.ts';
// The registry alone: a command that dials starts in a fifth less time without the rest.
import { Schemes, type DialContext } from './namespaces/schemes.ts';
import { processUser } from './owner.ts';
import { connect, treePath, type Address } from './transport/index.ts';
import type { ConnectOptions } from './transport/options.ts';

/** What `dial` needs to know beside the address; all of it may be left out. */
export interface DialOptions extends Omit<ConnectOptions, 'stderr'> {
  /** The user as whom the tree is used; the user of this process, if not given. */
  readonly user?: User;
  /** The tree that a 9P server is asked for; default: what the address says. */
  readonly aname?: string;
  /** The largest message to offer to a 9P server, in bytes. */
  readonly msize?: number;
  /** Whether a tree behind a 9P server outlives its connection, by dialling again; true. */
  readonly reconnect?: boolean;
  /** Milliseconds that a call waits for a lost connection to come back; 10,000. */
  readonly deadline?: number;
  /** Told of fids that were forgotten. */
  readonly debug?: (message: string) => void;
}

type Context = DialOptions & DialContext;

/** What an address of a 9P server may say behind its `?`, besides `aname`. */
const SERVER_OPTIONS: Readonly<Record<string, string>> = { tls: 'fingerprint', ws: 'token', wss: 'token' };

function checkOptions({ scheme, options }: Address): void {
  const known = ['aname', ...(SERVER_OPTIONS[scheme] === undefined ? [] : [SERVER_OPTIONS[scheme]])];
  for (const name of options.keys()) {
    if (known.includes(name)) continue;
    throw new FileError('EINVAL', `${scheme}: has no option '${name}'; it has ${known.join(' and ')}`);
  }
}

/** A resource of this machine is one tree. */
function refuseAname({ aname = '' }: Context): void {
  if (aname !== '')
    throw new FileError('EINVAL', 'only a 9P server has several trees to choose from by an aname');
}

async function dialServer(address: Address, context: Context): Promise<File> {
  checkOptions(address);
  const { attach } = await import('./client/index.ts');
  const stream = await connect(address, context);
  const { user, signal, timeout, msize, debug, reconnect = true, deadline } = context;
  const aname = context.aname ?? address.options.get('aname') ?? '';
  const again = (signal: AbortSignal) => connect(address, { ...context, signal });
  const options = { user, aname, path: treePath(address), signal, timeout, msize, debug };
  return attach(stream, { ...options, ...(reconnect && { again, deadline }) });
}

/** The schemes that {@link dial} knows. A program adds its own: `schemes.add('zip', (address) => …)`. */
export const schemes = new Schemes<Context>();

for (const scheme of ['tcp', 'unix', 'tls', 'exec', 'ssh', 'ws', 'wss']) schemes.add(scheme, dialServer);
schemes.add('srv', async (address, context) => {
  const { dialSrv } = await import('./services.ts');
  return dialSrv(address, (found) => dialServer(found, context));
});
// What is not dialled is not loaded: a command should start at once.
const resources = () => import('./resources/index.ts');
schemes.add('ram', async (address, context) => {
  refuseAname(context);
  return (await resources()).ramFromAddress(address, context);
});
schemes.add('file', async (address, context) => {
  refuseAname(context);
  return (await resources()).fileFromAddress(address);
});

/**
 * The File at an address: a tree behind a 9P server (`tcp://host:564/usr`), or a resource of this machine (`ram:`,
 * `file:/srv`). Whoever dials it releases it.
 */
export function dial(url: string | Address, options: DialOptions = {}): Promise<File> {
  return schemes.dial(url, { ...options, user: options.user ?? processUser() });
}
