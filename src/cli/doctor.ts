/** ns doctor: what this machine can do, and what to do about what it cannot. */
import type { Command } from 'commander';
import { probe, type Finding } from '../host/index.ts';
import { coloured, put } from './output.ts';

interface Options {
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .option('--json', 'print an array of objects: name, available, detail, remedy')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Examples:
  ns doctor
  ns doctor --json`;

async function run({ json }: Options): Promise<void> {
  const findings = probe();
  await put(json ? `${JSON.stringify(findings, undefined, 2)}\n` : findings.map(linesOf).join(''));
}

function linesOf({ name, available, detail, remedy }: Finding): string {
  const mark = available ? coloured('green', 'yes') : coloured('yellow', 'no ');
  const advice = !available && remedy ? `${' '.repeat(5)}${remedy}\n` : '';
  return `${mark}  ${name.padEnd(22)} ${detail}\n${advice}`;
}
