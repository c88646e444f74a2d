/** How a call into the host fails: as Node's own calls do, with a `code`. */

/**
 * A call that failed. `code` is Linux's symbol (`ENODATA`), `errno` its number (positive, errno(3)), `syscall` the call.
 * What this machine lacks altogether is `EOPNOTSUPP`, with a message that names what is missing.
 */
export class HostError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  /** `subject` is what the call was made on: a name, a path, a descriptor. */
  constructor(code: string, errno: number, text: string, syscall: string, subject?: string | number) {
    super(`${code}: ${text}, ${syscall}${subject === undefined ? '' : ` '${subject}'`}`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
  }
}

/** An argument with which the call cannot even be made. */
export function invalid(text: string, syscall: string, subject?: string | number): HostError {
  return new HostError('EINVAL', 22, text, syscall, subject);
}

/** The `code` of whatever was thrown, if it has one. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
