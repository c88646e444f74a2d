/** What many runs say together: medians, and ratios taken within each round. */

import type { Result } from './load.ts';
import type { Baselines } from './suite.ts';

/** One run of one workload on one server. */
export interface Run {
  readonly server: string;
  readonly round: number;
  readonly result: Result;
}

/** One workload on one server. */
export interface Cell {
  readonly opsPerSecond: number;
  readonly p50us: number;
  readonly p99us: number;
  /** Microseconds of the server's processor for each operation. */
  readonly cpuUs: number;
  /** Operations for one of the peer's, or of the limit's; undefined where it was not measured, or is this server. */
  readonly toPeer: number | undefined;
  readonly toLimit: number | undefined;
  /** The largest ratio to the peer (without one, to the limit) of a round, divided by the smallest. */
  readonly spread: number | undefined;
}

export interface Summary {
  readonly workload: string;
  readonly cells: ReadonlyMap<string, Cell>;
}

export function summarize(runs: readonly Run[], baselines: Baselines): Summary[] {
  const workloads = [...new Set(runs.map((run) => run.result.workload))];
  return workloads.map((workload) => {
    const own = runs.filter((run) => run.result.workload === workload);
    const servers = [...new Set(own.map((run) => run.server))];
    return { workload, cells: new Map(servers.map((server) => [server, makeCell(own, server, baselines)])) };
  });
}

function makeCell(runs: readonly Run[], server: string, { peer, limit }: Baselines): Cell {
  const results = runs.filter((run) => run.server === server).map((run) => run.result);
  const sum = (field: (result: Result) => number): number =>
    results.reduce((total, result) => total + field(result), 0);
  const toPeer = ratios(runs, server, peer);
  const toLimit = limit === undefined ? [] : ratios(runs, server, limit);
  const widest = toPeer.length > 0 ? toPeer : toLimit;
  return {
    opsPerSecond: median(results.map((result) => result.opsPerSecond)),
    p50us: median(results.map((result) => result.p50us)),
    p99us: median(results.map((result) => result.p99us)),
    cpuUs: (1e6 * sum((result) => result.cpuSeconds)) / sum((result) => result.ops),
    toPeer: toPeer.length > 0 ? median(toPeer) : undefined,
    toLimit: toLimit.length > 0 ? median(toLimit) : undefined,
    spread: widest.length > 0 ? Math.max(...widest) / Math.min(...widest) : undefined,
  };
}

/** The machine's mood changes from round to round: only what ran in the same one is compared. */
function ratios(runs: readonly Run[], server: string, other: string): number[] {
  if (server === other) return [];
  const base = new Map<number, number>();
  for (const run of runs) if (run.server === other) base.set(run.round, run.result.opsPerSecond);
  const found: number[] = [];
  for (const run of runs) {
    const opsPerSecond = base.get(run.round);
    if (run.server === server && opsPerSecond) found.push(run.result.opsPerSecond / opsPerSecond);
  }
  return found;
}

/** How much the ratios can be trusted: the spread of the middle one, and the largest. */
export function spreads(summaries: readonly Summary[]): {
  readonly middle: number;
  readonly largest: number;
} {
  const all = summaries.flatMap(({ cells }) => [...cells.values()].flatMap((cell) => cell.spread ?? []));
  return { middle: median(all), largest: Math.max(...all) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
