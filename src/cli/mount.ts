/** ns mount: a tree, visible in the current namespace. */
import type { Command } from 'commander';
import { connect } from '../transport/index.ts';
import { formatAddress, type Address } from '../transport/address.ts';
import { readAddress } from './address.ts';
import { addFlagOptions, flagsHelp, flagsOfOptions, type FlagOptions } from './flags.ts';
import { UsageError } from './failure.ts';
import { requirePath, runInNamespace } from './namespace.ts';
import { interruption } from './signals.ts';

export function define(command: Command): void {
  addFlagOptions(command)
    .argument('<URL>', 'the address of the tree')
    .argument('<OLD>', 'a path of the namespace')
    .argument('[ANAME]', 'the tree that is asked for, where a server has several')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
${flagsHelp('The tree')}
A missing OLD is made if it is in the namespace's own root tree. Waits until the tree is there; Control-C cancels that.

Examples:
  ns mount 'tcp://127.0.0.1:5640' /n/music
  ns mount -b 'file:bin' /bin
  ns mount -c 'ram:64MiB' /tmp
  ns mount 'exec:ssh host ns serve --stdio -m "file:/srv /"' /n/host`;

async function run(url: string, old: string, aname: string | undefined, options: FlagOptions): Promise<void> {
  const flags = flagsOfOptions(options);
  if (url.startsWith('/')) throw new UsageError(`URL ${url}: an address was expected; ${hintFor(url)}`);
  const address = readAddress(url);
  requirePath(old, 'OLD');
  const signal = interruption();
  await introduce(address, signal);
  const wanted = { verb: 'mount', url: formatAddress(address), old, flags } as const;
  await runInNamespace(aname === undefined ? wanted : { ...wanted, aname }, signal);
}

/** What was meant by a path, perhaps: in Plan 9 a service is a file in /srv. */
function hintFor(path: string): string {
  const [, service] = /^\/srv\/([^/]+)$/.exec(path) ?? [];
  if (service !== undefined) return `the service that is posted by this name is 'srv:${service}'`;
  return `ns bind does it with a path of the namespace, 'file:${path}' is a directory of this machine`;
}

/** The namespace's process has no terminal, and so nobody to ask about a server that is new: that is done here. */
export async function introduce(address: Address, signal: AbortSignal): Promise<void> {
  if (address.scheme !== 'tls' || !process.stdin.isTTY) return;
  const { tlsAskingOptions } = await import('./keys.ts');
  const stream = await connect(address, { ...(await tlsAskingOptions()), signal });
  await stream.close();
}
