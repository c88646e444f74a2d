/** ns version, and the number that it prints. */
import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { put } from './output.ts';

/** The version of this package. */
export function version(): string {
  const { version } = createRequire(import.meta.url)('nines/package.json') as { readonly version: string };
  return version;
}

interface Options {
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .option('--json', 'print an object: nines, node, platform, arch')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Examples:
  ns version
  ns version --json`;

async function run({ json }: Options): Promise<void> {
  const { version: node, platform, arch } = process;
  const all = { nines: version(), node, platform, arch };
  await put(json ? `${JSON.stringify(all)}\n` : `nines ${all.nines} (node ${node}, ${platform} ${arch})\n`);
}
