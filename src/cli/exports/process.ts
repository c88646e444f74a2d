/** Processes of this machine, told apart for good: a number is used again, a number and a start are not. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** The flag of a process that ends (PF_EXITING of the kernel). */
const ENDING = 0x4;

/** When a process began, in the kernel's clock; undefined if it is not there, or is ending. */
export function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The name before it may hold anything (proc(5)).
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [flags, start] = [fields[5], fields[18]];
  const over = start === undefined || 'ZX'.includes(state) || (Number(flags) & ENDING) !== 0;
  return over ? undefined : start;
}

/** Where this process is: which mounts it sees, and which processes its numbers mean. */
export function surroundings(): string {
  return `${namespaceOf('self', 'mnt')} ${namespaceOf('self', 'pid')}`;
}

/** Whether any process that can be seen is in such surroundings. */
export function isInhabited(place: string): boolean {
  const [mounts] = place.split(' ');
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && namespaceOf(name, 'mnt') === mounts);
}

function namespaceOf(process: string, kind: string): string {
  try {
    return readlinkSync(`/proc/${process}/ns/${kind}`);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
