/** ns restore: a namespace, made again from its commands. */
import { posix } from 'node:path';
import type { Command } from 'commander';
import type { Control } from '../daemon/control.ts';
import { FileError } from '../file/errors.ts';
import { formatCommand, type Command as Line, type Operation } from '../namespaces/script/command.ts';
import { ScriptError } from '../namespaces/script/error.ts';
import { parseScript } from '../namespaces/script/parse.ts';
import { formatAddress } from '../transport/address.ts';
import { hasScheme, readAddress } from './address.ts';
import { Failures } from './each.ts';
import { currentHome, runOn, withControl } from './namespace.ts';
import { readScript } from './script.ts';

export function define(command: Command): void {
  command.argument('[FILE]', 'a namespace file; - is standard input').addHelpText('after', HELP).action(run);
}

const HELP = `
Without FILE, makes again what the namespace held when its process last ended. With it, does what the file says, in what
is there already. A line that fails is told, and the others are done all the same; without FILE, what failed is kept for
the next ns restore.

Examples:
  ns restore
  ns >world.ns; ns --ns other restore world.ns`;

async function run(file: string | undefined): Promise<void> {
  await withControl((control) => (file === undefined ? restoreLast(control) : restoreFile(control, file)));
}

async function restoreFile(control: Control, file: string): Promise<void> {
  const failures = new Failures();
  await runAll(control, await readScript(file), failures);
  failures.check();
}

async function restoreLast(control: Control): Promise<void> {
  const lines = await parseScript(await control.last(), { file: 'last' });
  if (lines.length === 0) {
    const { name } = currentHome();
    throw new FileError(
      'ENOENT',
      `there is nothing to restore: the namespace ${name} held nothing when it last ended`,
    );
  }
  const failures = new Failures();
  const failed = await runAll(control, lines, failures);
  await control.setLast(failed.map((line) => `${formatCommand(line)}\n`).join(''));
  failures.check();
}

/** Those that failed. */
async function runAll(
  control: Control,
  lines: readonly Line[],
  failures: Failures,
): Promise<readonly Line[]> {
  const failed: Line[] = [];
  let cwd = '/';
  for (const line of lines) {
    try {
      // The namespace is nobody's alone: the directory that a file sets is the file's.
      if (line.verb === 'cd') cwd = posix.resolve(cwd, line.dir);
      else await runOn(control, absolute(line, cwd));
    } catch (error) {
      failed.push(line);
      failures.add(error instanceof FileError ? new ScriptError(line, error) : error);
    }
  }
  return failed;
}

/** The same, whatever directory somebody is in. */
function absolute(operation: Operation, cwd: string): Operation {
  const path = (text: string): string => posix.resolve(cwd, text);
  switch (operation.verb) {
    case 'mount':
      return { ...operation, url: formatAddress(readAddress(operation.url)), old: path(operation.old) };
    case 'bind':
      return { ...operation, from: path(operation.from), old: path(operation.old) };
    case 'unmount': {
      const { from, old } = operation;
      return { ...operation, old: path(old), ...(from !== undefined && { from: nameIn(from, path) }) };
    }
    default:
      return operation;
  }
}

/** What an unmount names first may be an address. */
const nameIn = (text: string, path: (text: string) => string): string =>
  hasScheme(text) ? formatAddress(readAddress(text)) : path(text);
