/** The battery of what POSIX and Linux say about file systems (battery/*.c), run on a directory. */
import { join } from 'node:path';
import { compileC, outcomesOf, type Outcome } from '../c/battery.ts';
import { sh } from '../fuse/shell.ts';

/** As root, or as an ordinary user after root has given up his rights. */
export type As = 'root' | 'user';

const SECONDS = 300;

export async function compilePosixBattery(into: string): Promise<string> {
  const program = join(into, 'posix-battery');
  await compileC('posix/battery', program);
  return program;
}

/**
 * Everything, on one directory.
 *
 * @throws Error if the battery does not come to its end.
 */
export async function runPosixBattery(
  program: string,
  directory: string,
  as: As,
): Promise<readonly Outcome[]> {
  const script = `${program} ${directory} ${as === 'user' ? '--user' : ''}`;
  const { code, output } = await sh(script, { seconds: SECONDS });
  if (code !== 0 && code !== 1) throw new Error(`${script} ends with ${code}:\n${output.slice(-3000)}`);
  return outcomesOf(output);
}

/** The failed checks, by title, with the reason. */
export function failuresOf(outcomes: readonly Outcome[]): ReadonlyMap<string, string> {
  return new Map(
    outcomes.flatMap((outcome) =>
      outcome.verdict === 'failed' ? [[outcome.test, outcome.reason] as const] : [],
    ),
  );
}
