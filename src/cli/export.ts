/** ns export: a tree, given to the rest of the world in a form that it knows. */
import type { Command } from 'commander';
import { absolute } from '../gateways/mounting/index.ts';
import { launchExport } from './exports/background.ts';
import { Options } from './exports/options.ts';
import { serveExport } from './exports/serve.ts';
import { readSource, type Source } from './exports/source.ts';
import { gatewayOf, gateways } from './gateways.ts';
import { UsageError } from './failure.ts';
import { introduce } from './mount.ts';
import { put, tell } from './output.ts';
import { interruption } from './signals.ts';

interface Given {
  readonly option?: readonly string[];
  readonly background?: boolean;
}

const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function define(command: Command): void {
  command
    .argument('<KIND>', `as what: ${[...gateways.keys()].join(' or ')}`)
    .argument('<SOURCE>', 'the address of a tree, a path of the namespace, or a directory of this machine')
    .argument('<MOUNTPOINT>', 'an empty directory of this machine')
    .option(
      '-o, --option <OPTIONS>',
      'what the kind can be told, between commas; may stand several times',
      more,
    )
    .option('-b, --background', 'go on in the background, when it is ready')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
fuse: a Linux file system by FUSE, for any user. v9fs: the same by the kernel's own client of 9P, for root.
Prints 'mounted SOURCE on MOUNTPOINT' when it is ready, and goes on until Control-C, SIGTERM, ns unexport or an unmount.

Options of fuse and v9fs:
  ro                     refuse every change
  allow_other            for all users, as permission bits say; otherwise for the one who mounts, alone
  cache=none|auto|loose  what the kernel keeps; of v9fs cache=none|mmap|loose
  soft, hard             when the server is gone, calls fail after a time (soft, as without), or wait for it (hard)
  timeout=SECONDS        that time, also in fractions (default: 15)
Options of fuse alone:
  uid=N, gid=N           the owner and the group that all files show
  umask=OCTAL            permission bits that no file shows
  debug                  show every request on standard error

Examples:
  ns export fuse 'tcp://127.0.0.1:5640' ~/music
  ns export fuse -b -o ro,timeout=2.5 /n/music ~/music
  ns export v9fs 'ram:1GiB' /mnt`;

async function run(
  kind: string,
  from: string,
  at: string,
  { option = [], background }: Given,
): Promise<void> {
  const gateway = await loadGateway(kind);
  const options = new Options(kind, option, gateway.options);
  gateway.prepare(options);
  const source = readSource(from);
  if (at === '') throw new UsageError("MOUNTPOINT '': a directory was expected");
  if (background) {
    const signal = interruption();
    await introduce(source.address, signal);
    await put(`${await launchExport([kind, source.text, absolute(at), ...option], signal)}\n`);
  } else {
    await serveHere({ gateway, source, at, options });
  }
}

async function loadGateway(kind: string) {
  if (!gateways.has(kind))
    throw new UsageError(`KIND ${kind || "''"}: one of ${[...gateways.keys()].join(', ')} was expected`);
  return gatewayOf(kind)();
}

interface Here {
  readonly gateway: Awaited<ReturnType<typeof loadGateway>>;
  readonly source: Source;
  readonly at: string;
  readonly options: Options;
}

async function serveHere(wanted: Here): Promise<void> {
  const log = (line: string): void => tell(`ns: ${line}`);
  const said = await serveExport({ ...wanted, log }, (line) => put(`${line}\n`));
  if (said !== undefined) tell(said);
}
