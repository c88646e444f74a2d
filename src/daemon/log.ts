/** What the process of a namespace has to say: lines with a time, on standard error, which is its log. */

export function log(what: string, cause?: unknown): void {
  const why = cause instanceof Error && cause.message !== what ? `: ${cause.message}` : '';
  process.stderr.write(`${new Date().toISOString()} ${what}${why}\n`);
}
