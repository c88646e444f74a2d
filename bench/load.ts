/** The load generator, a C program: built when it is needed, then run once for each measurement. */

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './programs.ts';
import { temporaryFolder } from './scratch.ts';
import type { Server } from './servers.ts';

const SOURCES = 'bench/load';
const BUILD_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = 60_000; // beyond the time that is measured

export interface Workload {
  readonly name: string;
  readonly about: string;
}

/** What the load generator prints for one run. */
export interface Result {
  readonly workload: string;
  readonly connections: number;
  readonly depth: number;
  readonly msize: number;
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

/** Rejects with a line for the user if it cannot be built. */
export async function buildLoad(): Promise<Load> {
  const sources = sourceFolder();
  const program = join(temporaryFolder(), 'load');
  const files = readdirSync(sources).filter((name) => name.endsWith('.c'));
  const paths = files.map((name) => join(sources, name));
  await run('gcc', ['-std=gnu11', '-O2', '-o', program, ...paths], BUILD_TIMEOUT_MS).catch(
    (error: unknown) => {
      throw new Error('the load generator cannot be built with gcc (apt-get install gcc libc6-dev)', {
        cause: error,
      });
    },
  );
  const target = (server: Server): string[] => ['127.0.0.1', String(server.port), server.aname];
  return {
    workloads: await listWorkloads(program),
    prepare: async (server) => {
      await run(program, [...target(server), 'prepare'], RUN_TIMEOUT_MS);
    },
    measure: async (server, workload, seconds) => {
      const options = ['-s', String(seconds), '-p', String(server.pid)];
      const args = [...target(server), workload.name, ...options];
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

/** The C sources are not copied by the compiler: they stay in the checkout, above the compiled benchmark. */
function sourceFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, SOURCES, 'load.h'))) {
    if (folder === dirname(folder)) throw new Error(`there is no ${SOURCES} above the compiled benchmark`);
    folder = dirname(folder);
  }
  return join(folder, SOURCES);
}
