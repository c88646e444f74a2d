/** What is undone when the benchmark ends, and folders that are gone then. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';

const undo: (() => void)[] = [];

process.on('exit', () => {
  for (const step of undo.toReversed()) step();
});

/** What is done last is undone first. */
export function atEnd(step: () => void): void {
  undo.push(step);
}

/** True if {@link memoryFolder} gives what it says. */
export const hasMemoryFolder = existsSync(MEMORY);

/** A folder on a tmpfs, so that no disk is measured; where there is none, an ordinary one. */
export function memoryFolder(): string {
  return makeFolder(hasMemoryFolder ? MEMORY : tmpdir());
}

export function temporaryFolder(): string {
  return makeFolder(tmpdir());
}

function makeFolder(parent: string): string {
  const folder = mkdtempSync(join(parent, 'nines-bench-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
