/** The battery of checks (battery/*.c) that runs in the guest. */
import { join } from 'node:path';
import { compileC, outcomesOf, type Outcome } from '../c/battery.ts';
import { run } from '../programs.ts';

export { outcomeOf, type Outcome } from '../c/battery.ts';

const HOST_TIME = 120_000;

/** Compiles the battery, statically, for the guest has no libraries. @throws Error with the compiler's messages. */
export async function compileBattery(into: string): Promise<string> {
  const program = join(into, 'battery');
  await compileC('v9fs/battery', program, '-static');
  return program;
}

/** The whole battery on a directory of the host: what fails here is wrong in the battery, or lacking in the host. */
export async function runOnHost(battery: string, directory: string): Promise<readonly Outcome[]> {
  const main = await run(battery, ['host', 'none', 'main', directory, '-'], HOST_TIME);
  const find = await run(battery, ['host', 'none', 'find', directory, '-'], HOST_TIME);
  return outcomesOf(`${main.stdout}${find.stdout}`);
}
