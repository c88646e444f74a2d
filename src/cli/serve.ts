/** ns serve: trees over 9P. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { FileError, type File } from '../file/index.ts';
import { mountAll, type Mount } from '../namespaces/index.ts';
import { credentialsOfHost, hostServer } from '../serve.ts';
import type { Server } from '../server/index.ts';
import { listen, stdio } from '../transport/index.ts';
import type { Address } from '../transport/address.ts';
import type { Listener } from '../transport/stream.ts';
import { readAddress } from './address.ts';
import { defaultTree } from './default-tree.ts';
import { dialTree } from './dial.ts';
import { CommandError, UsageError, isSystemError } from './failure.ts';
import { tlsListenOptions } from './keys.ts';
import { octalMode, wholeNumber } from './numbers.ts';
import { complain, put, tell } from './output.ts';
import { stopSignal } from './signals.ts';

/** Where `ns serve` listens if nothing is said. */
const DEFAULT_LISTEN = 'tcp://127.0.0.1:5640';

interface Options {
  readonly listen?: readonly string[];
  readonly mount?: readonly string[];
  readonly stdio?: boolean;
  readonly ro?: boolean;
  readonly insecure?: boolean;
  readonly trustUname?: boolean;
  readonly fids?: number;
  readonly token?: string;
  readonly certificate?: string;
  readonly certificateKey?: string;
  readonly socketMode?: number;
}

