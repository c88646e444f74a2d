/** A mount table as the commands that make it again (namespace(6)). */
import type { Made, Undone } from './history.ts';
import type { Mount } from './mount.ts';
import { formatCommand } from './script/command.ts';
import type { Table } from './table.ts';

/**
 * A line for each mount, the oldest first, and one for the directory that relative paths start from. What was replaced
 * or unmounted since is left out, unless something was bound from there that is still in its place. A File of this
 * process has no address: it is a comment, and so is what was found in it.
 */
export function printTable(table: Table, cwd: string): string {
  const lines = table.history.flatMap((step) => ('gone' in step ? undoing(step) : [making(step)]));
  if (cwd !== '/') lines.push(formatCommand({ verb: 'cd', dir: cwd }));
  return lines.map((line) => `${line}\n`).join('');
}

function making({ mount, flags }: Made): string {
  const { verb, from = 'a file of this process', old, aname } = mount;
  const line =
    verb === 'bind'
      ? formatCommand({ verb, from, old, flags })
      : formatCommand({ verb, url: from, old, flags, ...(aname !== '' && { aname }) });
  return canBeMade(mount) ? line : `# ${line}`;
}

function undoing({ gone, old, all }: Undone): readonly string[] {
  const made = gone.filter(canBeMade);
  if (all) return made.length > 0 ? [formatCommand({ verb: 'unmount', old })] : [];
  const sources = new Set(made.flatMap(({ from }) => from ?? []));
  return [...sources].map((from) => formatCommand({ verb: 'unmount', from, old }));
}

function canBeMade({ from, needs }: Mount): boolean {
  return from !== undefined && needs.every(({ mount }) => canBeMade(mount));
}
