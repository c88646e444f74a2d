/** What a user is told of an error: one line, never a stack trace. */

/** A command that was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The message in one line. A fault of ours says that it is one. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = error.message.replaceAll(/\s*\n\s*/g, ' ');
  const known = typeof (error as { code?: unknown }).code === 'string' || error instanceof UsageError;
  return known ? line : `${line} (this is a fault in ns; please report it with: ns doctor)`;
}
