/** The system's programs that mount and unmount: where they are, and what they say. */
import { spawn, type StdioOptions } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where they are on every system, whatever the user's PATH is. */
const DIRECTORIES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/local/sbin'];

export interface Outcome {
  /** The exit code; undefined if it was ended by a signal, or did not end in time. */
  readonly code: number | undefined;
  /** What it said on standard error. */
  readonly said: string;
}

export interface RunOptions {
  /** Descriptors that the program has from number 3 on. */
  readonly inherit?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds that it may take; it is killed then. */
  readonly timeout?: number;
}

/**
 * The absolute path of a program, undefined if it is not there. To be asked before anything is mounted: a search that
 * leads through the mount would wait for the very process that searches.
 */
export function findProgram(...names: readonly string[]): string | undefined {
  const search = [
    ...DIRECTORIES,
    ...(process.env['PATH'] ?? '').split(delimiter).filter((one) => one.startsWith('/')),
  ];
  return names.flatMap((name) => search.map((directory) => join(directory, name))).find(isExecutable);
}

/** Milliseconds after which a program that was killed is left to itself: the kernel may hold it. */
const FAREWELL = 500;

/** Runs a program to its end, in the directory `/`, with its messages in English. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const { inherit = [], env = {}, timeout } = options;
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', ...inherit];
  const child = spawn(program, args, { cwd: '/', env: { ...process.env, ...env, LC_ALL: 'C' }, stdio });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  let timer: NodeJS.Timeout | undefined;
  const code = await new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject).once('close', (status) => resolve(status ?? undefined));
    const giveUp = (): void => {
      child.kill('SIGKILL');
      timer = setTimeout(() => {
        child.stderr?.destroy();
        child.unref();
        resolve(undefined);
      }, FAREWELL);
    };
    if (timeout !== undefined) timer = setTimeout(giveUp, timeout);
  });
  clearTimeout(timer);
  return { code, said: said.trim() };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
