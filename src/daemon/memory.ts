/** What is kept of a namespace in files: enough to tell what was lost, and to make it again. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { FileError, codeOf, sentenceOf, type Code } from '../file/errors.ts';
import type { Home } from './home.ts';

export class Memory {
  readonly #home: Home;
  /** The process before this one was killed, and its namespace is lost. */
  readonly crashed: boolean;
  #script = '';

  /** To be made by the process that holds the lock. */
  constructor(home: Home) {
    this.#home = home;
    const before = read(home.script);
    if (before !== '') renameSync(home.script, home.last);
    this.crashed = existsSync(home.pid) && before !== '';
    writeWhole(home.pid, `${process.pid}\n`);
  }

  /** The commands of the last namespace; empty if there is nothing to restore. */
  get last(): string {
    return read(this.#home.last);
  }

  set last(script: string) {
    if (script.trim() === '') rmSync(this.#home.last, { force: true });
    else writeWhole(this.#home.last, script);
  }

  /**
   * Keeps the namespace as it is now.
   *
   * @throws FileError
   */
  keep(script: string): void {
    if (script === this.#script) return;
    writeWhole(this.#home.script, script);
    this.#script = script;
  }

  /** The end is wanted: whoever comes next has nothing to be told. */
  endWanted(): void {
    rmSync(this.#home.pid, { force: true });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return '';
    throw error;
  }
}

/**
 * Either the old text or the new one is there, whenever this process ends.
 *
 * @throws FileError that names the file
 */
function writeWhole(path: string, text: string): void {
  const next = `${path}.new`;
  try {
    writeFileSync(next, text, { mode: 0o600 });
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true, recursive: true });
    const code = codeOf(error);
    throw new FileError(code as Code, `cannot write ${path}: ${sentenceOf(code)}`, { cause: error });
  }
}
