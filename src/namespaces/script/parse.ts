/** From the text of a namespace file to its commands (namespace(6)). */
import { FileError } from '../../file/index.ts';
import { readLine, type ScriptLine } from '../../file/words.ts';
import { parseCommand, type Command } from './command.ts';
import { ScriptError, type Position } from './error.ts';
import { expand, type Environment } from './expand.ts';

/** What a script is read with. */
export interface ScriptSource {
  /** The name of the file: in messages, and what the paths of its includes are relative to. */
  readonly file: string;
  /** What `$NAME` means; without it, no variable is set. */
  readonly env?: Environment;
  /** The text of the file that `. FILE` names, by its path from where `from`'s is; without it, there are no includes. */
  readonly include?: (path: string, from: string) => Promise<string>;
}

/** UTF-16 units of a line, and of a file. */
const LINE_MAX = 64 * 1024;
const FILE_MAX = 1024 * 1024;
/** How deep includes may be in each other, and how many there may be in all. */
const DEPTH_MAX = 16;
const INCLUDES_MAX = 1000;

/**
 * Reads a namespace file, with all that it includes: nothing is done, so that a mistake in it changes nothing.
 *
 * @throws ScriptError: `FILE:7: mount: OLD is missing; usage: mount [-abcC] URL OLD [ANAME]`.
 */
export async function parseScript(text: string, source: ScriptSource): Promise<readonly Command[]> {
  const parser = new Parser(source);
  await parser.read(text, source.file, []);
  return parser.commands;
}

class Parser {
  readonly commands: Command[] = [];
  readonly #source: ScriptSource;
  readonly #env: Environment;
  #includes = 0;

  constructor(source: ScriptSource) {
    this.#source = source;
    this.#env = source.env ?? {};
  }

  /** @param above - the files that this one is included by, from the outermost on. */
  async read(text: string, file: string, above: readonly string[]): Promise<void> {
    for (const { words, line } of linesOf(text, file)) {
      const at: Position = { file, line };
      try {
        const [verb, ...rest] = words.map((word) => expand(word, this.#env));
        if (verb === '.') await this.#include(rest, file, above);
        else this.commands.push({ ...parseCommand([verb, ...rest]), ...at });
      } catch (error) {
        throw error instanceof ScriptError ? error : new ScriptError(at, error);
      }
    }
  }

  async #include(words: readonly string[], file: string, above: readonly string[]): Promise<void> {
    const { include } = this.#source;
    if (words.length !== 1) throw new FileError('EINVAL', '.: one file was expected; usage: . FILE');
    if (!include) throw new FileError('EINVAL', '.: files cannot be included here');
    const path = pathFrom(file, words[0]);
    const chain = [...above, file];
    if (chain.includes(path)) {
      throw new FileError('ELOOP', `.: a loop: ${[...chain.slice(chain.indexOf(path)), path].join(' > ')}`);
    }
    if (chain.length > DEPTH_MAX) {
      throw new FileError('ELOOP', `.: more than ${DEPTH_MAX} files that include each other`);
    }
    if (++this.#includes > INCLUDES_MAX)
      throw new FileError('E2BIG', `.: more than ${INCLUDES_MAX} includes`);
    await this.read(await read(include, path, file), path, chain);
  }
}

async function read(
  include: NonNullable<ScriptSource['include']>,
  path: string,
  from: string,
): Promise<string> {
  try {
    return await include(path, from);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw Object.assign(new Error(`.: cannot read ${path}: ${what}`, { cause }), {
      code: (cause as { code?: unknown } | undefined)?.code,
    });
  }
}

interface NumberedLine extends Pick<ScriptLine, 'words'> {
  readonly line: number;
}

/** The lines that say something. A command that goes on over several lines has the number of its first. */
function linesOf(text: string, file: string): readonly NumberedLine[] {
  checkSize(text, file);
  const lines: NumberedLine[] = [];
  let number = 1;
  /** Where the first quote that did not end in its line was opened. */
  let open = 0;
  for (let at = 0; at < text.length;) {
    const line = number;
    try {
      const { words, end } = readLine(text, at);
      if (words.length > 0) lines.push({ words, line });
      number += newlines(text, at, end);
      if (open === 0 && words.some((word) => word.some((piece) => piece.text.includes('\n')))) open = line;
      at = end;
    } catch (error) {
      throw new ScriptError({ file, line: open || line }, error);
    }
  }
  return lines;
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function checkSize(text: string, file: string): void {
  if (text.length > FILE_MAX) {
    throw new ScriptError({ file, line: 1 }, new FileError('E2BIG', 'a namespace file has at most 1 MiB'));
  }
  let line = 1;
  for (let at = 0; at < text.length; line++) {
    const end = text.indexOf('\n', at);
    const to = end < 0 ? text.length : end;
    if (to - at > LINE_MAX) {
      throw new ScriptError({ file, line }, new FileError('E2BIG', 'a line has at most 64 KiB'));
    }
    at = to + 1;
  }
}

/** A path that stands in a file: from the root, or from where the file is. */
function pathFrom(file: string, path: string): string {
  const names: string[] = [];
  const whole = path.startsWith('/') ? path : `${file.slice(0, file.lastIndexOf('/') + 1)}${path}`;
  for (const name of whole.split('/')) {
    if (name === '..' && names.length > 0 && names.at(-1) !== '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `${whole.startsWith('/') ? '/' : ''}${names.join('/')}`;
}
