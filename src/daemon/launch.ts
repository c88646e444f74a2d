/** A process for a namespace, started in the background. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { makeHome, type Home } from './home.ts';

/** The descriptor on which the new process says what has become of it. */
export const ANSWER = 3;

/** It serves; or another process has the namespace already. Anything else is why it cannot. */
export const READY = 'ready';
export const BUSY = 'busy';

const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url));

/**
 * Starts a process that outlives this one, its terminal and its shell. Resolves with what it says of itself when it
 * serves or has given up.
 */
export async function launch(home: Home): Promise<string> {
  makeHome(home);
  const log = openSync(home.log, 'a', 0o600);
  try {
    const child = spawn(process.execPath, [PROGRAM, home.name], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
    });
    child.unref();
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    const answer = await Promise.race([text(child.stdio[ANSWER] as Readable), failed]);
    return answer || `it ended at once; ${home.log} may say why`;
  } finally {
    closeSync(log);
  }
}
