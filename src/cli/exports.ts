/** ns exports: what this user exports. */
import type { Command } from 'commander';
import { mountOf } from './exports/leftovers.ts';
import { isAlive, isHere, readRecords, type ExportRecord } from './exports/record.ts';
import { JsonArray } from './json.ts';
import { put, shown } from './output.ts';

interface Given {
  readonly json?: boolean;
}

export function define(command: Command): void {
  command.option('--json', 'print an array of objects').addHelpText('after', HELP).action(run);
}

const HELP = `
Prints for each export where it is, its kind, its state, its process, and what is exported. States: mounted; dead, where
the process was killed (ns unexport --stale clears that); unmounted, where the process is there and its mount is not;
elsewhere, in another mount namespace. With --json: mountpoint, kind, state, pid, source, since (ISO 8601, UTC).

Examples:
  ns exports
  ns exports --json`;

async function run({ json = false }: Given): Promise<void> {
  const records = readRecords();
  await (json ? printRecords(records) : put(linesOf(records)));
}

function stateOf(record: ExportRecord): string {
  if (!isHere(record)) return 'elsewhere';
  if (!isAlive(record)) return 'dead';
  return mountOf(record) ? 'mounted' : 'unmounted';
}

async function printRecords(records: readonly ExportRecord[]): Promise<void> {
  const array = new JsonArray();
  for (const record of records) {
    const { at, kind, pid, source, since } = record;
    await array.add({ mountpoint: at, kind, state: stateOf(record), pid, source, since });
  }
  await array.end();
}

function linesOf(records: readonly ExportRecord[]): string {
  const rows = records.map((record) => {
    const { at, kind, pid, source } = record;
    return [shown(at), kind, stateOf(record), `pid ${pid}`, shown(source)];
  });
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}\n`).join('');
}
