/** Standard output and standard error, as commands use them. */
import { fstatSync, writeSync } from 'node:fs';
import { styleText } from 'node:util';
import { FileError } from '../file/errors.ts';
import { Interrupted, describe, escapeControls, reasonOf } from './failure.ts';

/** What a shell says of a program that a closed pipe has ended: 128 + SIGPIPE. */
const PIPE_CLOSED = 141;

const STDOUT = 1;

let stream: boolean | undefined;

/**
 * Writes to standard output; resolves when it is written, so that a slow reader slows the command down.
 *
 * @throws Interrupted when nobody reads any more; an Error if it cannot be kept.
 */
export async function put(data: string | Uint8Array): Promise<void> {
  stream ??= isStream();
  try {
    if (stream) await putToStream(data);
    else putToFile(typeof data === 'string' ? Buffer.from(data) : data);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EPIPE') throw new Interrupted(PIPE_CLOSED);
    const text = `cannot write to standard output: ${reasonOf(error)}`;
    throw new FileError('EIO', text, { cause: error });
  }
}

/** Whether Node's own stream does it right: for a file it takes a part that was written for the whole. */
function isStream(): boolean {
  if (process.stdout.isTTY) return true;
  const stats = fstatSync(STDOUT);
  return stats.isFIFO() || stats.isSocket();
}

function putToStream(data: string | Uint8Array): Promise<void> {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    process.stdout.write(data, (error) => (error ? reject(error) : resolve()));
  });
}

function putToFile(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += writeSync(STDOUT, bytes, at));
}

/** A line on standard error that is no error: what is going on. */
export function tell(line: string): void {
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => undefined);
  process.stderr.write(`${line}\n`);
}

/** Says what went wrong. */
export function complain(error: unknown): void {
  tell(`ns: ${describe(error)}`);
}

/** A name as it is printed: on a terminal its control characters are escaped, elsewhere it is what it is. */
export function shown(name: string): string {
  return process.stdout.isTTY ? escapeControls(name) : name;
}

/** Text in colour, on a terminal whose user has nothing against it (no-color.org). */
export function coloured(colour: Parameters<typeof styleText>[0], text: string): string {
  return process.stdout.isTTY && !process.env['NO_COLOR'] ? styleText(colour, text) : text;
}
