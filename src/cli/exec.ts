/** ns exec: a program in a world of its own. */
import type { Command } from 'commander';
import { addWorldOptions, runCommand, type WorldOptions } from './exec/options.ts';

export function define(command: Command): void {
  addWorldOptions(command)
    .usage('[options] [--] <CMD> [ARG...]')
    .argument('<CMD...>', 'the program and its arguments')
    .addHelpText('after', HELP)
    .action((words: readonly string[], options: WorldOptions) => runCommand(words, options));
}

const HELP = `
Runs CMD in a mount namespace of its own, in which the namespace is a part of the file system: what is mounted in it is at
its path, and all else is this machine's. With --bare the namespace is the whole of it. All ends when CMD does.

Examples:
  ns exec -- ls /n
  ns exec -n world.ns -- make test
  ns exec --ns work --ro -w /n/src -- grep -r TODO .
  ns exec -n box.ns --bare -- /bin/busybox sh`;
