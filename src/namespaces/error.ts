/** What goes wrong with a mount, told as people would ask about it. */
import { FileError, codeOf } from '../file/index.ts';

/** The message reads `cannot mount tcp://h:564 on /n/x: no such file or directory`; the cause is the error as it arose. */
export class MountError extends Error {
  override readonly name = 'MountError';
  /** The symbol: `'ENOENT'`. */
  readonly code: string;
  /** What was tried. */
  readonly op: 'mount' | 'bind' | 'unmount' | 'cd';
  /** The path in the namespace. */
  readonly path: string;
  /** For whoever is told over 9P. */
  readonly text: string;

  /** @param what - what was tried, as it goes on after "cannot" */
  constructor(op: MountError['op'], what: string, path: string, cause: unknown) {
    super(`cannot ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.code = codeOf(cause);
    this.op = op;
    this.path = path;
    this.text = this.message;
  }
}

export function invalid(text: string): FileError {
  return new FileError('EINVAL', text);
}
