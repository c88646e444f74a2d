/** An export in a process of its own, which outlives the command, its terminal and its shell. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FileError } from '../../file/errors.ts';
import { exportsDirectory } from './record.ts';

/** The descriptor on which the new process says what has become of it. */
export const ANSWER = 3;

/** What its answer begins with, before the line that says what is where. Anything else is why it failed. */
export const READY = 'ready ';

const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url));

/** What the processes in the background have to say, all of this user's. */
export const logFile = (): string => join(exportsDirectory(), 'log');

/**
 * Starts `main.js` with the kind, the source, the mountpoint and the options. Resolves with the line of the export
 * when it is ready.
 *
 * @throws FileError with the words of the process that could not do it.
 */
export async function launchExport(args: readonly string[], signal: AbortSignal): Promise<string> {
  const log = openSync(logFile(), 'a', 0o600);
  try {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
    });
    child.unref();
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    const answer = await Promise.race([text(child.stdio[ANSWER] as Readable), failed]);
    signal.throwIfAborted();
    if (answer.startsWith(READY)) return answer.slice(READY.length);
    throw new FileError('EIO', answer || `it ended at once; ${logFile()} may say why`);
  } finally {
    closeSync(log);
  }
}
