/** The programs of util-linux, and the shell, that do what Node cannot. */
import { FileError } from '../../file/errors.ts';
import { findProgram, run } from '../../gateways/mounting/index.ts';
import { refusal } from './refusal.ts';

const NAMES = ['mount', 'nsenter', 'pivot_root', 'setpriv', 'sh', 'umount', 'unshare'] as const;

/** The absolute path of each. */
export type Tools = Readonly<Record<(typeof NAMES)[number], string>>;

/** Milliseconds that one may take. */
const PATIENCE = 20_000;

/** @throws FileError if one is missing. */
export function findTools(): Tools {
  return Object.fromEntries(NAMES.map((name) => [name, find(name)])) as Tools;
}

function find(name: string): string {
  const found = findProgram(name);
  if (found !== undefined) return found;
  throw new FileError('ENOENT', `the program ${name} is not installed; it is in the package util-linux`);
}

/** @throws FileError with what the program says. */
export async function use(tool: string, ...args: readonly string[]): Promise<void> {
  const { code, said } = await run(tool, args, { timeout: PATIENCE });
  if (code === 0) return;
  const words = said.split('\n')[0] || (code === undefined ? 'it does not end' : `exit code ${code}`);
  const why = /not permitted|permission denied|must be superuser/i.test(said) ? refusal() : undefined;
  throw new FileError(
    'EIO',
    `cannot make a world of its own: ${words}${why === undefined ? '' : `; ${why}`}`,
  );
}
