/** A load generator, a C program: built when it is needed, then run once for each measurement. */

import { compile } from './compile.ts';
import { run } from './programs.ts';
import type { Server } from './suite.ts';

const RUN_TIMEOUT_MS = 60_000; // beyond the time that is measured

export interface Workload {
  readonly name: string;
  readonly about: string;
}

/** What the load generator prints for one run. */
export interface Result {
  readonly workload: string;
  readonly ops: number;
  readonly seconds: number;
  readonly opsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly p50us: number;
  readonly p99us: number;
  /** Operations that failed, and replies that were wrong. */
  readonly errors: number;
  /** User and system time of the server while it was measured. */
  readonly cpuSeconds: number;
}

export interface Load {
  readonly workloads: readonly Workload[];
  /** Makes the files that the workloads want, in a server's empty tree. */
  prepare(server: Server): Promise<void>;
  measure(server: Server, workload: Workload, seconds: number): Promise<Result>;
}

/** Rejects with a line for the user if it cannot be built. `folder` is one of bench/load/. */
export async function buildLoad(folder: string): Promise<Load> {
  const program = await compile([`load/${folder}`, 'load/shared'], ['-pthread']);
  return {
    workloads: await listWorkloads(program),
    prepare: async (server) => {
      await run(program, [...server.target, 'prepare'], RUN_TIMEOUT_MS);
    },
    measure: async (server, workload, seconds) => {
      const processes = server.pids.flatMap((pid) => ['-p', String(pid)]);
      const args = [...server.target, workload.name, '-s', String(seconds), ...processes];
      return parseResult(await run(program, args, RUN_TIMEOUT_MS + 2000 * seconds));
    },
  };
}

async function listWorkloads(program: string): Promise<Workload[]> {
  const lines = (await run(program, ['list'], RUN_TIMEOUT_MS)).trimEnd().split('\n');
  return lines.map((line) => {
    const [name = '', about = ''] = line.split('\t');
    return { name, about };
  });
}

function parseResult(line: string): Result {
  const result: Result = JSON.parse(line);
  return result;
}
