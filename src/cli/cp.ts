/** ns cp: copies files and directories, within a tree or from one to another. */
import type { Command } from 'commander';
import { FileError } from '../file/errors.ts';
import { Copier } from './copy.ts';
import { UsageError } from './failure.ts';
import { placesHelp } from './help.ts';
import { Places, type Place } from './place.ts';

interface Options {
  readonly recursive?: boolean;
  readonly preserve?: boolean;
}

export function define(command: Command): void {
  command
    .usage('[options] <FROM...> <TO>')
    .argument('<PLACE...>', 'what is to be copied; last, the copy, or a directory to put it into')
    .option('-r, --recursive', 'directories, with all that they hold')
    .option('-p, --preserve', 'the copies get the mode and the times of what they are copies of')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
A new file gets the permission bits of the one that it is a copy of, less those of the umask; one that is there already is
overwritten, and keeps its own. Symbolic links are followed, except with -r: then they are copied as links.
${placesHelp(`  ns cp notes.txt 'tcp://127.0.0.1:5640/notes.txt'
  ns cp -r docs src 'tcp://127.0.0.1:5640/backup'
  ns cp -r 'tcp://127.0.0.1:5640/' './all of it'`)}`;

async function run(texts: readonly string[], options: Options): Promise<void> {
  if (texts.length < 2)
    throw new UsageError(`where is ${texts[0]} to be copied to? ns cp takes two places or more`);
  await using places = new Places();
  const all = texts.map((text) => places.at(text));
  const sources = all.slice(0, -1);
  const to = all[all.length - 1];
  const directory = await to.attempt('copy to', () => directoryAt(to));
  if (!directory && sources.length > 1) {
    throw new FileError(
      'ENOTDIR',
      `cannot copy to ${to.text}: several can be copied to a directory only; ns mkdir makes one`,
    );
  }
  using copier = new Copier({ recursive: options.recursive === true, preserve: options.preserve === true });
  for (const from of sources) {
    const target = directory && from.name !== undefined ? directory.below(from.name) : (directory ?? to);
    await copier.copy(from, target);
  }
  copier.finish();
}

/** The directory that is there already. */
async function directoryAt(to: Place): Promise<Place | undefined> {
  await using existing = await to.findIfThere();
  return existing?.isDir ? to.resolved() : undefined;
}
