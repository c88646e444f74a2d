/** Folders that are gone when the benchmark is. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';

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
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
