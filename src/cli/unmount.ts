/** ns unmount: what was mounted or bound, taken back. */
import type { Command } from 'commander';
import { formatAddress } from '../transport/address.ts';
import { hasScheme, readAddress } from './address.ts';
import { UsageError } from './failure.ts';
import { requirePath, runInNamespace } from './namespace.ts';
import { interruption } from './signals.ts';

export function define(command: Command): void {
  command
    .usage('[options] [NEW] <OLD>')
    .argument(
      '<PATH...>',
      'what was made visible, a path or an address; and where. Without the first, all that is there',
    )
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Examples:
  ns unmount /n/music
  ns unmount /n/tools/bin /bin
  ns unmount 'tcp://127.0.0.1:5640' /n/music`;

async function run(words: readonly string[]): Promise<void> {
  if (words.length > 2) throw new UsageError(`'${words[2]}' is one too many: ns unmount takes [NEW] OLD`);
  const [from, old] = words.length === 2 ? [nameOf(words[0]), words[1]] : [undefined, words[0]];
  requirePath(old, 'OLD');
  const wanted = { verb: 'unmount', old } as const;
  await runInNamespace(from === undefined ? wanted : { ...wanted, from }, interruption());
}

function nameOf(text: string): string {
  if (text.startsWith('/')) return text;
  if (hasScheme(text)) return formatAddress(readAddress(text));
  throw new UsageError(
    `NEW ${text || "''"}: an address was expected, or a path of the namespace, which begins with '/'`,
  );
}
