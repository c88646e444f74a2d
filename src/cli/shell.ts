/** ns shell: the user's shell in a world of its own. */
import { basename } from 'node:path';
import { isatty } from 'node:tty';
import type { Command } from 'commander';
import { addWorldOptions, nameOf, runCommand, type WorldOptions } from './exec/options.ts';

export function define(command: Command): void {
  addWorldOptions(command).addHelpText('after', HELP).action(run);
}

const HELP = `
Runs $SHELL, or sh, as ns exec does, with the name of the namespace in its prompt.

Examples:
  ns shell
  ns shell --ns work
  ns shell -n world.ns -w /n`;

async function run(options: WorldOptions): Promise<void> {
  const shell = process.env['SHELL'] || '/bin/sh';
  const { args, env } = prompting(basename(shell), basename(nameOf(options)));
  await runCommand([shell, ...args], options, { env, hasJobs: isatty(0) });
}

interface Prompting {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** How a shell is told of its prompt: most take $PS1, unless their files set another. */
function prompting(shell: string, name: string): Prompting {
  // What a prompt would take for a command of its own, or a shell for one.
  const shown = `(${name.replaceAll(/[^\w.-]/g, '_')}) `;
  switch (shell) {
    case 'bash':
      // Once, after its files.
      return { args: [], env: { PROMPT_COMMAND: `PS1="${shown}$PS1"; unset PROMPT_COMMAND` } };
    case 'fish': {
      const prompt = `functions --copy fish_prompt ns_prompt; function fish_prompt; echo -n '${shown}'; ns_prompt; end`;
      return { args: ['--init-command', prompt], env: {} };
    }
    case 'zsh':
      return { args: [], env: { PS1: `${shown}%~ %# ` } };
    default:
      return { args: [], env: { PS1: `${shown}${process.geteuid?.() === 0 ? '#' : '$'} ` } };
  }
}
