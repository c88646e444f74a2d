/** The command `ns`: finds the subcommand, runs it, and turns what goes wrong into one line and an exit code. */
import { Command, CommanderError } from 'commander';
import { UsageError, describe } from './failure.ts';
import { version } from './version.ts';

/** Exit codes: 0 done, 1 the operation failed, 2 wrong usage. */
const FAILED = 1;
const USAGE = 2;

/** Each command is loaded when it is asked for: most of the start-up time would be the others'. */
const COMMANDS: readonly (() => Promise<Command>)[] = [
  async () => (await import('./serve.ts')).serveCommand(),
  async () => (await import('./key.ts')).keyCommand(),
  async () => (await import('./trace/command.ts')).traceCommand(),
  async () => (await import('./doctor.ts')).doctorCommand(),
];

async function program(): Promise<Command> {
  const ns = new Command('ns')
    .description('Serve resources as file trees over 9P, and use those of others.')
    .version(version())
    .showHelpAfterError('(ns --help lists the commands, ns COMMAND --help explains one)')
    .configureHelp({ showGlobalOptions: false })
    .exitOverride();
  for (const load of COMMANDS) ns.addCommand((await load()).exitOverride());
  return ns;
}

/** Runs the command line and returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await (await program()).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // commander has said already what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    process.stderr.write(`ns: ${describe(error)}\n`);
    return error instanceof UsageError ? USAGE : FAILED;
  }
}
