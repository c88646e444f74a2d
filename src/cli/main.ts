/** The command `ns`: finds the subcommand, runs it, and turns what goes wrong into one line and an exit code. */
import { Command, CommanderError } from 'commander';
import { Interrupted, Told, UsageError, firstOf } from './failure.ts';
import { complain, put } from './output.ts';
import { version } from './version.ts';

/** Exit codes: 0 done, 1 the operation failed, 2 wrong usage; 128 and a signal's number for what a signal ended. */
const FAILED = 1;
const USAGE = 2;

/** Milliseconds that a finished command gives to what is still open: a server may owe the answer to a last message. */
const GRACE = 3000;
const GRACE_INTERRUPTED = 300;

/** A command's arguments, options and help, and what it does. */
interface CommandModule {
  readonly define: (command: Command) => void;
}

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Each command is loaded when it is asked for: most of the start-up time would be the others'. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  serve: {
    summary: 'serve trees over 9P: one in memory, a directory of this machine, another server’s',
    load: () => import('./serve.ts'),
  },
  ls: { summary: 'list directories', load: () => import('./ls.ts') },
  tree: { summary: 'draw a directory with all that is below it', load: () => import('./tree.ts') },
  stat: { summary: 'say what is known of files', load: () => import('./stat.ts') },
  cat: { summary: 'print files', load: () => import('./cat.ts') },
  tail: { summary: 'print the end of a file, and follow it', load: () => import('./tail.ts') },
  read: { summary: 'print a part of a file', load: () => import('./read.ts') },
  write: { summary: 'write standard input to a file', load: () => import('./write.ts') },
  cp: { summary: 'copy files and directories', load: () => import('./cp.ts') },
  mv: { summary: 'rename a file or a directory', load: () => import('./mv.ts') },
  rm: { summary: 'remove files and directories', load: () => import('./rm.ts') },
  mkdir: { summary: 'make directories', load: () => import('./mkdir.ts') },
  mount: { summary: 'attach a tree to the current namespace', load: () => import('./mount.ts') },
  bind: { summary: 'make a part of the namespace visible elsewhere in it', load: () => import('./bind.ts') },
  unmount: { summary: 'take back what was mounted or bound', load: () => import('./unmount.ts') },
  list: { summary: 'list the namespaces of this user', load: () => import('./list.ts') },
  restore: { summary: 'make a namespace again that was lost or saved', load: () => import('./restore.ts') },
  stop: { summary: 'end a namespace', load: () => import('./stop.ts') },
  exec: { summary: 'run a program in a world of its own', load: () => import('./exec.ts') },
  shell: { summary: 'run a shell in a world of its own', load: () => import('./shell.ts') },
  export: {
    summary: 'give a tree to the programs of this machine, as a file system',
    load: () => import('./export.ts'),
  },
  exports: { summary: 'list the exports of this user', load: () => import('./exports.ts') },
  unexport: { summary: 'take back what was exported', load: () => import('./unexport.ts') },
  key: {
    summary: 'make and show this user’s key, and say whose keys may connect',
    load: () => import('./key.ts'),
  },
  trace: {
    summary: 'show what clients and a server say to each other',
    load: () => import('./trace/command.ts'),
  },
  doctor: {
    summary: 'say what this machine can do, and what to do about what is missing',
    load: () => import('./doctor.ts'),
  },
  version: { summary: 'print the version', load: () => import('./version.ts') },
};

const HELP = `
With no command, prints the current namespace as the commands that make it again. Its name is main, $NS, or that of
--ns NAME, which may stand anywhere.`;

/** Runs the command line and returns its exit code. The process ends soon afterwards, whatever is still open. */
export async function main(args: readonly string[]): Promise<number> {
  process.on('uncaughtException', (error) => {
    complain(error);
    process.exit(FAILED);
  });
  const status = await run(args);
  setTimeout(() => process.exit(), status > 128 ? GRACE_INTERRUPTED : GRACE).unref();
  return status;
}

async function run(given: readonly string[]): Promise<number> {
  try {
    const args = chooseNamespace(given);
    if (args.length === 0) {
      await (await import('./namespace.ts')).printNamespace();
      return 0;
    }
    const help: string[] = [];
    const status = await parse(await program(args, (text) => help.push(text)), args);
    if (help.length > 0) await put(help.join(''));
    return status;
  } catch (thrown) {
    const error = firstOf(thrown);
    if (error instanceof Interrupted) return error.status;
    if (!(error instanceof Told)) complain(error);
    return error instanceof UsageError ? USAGE : FAILED;
  }
}

/** Takes `--ns NAME` out of the arguments: for this command and all that it starts, it is as if $NS said so. */
function chooseNamespace(given: readonly string[]): readonly string[] {
  const end = given.indexOf('--');
  const at = given.findIndex((arg, i) => (arg === '--ns' || arg.startsWith('--ns=')) && (end < 0 || i < end));
  if (at < 0) return given;
  const whole = given[at] === '--ns';
  const name = whole ? given[at + 1] : given[at].slice('--ns='.length);
  if (name === undefined || name === '') throw new UsageError('--ns: the name of a namespace was expected');
  process.env['NS'] = name;
  return given.toSpliced(at, whole ? 2 : 1);
}

async function parse(ns: Command, args: readonly string[]): Promise<number> {
  try {
    await ns.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // commander has said already what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    throw error;
  }
}

async function program(args: readonly string[], help: (text: string) => void): Promise<Command> {
  const ns = new Command('ns')
    .description('Serve resources as file trees over 9P, and use those of others.')
    .version(version())
    .option('--ns <NAME>', 'the namespace to use')
    .addHelpText('after', HELP);
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  const wanted = first === 'help' ? second : first;
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = new Command(name).description(summary);
    if (name === wanted) (await load()).define(command);
    ns.addCommand(command);
  }
  return prepare(ns, 'ns', help);
}

/** Errors in one line, as all others are; help, which may be long, is printed as everything is. */
function prepare(command: Command, path: string, help: (text: string) => void): Command {
  command.exitOverride().configureOutput({
    writeOut: help,
    outputError(text) {
      const line = text
        .trim()
        .replace(/^error: /, '')
        .replace(/\s*\n\s*/g, ' ')
        .replace(/\.$/, '');
      complain(new UsageError(`${line}; see: ${path} --help`));
    },
  });
  for (const child of command.commands) prepare(child, `${path} ${child.name()}`, help);
  return command;
}
