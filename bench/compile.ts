/** C programs of the benchmark: built when they are needed, from the sources in bench/. */

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './programs.ts';
import { temporaryFolder } from './scratch.ts';

const TIMEOUT_MS = 60_000;

/** The program of all C files in `folders` (of bench/). Rejects with a line for the user if it cannot be built. */
export async function compile(folders: readonly string[], flags: readonly string[] = []): Promise<string> {
  const program = join(temporaryFolder(), 'program');
  const sources = folders.flatMap((folder) => cFiles(join(benchFolder(), folder)));
  await run('gcc', ['-std=gnu11', '-O2', '-o', program, ...sources, ...flags], TIMEOUT_MS).catch(
    (error: unknown) => {
      const what = `bench/${folders[0]} cannot be built with gcc (apt-get install gcc libc6-dev)`;
      throw new Error(what, { cause: error });
    },
  );
  return program;
}

function cFiles(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.c'));
  return names.map((name) => join(folder, name));
}

/** The C sources are not copied by the compiler: they stay in the checkout, above the compiled benchmark. */
function benchFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'bench/load/shared'))) {
    if (folder === dirname(folder)) throw new Error('there is no bench/load above the compiled benchmark');
    folder = dirname(folder);
  }
  return join(folder, 'bench');
}
