/** ns stop: the end of a namespace. */
import type { Command } from 'commander';
import { Control } from '../daemon/control.ts';
import { readDuration } from '../daemon/idle.ts';
import { FileError } from '../file/errors.ts';
import { UsageError, reasonOf } from './failure.ts';
import { currentHome, namedHome } from './namespace.ts';
import { interruption } from './signals.ts';

interface Options {
  readonly idle?: string;
}

export function define(command: Command): void {
  command
    .argument('[NAME]', 'a namespace (default: the current one)')
    .option(
      '--idle <TIME>',
      'not now: when nobody has used it for this long, as in 30m; or never',
      idleOption,
    )
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Its mounts are given up; its commands are kept, and ns restore makes them again. A namespace is used for as long as
any command or 9P client is connected to it.

Examples:
  ns stop
  ns stop work
  ns stop --idle 8h`;

function idleOption(text: string): string {
  try {
    readDuration(text);
    return text;
  } catch (error) {
    throw new UsageError(`--idle ${reasonOf(error)}`);
  }
}

async function run(name: string | undefined, { idle }: Options): Promise<void> {
  const home = name === undefined ? currentHome() : namedHome(name);
  await using control = await Control.find(home, interruption());
  if (!control) {
    throw new FileError(
      'ENOENT',
      `the namespace ${home.name} is held by no process; ns list shows those that are`,
    );
  }
  await (idle === undefined ? control.stop() : control.idle(idle));
}
