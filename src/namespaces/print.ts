/** A mount table as the commands that make it again (namespace(6)). */
import { quoteWord } from '../file/index.ts';
import { MAFTER, MBEFORE, MCACHE, MCREATE, MORDER } from './flags.ts';
import type { Mount } from './mount.ts';
import type { Table } from './table.ts';

/**
 * A line for each mount, the oldest first, and one for the directory that relative paths start from. What was replaced
 * or unmounted since is left out; a File of this process has no address, and is a comment.
 */
export function printTable(table: Table, cwd: string): string {
  const lines = table.mounts.map((mount) => {
    const line = commandOf(mount, replaces(mount, table));
    return mount.from === undefined ? `# ${line}\n` : `${line}\n`;
  });
  return lines.join('') + (cwd === '/' ? '' : `cd ${quote(cwd)}\n`);
}

/**
 * Whether the directory itself must go when the mount is made again: it is not a member, and this is the first mount
 * on it that is left. The others then join as they did, whatever stood between them.
 */
function replaces(mount: Mount, table: Table): boolean {
  const head = table.headsOf(mount)[0] ?? [];
  const mounts = head.flatMap((member) => member.mount ?? []);
  return mounts.length === head.length && mounts.every(({ id }) => id >= mount.id);
}

function commandOf({ verb, from, old, flags, aname }: Mount, replace: boolean): string {
  const source = from === undefined ? "'a file of this process'" : quote(from);
  const words = [
    verb,
    lettersOf(replace ? flags & ~MORDER : flags),
    source,
    quote(old),
    aname && quote(aname),
  ];
  return words.filter((word) => word !== '').join(' ');
}

function lettersOf(flags: number): string {
  const order = (flags & MORDER) === MBEFORE ? 'b' : (flags & MORDER) === MAFTER ? 'a' : '';
  const letters = `${order}${(flags & MCREATE) !== 0 ? 'c' : ''}${(flags & MCACHE) !== 0 ? 'C' : ''}`;
  return letters === '' ? '' : `-${letters}`;
}

/** As the reader of namespace files takes it: `#` begins a comment there, `$` a variable. */
function quote(word: string): string {
  return /[#$]/.test(word) ? `'${word.replaceAll("'", "''")}'` : quoteWord(word);
}
