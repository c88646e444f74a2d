/** `dial(url)`: any File, by its address. The registry with the schemes that nines brings along. */
import type { File, User } from './file/index.ts';
import { Schemes, type Address, type DialContext } from './namespaces/index.ts';
import { processUser } from './owner.ts';
import { fileFromAddress, ramFromAddress } from './resources/index.ts';
import { connect, treePath } from './transport/index.ts';
import type { ConnectOptions } from './transport/options.ts';

/** What `dial` needs to know beside the address; all of it may be left out. */
export interface DialOptions extends Omit<ConnectOptions, 'stderr'> {
  /** The user as whom the tree is used; the user of this process, if not given. */
  readonly user?: User;
  /** The largest message to offer to a 9P server, in bytes. */
  readonly msize?: number;
  /** Told of fids that were forgotten. */
  readonly debug?: (message: string) => void;
}

type Context = DialOptions & DialContext;

async function dialServer(address: Address, context: Context): Promise<File> {
  const { attach } = await import('./client/index.ts');
  const stream = await connect(address, context);
  const { user, signal, timeout, msize, debug } = context;
  const aname = address.options.get('aname') ?? '';
  return attach(stream, { user, aname, path: treePath(address), signal, timeout, msize, debug });
}

/** The schemes that {@link dial} knows. A program adds its own: `schemes.add('zip', (address) => …)`. */
export const schemes = new Schemes<Context>();

for (const scheme of ['tcp', 'unix', 'tls', 'exec', 'ssh', 'ws', 'wss']) schemes.add(scheme, dialServer);
schemes.add('ram', ramFromAddress);
schemes.add('file', fileFromAddress);

/**
 * The File at an address: a tree behind a 9P server (`tcp://host:564/usr`), or a resource of this machine (`ram:`,
 * `file:/srv`). Whoever dials it releases it.
 */
export function dial(url: string | Address, options: DialOptions = {}): Promise<File> {
  return schemes.dial(url, { ...options, user: options.user ?? processUser() });
}
