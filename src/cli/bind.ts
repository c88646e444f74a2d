/** ns bind: a part of the current namespace, visible elsewhere in it. */
import type { Command } from 'commander';
import { hasScheme } from './address.ts';
import { UsageError } from './failure.ts';
import { addFlagOptions, flagsHelp, flagsOfOptions, type FlagOptions } from './flags.ts';
import { requirePath, runInNamespace } from './namespace.ts';
import { interruption } from './signals.ts';

export function define(command: Command): void {
  addFlagOptions(command)
    .argument('<NEW>', 'a path of the namespace')
    .argument('<OLD>', 'where it is to be visible too')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
${flagsHelp('NEW')}
Files are bound over files, and directories over directories.

Examples:
  ns bind /n/music/new /new
  ns bind -a /n/tools/bin /bin
  ns bind -bc /tmp/work /src`;

async function run(from: string, old: string, options: FlagOptions): Promise<void> {
  const flags = flagsOfOptions(options);
  if (hasScheme(from)) {
    throw new UsageError(`NEW ${from}: a path of the namespace was expected; ns mount takes addresses`);
  }
  requirePath(from, 'NEW');
  requirePath(old, 'OLD');
  await runInNamespace({ verb: 'bind', from, old, flags }, interruption());
}
