/** The options that `ns exec` and `ns shell` have, and what they mean. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { DEFAULT_NAME } from '../../daemon/home.ts';
import { Interrupted } from '../failure.ts';
import { interruption } from '../signals.ts';
import { runInWorld } from './launch.ts';
import { endIfHungUp } from '../terminal.ts';
import type { Source, Wish } from './wish.ts';

export interface WorldOptions {
  readonly file?: string;
  readonly directory?: string;
  readonly ro?: boolean;
  readonly keep?: readonly string[];
  readonly bare?: boolean;
}

export function addWorldOptions(command: Command): Command {
  return command
    .option('-n, --file <FILE>', 'the world of a namespace file, made for this alone; - is standard input')
    .option('-w, --directory <DIR>', 'where it begins (default: the same as here, or / where that is not)')
    .option('--ro', 'refuse every change in the namespace')
    .option('--keep <PATH...>', 'paths that are those of this machine; may stand several times')
    .option('--bare', 'the namespace alone, with null, zero, full, random, urandom, tty and /proc');
}

/** What the namespace is called, for people. */
export function nameOf({ file }: WorldOptions): string {
  return file ?? currentName();
}

const currentName = (): string => process.env['NS'] || DEFAULT_NAME;

export interface RunOptions {
  /** Besides what this process has. */
  readonly env?: NodeJS.ProcessEnv;
  readonly hasJobs?: boolean;
}

/** Runs a command in the world that the options say; ends with its exit code. */
export async function runCommand(
  command: readonly string[],
  options: WorldOptions,
  { env = {}, hasJobs = false }: RunOptions = {},
): Promise<void> {
  const { file, directory, ro = false, keep = [], bare = false } = options;
  const name = file === undefined ? { NS: currentName() } : {};
  const wish = async (): Promise<Wish> => ({
    source: file === undefined ? await currentNamespace() : { kind: 'file', file },
    command,
    hasJobs,
    directory: { path: resolve(here(), directory ?? '.'), asked: directory !== undefined },
    bare,
    readOnly: ro,
    keep: keep.map((path) => resolve(here(), path)),
  });
  const status = await runInWorld(wish(), { ...process.env, ...name, ...env });
  endIfHungUp();
  if (status !== 0) throw new Interrupted(status);
}

/** The current directory; the root where that is gone. */
function here(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}

/** It is held by a process of this machine's, and not of the world's: started here, if there is none. */
async function currentNamespace(): Promise<Source> {
  // Loaded while the world's process starts.
  const { currentHome, openControl } = await import('../namespace.ts');
  const { name, tree } = currentHome();
  await using control = await openControl(interruption());
  const { mounts } = await control.status();
  return { kind: 'namespace', name, tree, mountPoints: mounts.map(({ old }) => old) };
}
