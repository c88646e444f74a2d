/** ns list: the namespaces of this user. */
import type { Command } from 'commander';
import { Control } from '../daemon/control.ts';
import { homes, type Home } from '../daemon/home.ts';
import type { Status } from '../daemon/status.ts';
import { Failures } from './each.ts';
import { JsonArray } from './json.ts';
import { put } from './output.ts';
import { interruption } from './signals.ts';

interface Options {
  readonly json?: boolean;
}

export function define(command: Command): void {
  command.option('--json', 'print an array of objects').addHelpText('after', HELP).action(run);
}

const HELP = `
Prints the name of each namespace that is held by a process, for how long, how many mounts and binds it has, and the
process. With --json: name, pid, since (ISO 8601, UTC), uptime (seconds), mounts, idle (after how much time unused it ends).

Examples:
  ns list
  ns list --json`;

async function run({ json = false }: Options): Promise<void> {
  const signal = interruption();
  const failures = new Failures();
  const living: Status[] = [];
  for (const found of await Promise.allSettled(homes().map((home) => statusOf(home, signal)))) {
    if (found.status === 'rejected') failures.add(found.reason);
    else if (found.value) living.push(found.value);
  }
  await (json ? printRecords(living) : put(linesOf(living)));
  failures.check();
}

async function statusOf(home: Home, signal: AbortSignal): Promise<Status | undefined> {
  await using control = await Control.find(home, signal);
  return control?.status();
}

async function printRecords(all: readonly Status[]): Promise<void> {
  const array = new JsonArray();
  for (const { name, pid, since, mounts, idle } of all)
    await array.add({
      name,
      pid,
      since: since.toISOString(),
      uptime: uptimeOf(since),
      mounts: mounts.length,
      idle,
    });
  await array.end();
}

function linesOf(all: readonly Status[]): string {
  const rows = all.map(({ name, since, mounts, pid }) => [
    name,
    durationText(uptimeOf(since)),
    mounts.length === 1 ? '1 mount' : `${mounts.length} mounts`,
    `pid ${pid}`,
  ]);
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}\n`).join('');
}

/** Whole seconds. */
const uptimeOf = (since: Date): number => Math.floor((Date.now() - since.getTime()) / 1000);

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** The two largest units: `3d 4h`, `12m 5s`, `0s`. */
function durationText(seconds: number): string {
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0s';
  let left = seconds;
  const parts = UNITS.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(left / size);
    left %= size;
    return `${count}${unit}`;
  });
  return parts.join(' ');
}
