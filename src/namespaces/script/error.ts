/** What is wrong with a line of a namespace file. */
import { codeOf } from '../../file/index.ts';

/** Where a command stands. */
export interface Position {
  /** As the caller named it, or the path by which it was included. */
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
}

/** An error in one line, `FILE:7: …`, with the code of what caused it. */
export class ScriptError extends Error implements Position {
  override readonly name = 'ScriptError';
  readonly code: string;
  readonly file: string;
  readonly line: number;

  constructor({ file, line }: Position, cause: unknown) {
    const what = cause instanceof Error ? cause.message : String(cause);
    super(`${file}:${line}: ${what.replaceAll(/\s*\n\s*/g, ' ')}`, { cause });
    this.code = codeOf(cause);
    this.file = file;
    this.line = line;
  }
}
