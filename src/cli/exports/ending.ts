/** The end of an export, asked for by another process. */
import { setTimeout as delay } from 'node:timers/promises';
import { clearLeft, mountOf, takeAway } from './leftovers.ts';
import { isInhabited } from './process.ts';
import { Claim, forget, isAlive, isHere, recordOf, type ExportRecord } from './record.ts';

/** Milliseconds that the process has to unmount, and one that was killed to be gone. */
const PATIENCE = 5000;
const PATIENCE_KILLED = 2000;
const LOOK_AGAIN = 10;

/** Ends an export, whatever has become of its process. */
export async function endExport(record: ExportRecord): Promise<void> {
  if (isAlive(record)) {
    signal(record, 'SIGTERM');
    if (await isOver(record, PATIENCE)) return;
    // It hangs, or was stopped.
    const mount = mountOf(record);
    if (mount) await takeAway(mount, true);
    signal(record, 'SIGKILL');
    await isOver(record, PATIENCE_KILLED);
  }
  const claim = await Claim.take(record.at);
  try {
    if (claim.left) await clearLeft(claim.left);
  } catch (error) {
    claim.abandon();
    throw error;
  }
  claim.release();
}

/** Forgets exports of surroundings in which nobody is any more: their mounts went with them. */
export function forgetLeft(records: readonly ExportRecord[]): void {
  for (const record of records) if (!isHere(record) && !isInhabited(record.surroundings)) forget(record);
}

/** Whether the process, or at least its export, comes to its end in time. */
async function isOver(record: ExportRecord, patience: number): Promise<boolean> {
  const isThere = (): boolean => isAlive(record) && recordOf(record.at)?.start === record.start;
  for (const deadline = performance.now() + patience; isThere(); await delay(LOOK_AGAIN)) {
    if (performance.now() > deadline) return false;
  }
  return recordOf(record.at)?.start !== record.start;
}

function signal({ pid }: ExportRecord, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone by itself.
  }
}
