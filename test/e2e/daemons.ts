/** The processes that hold namespaces: they outlive the commands that started them, but no test. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds that one has to end. */
const PATIENCE = 5000;

/** The living ones whose $XDG_RUNTIME_DIR is `runtime`; what a file says of one that is gone may be another's number. */
export function daemonsIn(runtime: string): readonly number[] {
  const homes = join(runtime, 'nines', 'ns');
  return readdir(homes)
    .map((name) => Number(read(join(homes, name, 'pid'))))
    .filter((pid) => pid > 0 && isDaemon(pid, runtime));
}

/** Ends them, each by its number. */
export async function endDaemons(runtime: string): Promise<void> {
  for (const pid of daemonsIn(runtime)) {
    process.kill(pid, 'SIGTERM');
    await gone(pid, runtime);
  }
}

/** Resolves when the process is gone; fails if it stays. */
export async function gone(pid: number, runtime: string): Promise<void> {
  for (const deadline = performance.now() + PATIENCE; isDaemon(pid, runtime); await delay(10)) {
    if (performance.now() > deadline) throw new Error(`the process ${pid} does not end`);
  }
}

/** A process that has ended, and that nobody has asked about yet, has no environment any more. */
export function isDaemon(pid: number, runtime: string): boolean {
  return read(`/proc/${pid}/environ`).split('\0').includes(`XDG_RUNTIME_DIR=${runtime}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readdir(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
