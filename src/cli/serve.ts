/** ns serve: trees over 9P. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { dial } from '../dial.ts';
import { mountAll, parseAddress, type Mount } from '../namespaces/index.ts';
import { credentialsOf, hostServer } from '../serve.ts';
import type { Server } from '../server/index.ts';
import { listen, stdio } from '../transport/index.ts';
import type { Listener } from '../transport/stream.ts';
import { defaultTree } from './default-tree.ts';
import { UsageError } from './failure.ts';
import { tlsListenOptions } from './keys.ts';
import { stopSignal } from './signals.ts';

/** Where `ns serve` listens if nothing is said. */
const DEFAULT_LISTEN = 'tcp://127.0.0.1:5640';

interface Options {
  readonly listen: readonly string[];
  readonly mount: readonly string[];
  readonly stdio?: true;
  readonly ro?: true;
  readonly insecure?: true;
  readonly trustUname?: true;
  readonly fids?: string;
  readonly token?: string;
  readonly socketMode?: string;
}

const more = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function serveCommand(): Command {
  return new Command('serve')
    .description('serve trees over 9P: a tree in memory, a directory of this machine, another server’s tree')
    .argument('[FILE]', 'a namespace file')
    .option(
      '-l, --listen <URL>',
      `where to listen; may stand several times (default: ${DEFAULT_LISTEN})`,
      more,
      [],
    )
    .option('-m, --mount <URL PATH>', 'what to serve at which path; may stand several times', more, [])
    .option('--stdio', 'serve one client on stdin and stdout')
    .option('--ro', 'refuse every change')
    .option('--insecure', 'listen beyond this machine without encryption; anyone who connects acts as you')
    .option('--trust-uname', 'believe the user names that clients on this machine give')
    .option('--fids <N>', 'fids that one connection may have, 1048576 at most (default: 262144)')
    .option('--token <TOKEN>', 'what a WebSocket client must present')
    .option('--socket-mode <OCTAL>', 'permission bits of Unix sockets (default: 600)')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

const EXAMPLES = `
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
  const root =
    options.mount.length > 0 ? mountAll(await Promise.all(options.mount.map(mounted))) : await defaultTree();
  const server = hostServer(root, {
    readOnly: options.ro === true,
    trustUname: options.trustUname === true,
    limits: options.fids === undefined ? {} : { fids: numberOf('--fids', options.fids, 1, 1_048_576) },
    log: (problem, cause) => {
      process.stderr.write(
        `ns: ${problem}${cause instanceof Error && cause.message !== problem ? `: ${cause.message}` : ''}\n`,
      );
    },
  });
  if (options.stdio) return serveStdio(server);
  const listeners = await listenAll(server, options);
  if (options.mount.length === 0 && options.listen.length === 0) process.stderr.write(TRY_NEXT);
  await stopSignal();
  await Promise.all(listeners.map((listener) => listener.close()));
  await server.drain();
}

const TRY_NEXT = `
This is a tree in memory: what is written to it is gone when this command ends (press Control-C).
In another terminal, try:
  npx ns ls -l 'tcp://127.0.0.1:5640'
  npx ns cat 'tcp://127.0.0.1:5640/README'
  echo hello | npx ns write 'tcp://127.0.0.1:5640/hello'
To serve a directory instead:  npx ns serve -m 'file:DIR /'
`;

/** One -m: an address, a blank, a path. */
async function mounted(text: string): Promise<Mount> {
  const parts = /^(\S.*)\s+(\/\S*)$/.exec(text.trim());
  if (!parts)
    throw new UsageError(`-m '${text}': an address and a path were expected, as in -m 'file:/srv /'`);
  const address = parseAddress(parts[1]);
  const absolute = address.scheme === 'file' ? { ...address, path: resolve(address.path) } : address;
  return { file: await dial(absolute), path: parts[2] };
}

async function listenAll(server: Server, options: Options): Promise<readonly Listener[]> {
  const addresses = options.listen.length > 0 ? options.listen : [DEFAULT_LISTEN];
  const listeners: Listener[] = [];
  try {
    for (const address of addresses) listeners.push(await listenAt(server, address, options));
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  return listeners;
}

async function listenAt(server: Server, text: string, options: Options): Promise<Listener> {
  const parsed = parseAddress(text);
  const address = parsed.scheme === 'unix' ? { ...parsed, path: resolve(parsed.path) } : parsed;
  const listener = await listen(address, (stream) => server.accept(stream), {
    credentials: credentialsOf,
    insecure: options.insecure === true,
    ...(options.token !== undefined && { token: options.token }),
    ...(options.socketMode !== undefined && {
      mode: numberOf('--socket-mode', `0o${options.socketMode}`, 0, 0o777),
    }),
    ...(address.scheme === 'tls' && (await tlsListenOptions())),
    problem: (error) => process.stderr.write(`ns: ${error.message}\n`),
  });
  process.stdout.write(`serving ${listener.address}\n`);
  const note = whoActs(address.scheme, options);
  if (note) process.stderr.write(`${note}\n`);
  return listener;
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
  process.stderr.write('serving stdio\n');
  return new Promise((resolve) => server.accept(stdio(), resolve));
}

function numberOf(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(
    `${option} ${text.replace(/^0o/, '')}: a number from ${least} to ${most} was expected`,
  );
}
