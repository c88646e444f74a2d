/** `npm run bench`: measures our server beside others, in one interleaved run. See docs/performance.md. */

import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { buildLoad } from './load.ts';
import type { Load, Workload } from './load.ts';
import { measureAll, message, startServers } from './measure.ts';
import { exitOnSignals } from './programs.ts';
import { makeProgress } from './progress.ts';
import { hasMemoryFolder } from './scratch.ts';
import { residentBytes } from './suite.ts';
import type { Server, Suite } from './suite.ts';
import { fuse, fuseCached } from './suites/fuse.ts';
import { ninep } from './suites/9p.ts';
import { spreads, summarize } from './summary.ts';
import type { Run, Summary } from './summary.ts';
import { formatTable } from './table.ts';

const suites = { '9p': ninep, fuse, 'fuse-cached': fuseCached } satisfies Record<string, Suite>;

interface Options {
  readonly suite: keyof typeof suites;
  readonly rounds: number;
  readonly seconds: number;
  readonly json?: string;
}

const LEGEND = `
ops/s: median of the rounds; a sequence counts MiB. /diod, /bare, /C: medians of the ratios within each round.
µs/op: the server's processor time, user and system, for an operation. How to read this: docs/performance.md.
`;

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600))
    throw new InvalidArgumentError('Give a number above 0 and at most 3600.');
  return value;
}

function positiveInteger(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('Give a whole number.');
  return value;
}

function chooseWorkloads(load: Load, names: readonly string[]): readonly Workload[] {
  if (names.length === 0) return load.workloads;
  const unknown = names.filter((name) => !load.workloads.some((workload) => workload.name === name));
  if (unknown.length === 0) return load.workloads.filter((workload) => names.includes(workload.name));
  const known = load.workloads.map((workload) => `  ${workload.name.padEnd(16)} ${workload.about}`);
  throw new Error(`no workload is called ${unknown.join(', ')}; there are\n${known.join('\n')}`);
}

function describeMemory(servers: readonly Server[]): string {
  const parts = servers.map((server) => {
    const bytes = residentBytes(server);
    return `${server.name} ${bytes === undefined ? 'gone' : Math.round(bytes / 2 ** 20)}`;
  });
  return `Resident memory at the end, MiB: ${parts.join(', ')}.\n`;
}

function describeSpread(summaries: readonly Summary[], rounds: number): string {
  const { middle, largest } = spreads(summaries);
  if (rounds < 2 || Number.isNaN(middle)) return '';
  return `Between rounds the ratio of a row changes ${middle.toFixed(2)} times (the median row), at most ${largest.toFixed(2)} times.\n`;
}

/** Everything, for a program to read. */
function saveJson(
  path: string,
  servers: readonly Server[],
  runs: readonly Run[],
  summaries: readonly Summary[],
): void {
  const machine = { processors: cpus().length, linux: release(), node: process.version };
  const memory = Object.fromEntries(servers.map((server) => [server.name, residentBytes(server)]));
  const medians = summaries.map(({ workload, cells }) => ({ workload, servers: Object.fromEntries(cells) }));
  const report = { date: new Date().toISOString(), machine, residentBytes: memory, medians, runs };
  writeFileSync(path, JSON.stringify(report, undefined, 2) + '\n');
}

/** Gives the exit status: 1 if a run failed or a reply was wrong; a server that cannot be had is no failure. */
async function bench(names: string[], options: Options): Promise<number> {
  const { load: folder, candidates, baselines } = suites[options.suite];
  const load = await buildLoad(folder);
  const workloads = chooseWorkloads(load, names);
  const note = (text: string): void => void process.stderr.write(`bench: ${text}\n`);
  if (!hasMemoryFolder) note('no /dev/shm: the directories that are served are on a disk');
  const [busy = 0] = loadavg();
  if (busy > 0.5)
    note(`other programs use this machine (load average ${busy.toFixed(1)}): the ratios will scatter`);
  const servers = await startServers(candidates, load, note);

  const progress = makeProgress(options.rounds * workloads.length * servers.length);
  let failures = 0;
  const runs = await measureAll({ load, servers, workloads, ...options }, progress, (text) => {
    progress.end();
    failures++;
    note(text);
  });

  const summaries = summarize(runs, baselines);
  const columns = servers.map((server) => server.name);
  process.stdout.write(formatTable(summaries, columns, baselines) + LEGEND);
  process.stdout.write(describeSpread(summaries, options.rounds) + describeMemory(servers));
  if (options.json !== undefined) saveJson(options.json, servers, runs, summaries);
  await Promise.all(servers.map((server) => server.stop()));
  return failures > 0 ? 1 : 0;
}

exitOnSignals();
await new Command('bench')
  .description('Measure nines beside others: the 9P server, or the FUSE gateway.')
  .argument('[workload...]', 'which to run; all without any')
  .addOption(new Option('--suite <name>', 'what is measured').choices(Object.keys(suites)).default('9p'))
  .option('--rounds <n>', 'how often each server runs each workload', positiveInteger, 3)
  .option('--seconds <s>', 'how long each run is measured', positive, 0.5)
  .option('--json <file>', 'write all results to a file')
  .action(async (names: string[], options: Options) => {
    try {
      process.exitCode = await bench(names, options);
    } catch (error) {
      process.stderr.write(`bench: ${message(error)}\n`);
      process.exit(1);
    }
  })
  .parseAsync();
