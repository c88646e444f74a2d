/** Long random sequences of calls on directories (program/*.c). */
import { join } from 'node:path';
import { compileC } from '../c/battery.ts';
import { directoryIn, type Mount } from '../fuse/mounts.ts';
import { ok, sh } from '../fuse/shell.ts';

/** What is exercised: one file's data in four ways, appends, names beside a plain directory, names by several at once. */
export const KINDS = ['one', 'two', 'ranges', 'mixed', 'appends', 'names', 'user', 'crowd'] as const;
export type Kind = (typeof KINDS)[number];

export interface Exercise {
  readonly kind: Kind;
  /** The same one gives the same sequence. */
  readonly seed: number;
  readonly operations: number;
}

/** Who does `user`. */
const ORDINARY_USER = 12345;

export async function compileExerciser(into: string): Promise<string> {
  const program = join(into, 'exerciser');
  await compileC('exerciser/program', program);
  return program;
}

/** On a directory of its own, which it leaves empty. @throws Error with the last operations, and what was wrong. */
export async function exercise(
  program: string,
  { path }: Mount,
  plain: Mount,
  { kind, seed, operations }: Exercise,
  seconds: number,
): Promise<void> {
  const name = `${kind}-${seed}`;
  const directory = await directoryIn(path, name);
  const beside = await directoryIn(plain.path, name);
  const run = (what: string, ...more: readonly (string | number)[]) =>
    ok([program, what, directory, seed, operations, ...more].join(' '), { seconds });
  try {
    if (kind === 'names') await run('names', beside);
    else if (kind === 'user') await run('names', beside, ORDINARY_USER);
    else await run(kind);
    if (kind === 'user') await ok(`${program} same ${directory} ${beside}`);
    await ok(`rm -rf ${directory}; test ! -e ${directory}`);
  } finally {
    await sh(`rm -rf ${directory} ${beside}`);
  }
}
