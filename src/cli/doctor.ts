/** ns doctor: what this machine can do, and what to do about what it cannot. */
import { styleText } from 'node:util';
import { Command } from 'commander';
import { probe } from '../host/index.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say what this machine can do, and what to do about what is missing')
    .option('--json', 'print the findings as JSON')
    .action((options: { readonly json?: true }) => {
      const findings = probe();
      if (options.json) process.stdout.write(`${JSON.stringify(findings, undefined, 2)}\n`);
      else for (const { name, available, detail, remedy } of findings) print(name, available, detail, remedy);
    });
}

function print(name: string, available: boolean, detail: string, remedy: string | undefined): void {
  const mark = available ? 'yes' : 'no ';
  const coloured = process.stdout.isTTY ? styleText(available ? 'green' : 'yellow', mark) : mark;
  process.stdout.write(`${coloured}  ${name.padEnd(22)} ${detail}\n`);
  if (!available && remedy) process.stdout.write(`${' '.repeat(5)}${remedy}\n`);
}
