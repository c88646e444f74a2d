/** What became of a command, as `run` gives it to be read: `done`, or `failed CODE WORDS`. */
import { FileError, codeOf, type Code } from '../file/index.ts';

export const DONE = 'done\n';

/** How Node ends the message of a system's error: `ENOENT: no such file or directory, open '/x'`. */
const NODE_WORDS = /[A-Z][A-Z0-9]+: ([^:]*), \w+( '.*')?$/;

export function failed(error: unknown): string {
  const words = error instanceof Error ? error.message.replace(NODE_WORDS, '$1') : String(error);
  return `failed ${codeOf(error)} ${words.replaceAll(/\s*\n\s*/g, ' ')}\n`;
}

/** @throws FileError if it failed. */
export function readOutcome(text: string): void {
  if (text === DONE) return;
  const [, code = 'EIO', words = `an outcome was expected, not ${JSON.stringify(text)}`] =
    /^failed (\w+) (.*)\n$/.exec(text) ?? [];
  throw new FileError(code as Code, words);
}
