/** Exports that tests make: what may stand in their way here, and the end of what is left of them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readMounts, type MountEntry } from '../../src/host/index.ts';
import { gone, isDaemon } from './daemons.ts';

const isRoot = process.geteuid?.() === 0;

/** Why FUSE cannot be tested here; undefined where it can be. */
export function whyNoFuse(): string | undefined {
  if (!isRoot) return 'needs root';
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
  } catch {
    return 'needs /dev/fuse';
  }
  const { status } = spawnSync('unshare', ['--mount', 'true']);
  return status === 0 ? undefined : 'needs the right to mount';
}

/** What is mounted below a directory. */
export function mountsIn(directory: string): readonly MountEntry[] {
  return readMounts().filter(({ mountpoint }) => mountpoint.startsWith(`${directory}/`));
}

/** The records of exports in a runtime directory, and what else is with them. */
export function recordsIn(runtime: string): readonly string[] {
  return list(join(runtime, 'nines', 'exports')).filter((name) => name !== 'log');
}

/** Ends the exports in the background, each by its number, and takes away what is mounted below a directory. */
export async function endExports(runtime: string, directory: string): Promise<void> {
  for (const name of recordsIn(runtime)) {
    const pid = pidIn(join(runtime, 'nines', 'exports', name));
    if (pid === undefined || !isDaemon(pid, runtime)) continue;
    process.kill(pid, 'SIGKILL');
    await gone(pid, runtime);
  }
  for (const { mountpoint } of mountsIn(directory)) execFileSync('umount', ['-l', mountpoint]);
}

function pidIn(path: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { readonly pid: number }).pid;
  } catch {
    return undefined;
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
