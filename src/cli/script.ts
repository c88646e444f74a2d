/** Namespace files, as commands are given them. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { FileError, codeOf, type Code } from '../file/errors.ts';
import type { Command } from '../namespaces/script/command.ts';
import { parseScript } from '../namespaces/script/parse.ts';
import { CommandError } from './failure.ts';

/**
 * The commands of a file, and of those that it includes; `-` is standard input. Nothing is done yet.
 *
 * @throws ScriptError: `FILE:7: …`; CommandError if it cannot be read.
 */
export async function readScript(file: string): Promise<readonly Command[]> {
  const content = file === '-' ? await text(process.stdin) : await readOrSay(file);
  return parseScript(content, { file, env: process.env, include });
}

async function include(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new FileError(codeOf(error) as Code);
  });
}

async function readOrSay(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError('read', file, error);
  }
}
