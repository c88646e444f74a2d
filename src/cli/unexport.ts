/** ns unexport: an end to exports, and to what is left of those whose process was killed. */
import type { Command } from 'commander';
import { absolute, locate } from '../gateways/mounting/index.ts';
import { FileError } from '../file/errors.ts';
import { forEach } from './each.ts';
import { endExport, forgetLeft } from './exports/ending.ts';
import { isAlive, isHere, readRecords, recordOf, type ExportRecord } from './exports/record.ts';
import { UsageError } from './failure.ts';

interface Given {
  readonly all?: boolean;
  readonly stale?: boolean;
}

export function define(command: Command): void {
  command
    .usage('<MOUNTPOINT | --all | --stale>')
    .argument('[MOUNTPOINT]', 'where it is')
    .option('--all', 'all exports of this user')
    .option('--stale', 'what is left of exports whose process was killed')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Unmounts, lazily where somebody uses it, and waits for the end of the process that served it.

Examples:
  ns unexport ~/music
  ns unexport --stale`;

async function run(at: string | undefined, { all = false, stale = false }: Given): Promise<void> {
  if ([at !== undefined, all, stale].filter(Boolean).length !== 1) {
    throw new UsageError('one of MOUNTPOINT, --all and --stale was expected');
  }
  if (at !== undefined) return endExport(await find(at));
  const records = readRecords();
  const here = records.filter((record) => isHere(record) && (all || !isAlive(record)));
  await forEach(here, endExport);
  forgetLeft(records);
}

async function find(at: string): Promise<ExportRecord> {
  const place = absolute(at);
  const record = recordOf(place) ?? recordOf(await locate(at).catch(() => place));
  if (record) return record;
  throw new FileError('ENOENT', `nothing of this user is exported at ${at}; ns exports lists what is`);
}
