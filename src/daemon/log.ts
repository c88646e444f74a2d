/** What the process of a namespace has to say: lines with a time, on standard error, which is its log. */
import { writeSync } from 'node:fs';

const STDERR = 2;

export function log(what: string, cause?: unknown): void {
  const why = cause instanceof Error && cause.message !== what ? `: ${cause.message}` : '';
  try {
    writeSync(STDERR, `${new Date().toISOString()} ${what}${why}\n`);
  } catch {
    // There is no room for it, and nobody else to be told.
  }
}
