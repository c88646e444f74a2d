/** What a benchmark is made of: servers of one kind, and a load generator for them. */

import { readFileSync } from 'node:fs';

/** A server that answers. */
export interface Server {
  readonly name: string;
  /** The processes whose time and memory are counted as the server's. */
  readonly pids: readonly number[];
  /** Where it is, as the load generator is told. */
  readonly target: readonly string[];
  stop(): Promise<void>;
}

/** How a server is started, with an empty writable tree. Rejects with a line for the user, who may do without it. */
export interface Candidate {
  readonly name: string;
  start(): Promise<Server>;
}

export interface Suite {
  /** The folder of the load generator's C sources, under bench/load/. */
  readonly load: string;
  readonly candidates: readonly Candidate[];
  readonly baselines: Baselines;
}

/** The candidates that the others are compared with. */
export interface Baselines {
  readonly peer: string;
  /** As fast as this platform can be. */
  readonly limit?: string;
}

/** The memory that a server holds now, in bytes; undefined if it is gone. */
export function residentBytes(server: Server): number | undefined {
  try {
    return server.pids.reduce((sum, pid) => sum + residentBytesOf(pid), 0);
  } catch {
    return undefined;
  }
}

function residentBytesOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