const fidsOption = (text: string): number => wholeNumber('--fids', text, 1, 1_048_576);
const socketModeOption = (text: string): number => octalMode('--socket-mode', text);
const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function define(command: Command): void {
  command
    .argument('[FILE]', 'a namespace file')
    .option(
      '-l, --listen <URL>',
      `where to listen; may stand several times (default: ${DEFAULT_LISTEN})`,
      more,
    )
    .option('-m, --mount <URL PATH>', 'what to serve at which path; may stand several times', more)
    .option('--stdio', 'serve one client on stdin and stdout')
    .option('--ro', 'refuse every change')
    .option('--insecure', 'listen beyond this machine without encryption; anyone who connects acts as you')
    .option('--trust-uname', 'believe the user names that clients on this machine give')
    .option('--fids <N>', 'fids that one connection may have, 1048576 at most (default: 262144)', fidsOption)
    .option('--token <TOKEN>', 'what a WebSocket client must present')
    .option('--certificate <FILE>', 'the certificate chain for wss: addresses, PEM')
    .option('--certificate-key <FILE>', 'its private key, PEM')
    .option('--socket-mode <OCTAL>', 'permission bits of Unix sockets (default: 600)', socketModeOption)
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Prints 'serving URL' for each address as soon as clients can connect (with --stdio on standard error), and ends in good
order on Control-C and SIGTERM.

Examples:
  ns serve                                             a tree in memory, on ${DEFAULT_LISTEN}
  ns serve -m 'file:/srv/music /'                      a directory of this machine
  ns serve -m 'file:. /src' -m 'ram:64MiB /tmp' --ro   several trees, each at its path
  ns serve -l 'unix:///run/user/1000/music.sock' -m 'file:/srv/music /'
  ns serve -l 'tls://0.0.0.0:5640' -m 'file:/srv /'    to other machines, by key (see ns key)`;

async function run(file: string | undefined, options: Options): Promise<void> {
  if (file !== undefined) {
    throw new UsageError(`cannot read ${file}: namespace files come with a later version; use -m 'URL PATH'`);
  }
  const addresses = (options.listen ?? [DEFAULT_LISTEN]).map(readAddress);
  const mounts = await mountTrees((options.mount ?? []).map(readMount));
  try {
    const root = mounts.length > 0 ? mountAll(mounts) : await defaultTree();
    await serveUntilStopped(root, addresses, options);
  } finally {
    for (const { file } of mounts) file.release?.();
  }
}

async function serveUntilStopped(root: File, addresses: readonly Address[], options: Options): Promise<void> {
  const server = hostServer(root, {
    readOnly: options.ro === true,
    trustUname: options.trustUname === true,
    limits: options.fids === undefined ? {} : { fids: options.fids },
    log: (problem, cause) => {
      tell(
        `ns: ${problem}${cause instanceof Error && cause.message !== problem ? `: ${cause.message}` : ''}`,
      );
    },
  });
  const stopped = stopSignal();
  if (options.stdio) {
    await Promise.race([serveStdio(server), stopped]);
  } else {
    const listeners = await listenAll(server, addresses, options);
    if (!options.mount && !options.listen) tell(TRY_NEXT);
    await stopped;
    await Promise.all(listeners.map((listener) => listener.close()));
  }
  await server.drain();
}

const TRY_NEXT = `
This is a tree in memory: what is written to it is gone when this command ends (press Control-C).
In another terminal, try:
  npx ns ls -l 'tcp://127.0.0.1:5640'
  npx ns cat 'tcp://127.0.0.1:5640/README'
  echo hello | npx ns write 'tcp://127.0.0.1:5640/hello'
To serve a directory instead:  npx ns serve -m 'file:DIR /'`;

interface WantedMount {
  readonly address: Address;
  readonly text: string;
  readonly path: string;
}

/** One -m: an address, a blank, a path. */
function readMount(text: string): WantedMount {
  const parts = /^(\S.*)\s+(\/\S*)$/.exec(text.trim());
  if (!parts)
    throw new UsageError(`-m '${text}': an address and a path were expected, as in -m 'file:/srv /'`);
  const address = readAddress(parts[1]);
  const local = address.scheme === 'file' || address.scheme === 'ram';
  if (local && (address.fragment ?? '/') !== '/') {
    throw new UsageError(`-m '${text}': ${address.scheme}: is served as a whole; name the directory itself`);
  }
  return { address, text: parts[1], path: parts[2] };
}

/** @throws the first error, when those that could be dialled are released again. */
async function mountTrees(wanted: readonly WantedMount[]): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  try {
    for (const { address, text, path } of wanted) mounts.push({ file: await dialMount(address, text), path });
    return mounts;
  } catch (error) {
    for (const { file } of mounts) file.release?.();
    throw error;
  }
}

async function dialMount(address: Address, text: string): Promise<File> {
  try {
    return await dialTree(address);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const hint = DIRECTORY_HINTS[error.code];
    throw new CommandError(
      'serve',
      text,
      hint === undefined ? error : new FileError('EIO', hint, { cause: error }),
    );
  }
}

const DIRECTORY_HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such directory; make it first, or name another one',
  ENOTDIR: 'it is a file, and a directory can be served; name the one that it is in',
};

async function listenAll(
  server: Server,
  addresses: readonly Address[],
  options: Options,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const address of addresses) listeners.push(await listenAt(server, address, options));
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  const notes = new Set(addresses.map(({ scheme }) => whoActs(scheme, options)));
  for (const note of notes) if (note !== undefined) tell(note);
  return listeners;
}

async function listenAt(server: Server, address: Address, options: Options): Promise<Listener> {
  const listener = await listen(address, (stream) => server.accept(stream), {
    credentials: credentialsOfHost(),
    insecure: options.insecure === true,
    ...(options.token !== undefined && { token: options.token }),
    ...(options.socketMode !== undefined && { mode: options.socketMode }),
    ...(address.scheme === 'tls' && (await tlsListenOptions())),
    ...(address.scheme === 'wss' && { certificate: await certificateOf(options) }),
    problem: complain,
  });
  await put(`serving ${listener.address}\n`);
  return listener;
}

async function certificateOf(
  options: Options,
): Promise<{ readonly chain: string; readonly privateKey: string }> {
  const { certificate, certificateKey } = options;
  if (certificate === undefined || certificateKey === undefined) {
    throw new UsageError('a wss: address needs --certificate FILE and --certificate-key FILE');
  }
  return { chain: await readFile(certificate, 'utf8'), privateKey: await readFile(certificateKey, 'utf8') };
}

/** Said once at start, where whoever connects is somebody. */
function whoActs(scheme: string, options: Options): string | undefined {
  if (scheme === 'tls' || scheme === 'unix') return undefined;
  if (options.trustUname)
    return 'whoever connects from this machine acts as the user that it names (--trust-uname)';
  return options.insecure
    ? 'whoever connects, from anywhere, acts as you (--insecure)'
    : 'whoever connects from this machine acts as you';
}

function serveStdio(server: Server): Promise<void> {
  tell('serving stdio');
  return new Promise((resolve) => server.accept(stdio(), resolve));
}
