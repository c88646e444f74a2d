/** ns rm: removes files and directories. */
import type { Command } from 'commander';
import { FileError, codeOf } from '../file/errors.ts';
import { forEach } from './each.ts';
import { UsageError } from './failure.ts';
import { placesHelp } from './help.ts';
import { Places, type Place } from './place.ts';

interface Options {
  readonly recursive?: boolean;
  readonly force?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<PLACE...>', 'what is to be removed')
    .option('-r, --recursive', 'directories, with all that they hold')
    .option('-f, --force', 'that something is not there is no error')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
A symbolic link is removed itself, never what it leads to. The root of a tree cannot be removed.
${placesHelp(`  ns rm 'tcp://127.0.0.1:5640/hello'
  ns rm -r 'tcp://127.0.0.1:5640/docs'`)}`;

async function run(texts: readonly string[], options: Options): Promise<void> {
  await using places = new Places();
  const all = texts.map((text) => places.at(text));
  for (const { name, text } of all) {
    if (name === undefined)
      throw new UsageError(`cannot remove ${text}: name what is to be removed, not '.', '..' or a root`);
  }
  await forEach(all, (place) => place.attempt('remove', () => remove(place, options)));
}

async function remove(place: Place, { recursive, force }: Options): Promise<void> {
  try {
    const isDir = await isDirectory(place);
    if (isDir && !recursive)
      throw new FileError('EISDIR', 'is a directory; ns rm -r removes it with all that it holds');
    const root = await place.root();
    await (isDir ? root.removeAll(place.path) : root.remove(place.path));
  } catch (error) {
    if (!force || codeOf(error) !== 'ENOENT') throw error;
    const why = await place.whyMissing();
    if (why !== undefined) throw why;
  }
}

async function isDirectory(place: Place): Promise<boolean> {
  await using fid = await place.walk();
  return fid.isDir;
}
