/** The battery of checks (battery/*.c): compiled, and its lines read. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, run } from '../programs.ts';

/** What one test came to. */
export type Outcome =
  | { readonly test: string; readonly verdict: 'passed' | 'skipped' }
  | { readonly test: string; readonly verdict: 'failed'; readonly reason: string };

const COMPILE_TIME = 120_000;
const HOST_TIME = 120_000;

/** Compiles the battery, statically, for the guest has no libraries. @throws Error with the compiler's messages. */
export async function compileBattery(into: string): Promise<string> {
  const directory = join(packageRoot(), 'test/interop/v9fs/battery');
  const sources = readdirSync(directory).filter((name) => name.endsWith('.c'));
  const program = join(into, 'battery');
  const args = [
    '-static',
    '-O1',
    '-Wall',
    '-Wextra',
    '-o',
    program,
    ...sources.map((name) => join(directory, name)),
  ];
  const { code, stderr } = await run('gcc', args, COMPILE_TIME);
  if (code !== 0) throw new Error(`gcc fails:\n${stderr}`);
  return program;
}

/** The whole battery on a directory of the host: what fails here is wrong in the battery, or lacking in the host. */
export async function runOnHost(battery: string, directory: string): Promise<readonly Outcome[]> {
  const main = await run(battery, ['host', 'none', 'main', directory, '-'], HOST_TIME);
  const find = await run(battery, ['host', 'none', 'find', directory, '-'], HOST_TIME);
  return `${main.stdout}${find.stdout}`.split('\n').flatMap((line) => outcomeOf(line) ?? []);
}

/** `ok NAME`, `not ok NAME: reason`, `hung NAME: reason`, `skip NAME: reason`; `undefined` for any other line. */
export function outcomeOf(line: string): Outcome | undefined {
  const [, word, test, reason = ''] = /^(ok|not ok|hung|skip) ([^:]+)(?:: (.*))?$/.exec(line) ?? [];
  if (word === undefined || test === undefined) return undefined;
  if (word === 'ok') return { test, verdict: 'passed' };
  if (word === 'skip') return { test, verdict: 'skipped' };
  return { test, verdict: 'failed', reason };
}
