/** ns serve: trees over 9P. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { File } from '../file/index.ts';
import { credentialsOfHost, hostServer } from '../serve.ts';
import type { Server } from '../server/index.ts';
import { listen, stdio } from '../transport/index.ts';
import { formatAddress, type Address } from '../transport/address.ts';
import type { Listener } from '../transport/stream.ts';
import { readAddress } from './address.ts';
import { UsageError } from './failure.ts';
import { tlsListenOptions } from '../keys.ts';
import { octalMode, wholeNumber } from './numbers.ts';
import { complain, put, tell } from './output.ts';
import { post, serviceName } from './post.ts';
import { stopSignal } from './signals.ts';
import { World, readMount } from './world.ts';

/** Where `ns serve` listens if nothing is said. */
const DEFAULT_LISTEN = 'tcp://127.0.0.1:5640';

interface Options {
  readonly listen?: readonly string[];
  readonly mount?: readonly string[];
  readonly post?: string;
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
    .argument('[FILE]', 'a namespace file: what is served, where, and to whom; - is standard input')
    .option(
      '-l, --listen <URL>',
      `where to listen; may stand several times (default: ${DEFAULT_LISTEN})`,
      more,
    )
    .option('-m, --mount <URL PATH>', 'what to serve at which path; may stand several times', more)
    .option('--post <NAME>', "post it under a name: this user finds it at 'srv:NAME'", serviceName)
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
Prints 'serving URL' for each address as soon as clients can connect (with --stdio on standard error), 'posted NAME' for a
name, and ends in good order on Control-C and SIGTERM. With --post it listens at no address but those of --listen.

Examples:
  ns serve                                             a tree in memory, on ${DEFAULT_LISTEN}
  ns serve world.ns                                    the world that a namespace file describes
  ns serve -m 'file:/srv/music /'                      a directory of this machine
  ns serve -m 'file:. /src' -m 'ram:64MiB /tmp' --ro   several trees, each at its path
  ns serve -l 'unix:///run/user/1000/music.sock' -m 'file:/srv/music /'
  ns serve --post music -m 'file:/srv/music /'         by name, for this user: ns ls 'srv:music'
  ns serve -l 'tls://0.0.0.0:5640' -m 'file:/srv /'    to other machines, by key (see ns key)`;

async function run(file: string | undefined, options: Options): Promise<void> {
  if (options.stdio && options.post !== undefined) {
    throw new UsageError('--stdio serves one client, and --post any number: use one of them');
  }
  const wanted = (options.listen ?? []).map(readAddress);
  const world = await World.make(file, (options.mount ?? []).map(readMount));
  try {
    const given = [...world.listens, ...wanted];
    const listens = given.length > 0 || options.post !== undefined ? given : [readAddress(DEFAULT_LISTEN)];
    await serveUntilStopped(world.root, listens, file, options);
  } finally {
    await world.close();
  }
}

async function serveUntilStopped(
  root: File,
  addresses: readonly Address[],
  file: string | undefined,
  options: Options,
): Promise<void> {
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
    const listeners = await listenAll(server, addresses, whatIsServed(file, options), options);
    if (file === undefined && !options.mount && !options.listen && options.post === undefined) tell(TRY_NEXT);
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

async function listenAll(
  server: Server,
  addresses: readonly Address[],
  what: string,
  options: Options,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  try {
    if (options.post !== undefined) listeners.push(await post(server, options.post, what));
    for (const address of addresses) listeners.push(await listenAt(server, address, options));
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  const notes = new Set(addresses.map(({ scheme }) => whoActs(scheme, options)));
  for (const note of notes) if (note !== undefined) tell(note);
  return listeners;
}

/** For people; without the options of addresses, which may hold a token. */
function whatIsServed(file: string | undefined, { mount }: Options): string {
  const trees = (mount ?? []).map(readMount).map(({ address, path }) => {
    return `${formatAddress({ ...address, options: new Map() })} ${path}`;
  });
  if (file !== undefined) trees.unshift(`the namespace of ${file}`);
  return trees.join(', ') || 'a tree in memory';
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
