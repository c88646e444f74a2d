/** One interleaved measurement: every workload on every server, round by round. */

import type { Load, Workload } from './load.ts';
import type { Progress } from './progress.ts';
import type { Candidate, Server } from './suite.ts';
import type { Run } from './summary.ts';

/** Takes what went wrong without ending the benchmark. */
export type Report = (text: string) => void;

export interface Plan {
  readonly load: Load;
  readonly servers: readonly Server[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  /** How long each run is measured, after its warm-up. */
  readonly seconds: number;
}

/** Those of the candidates that start, with their files made. */
export async function startServers(
  candidates: readonly Candidate[],
  load: Load,
  report: Report,
): Promise<Server[]> {
  const servers: Server[] = [];
  for (const candidate of candidates) {
    try {
      servers.push(await startOne(load, candidate));
    } catch (error) {
      report(`${candidate.name} is left out: ${message(error)}`);
    }
  }
  return servers;
}

async function startOne(load: Load, candidate: Candidate): Promise<Server> {
  const server = await candidate.start();
  try {
    await load.prepare(server);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The runs that gave a result, in the order in which they ran. */
export async function measureAll(plan: Plan, progress: Progress, report: Report): Promise<Run[]> {
  const runs: Run[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for (const workload of plan.workloads) {
      for (const server of plan.servers) {
        progress.step(`round ${round} of ${plan.rounds}: ${workload.name} on ${server.name}`);
        try {
          const result = await plan.load.measure(server, workload, plan.seconds);
          runs.push({ server: server.name, round, result });
          if (result.errors > 0) report(`${server.name}, ${workload.name}: ${result.errors} wrong replies`);
        } catch (error) {
          report(`${server.name}, ${workload.name}: ${message(error)}`);
        }
      }
    }
  }
  progress.end();
  return runs;
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
