/** Batteries of checks in C: compiled, and their lines read. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, run } from '../programs.ts';

/** What one test came to. */
export type Outcome =
  | { readonly test: string; readonly verdict: 'passed' | 'skipped' }
  | { readonly test: string; readonly verdict: 'failed'; readonly reason: string };

const COMPILE_TIME = 120_000;

/**
 * Compiles the C files of a folder below test/interop, with the words that all batteries share.
 *
 * @throws Error with the compiler's messages.
 */
export async function compileC(folder: string, program: string, ...flags: readonly string[]): Promise<void> {
  const sources = [folder, 'c'].flatMap((name) => {
    const directory = join(packageRoot(), 'test/interop', name);
    const files = readdirSync(directory).filter((file) => file.endsWith('.c'));
    return files.map((file) => join(directory, file));
  });
  const args = ['-O1', '-Wall', '-Wextra', ...flags, '-o', program, ...sources];
  const { code, stderr } = await run('gcc', args, COMPILE_TIME);
  if (code !== 0) throw new Error(`gcc fails:\n${stderr}`);
}

/** `ok NAME`, `not ok NAME: reason`, `hung NAME: reason`, `skip NAME: reason`; `undefined` for any other line. */
export function outcomeOf(line: string): Outcome | undefined {
  const [, word, test, reason = ''] = /^(ok|not ok|hung|skip) ([^:]+)(?:: (.*))?$/.exec(line) ?? [];
  if (word === undefined || test === undefined) return undefined;
  if (word === 'ok') return { test, verdict: 'passed' };
  if (word === 'skip') return { test, verdict: 'skipped' };
  return { test, verdict: 'failed', reason };
}

/** What a battery printed. */
export function outcomesOf(printed: string): readonly Outcome[] {
  return printed.split('\n').flatMap((line) => outcomeOf(line) ?? []);
}
