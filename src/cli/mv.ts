/** ns mv: another name for a file of the same tree. */
import type { Command } from 'commander';
import { FileError } from '../file/errors.ts';
import { UsageError } from './failure.ts';
import { placesHelp } from './help.ts';
import { Places, type Place } from './place.ts';

export function define(command: Command): void {
  command
    .argument('<FROM>', 'what is to be moved')
    .argument('<TO>', 'its new name, or a directory to move it into')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
A file that has the new name is replaced. Nothing can be moved from one server to another: that takes ns cp and ns rm.
${placesHelp(`  ns mv 'tcp://127.0.0.1:5640/hello' 'tcp://127.0.0.1:5640/greeting'`)}`;

async function run(fromText: string, toText: string): Promise<void> {
  await using places = new Places();
  const [from, to] = [places.at(fromText), places.at(toText)];
  if (from.name === undefined)
    throw new UsageError(`cannot move ${from.text}: name a file or a directory, not '.', '..' or a root`);
  if (from.tree !== to.tree) {
    const text = `${to.text} is in another tree; copy it with ns cp -r, and remove it with ns rm -r`;
    throw new FileError('EXDEV', `cannot move ${from.text}: ${text}`);
  }
  await from.attempt('move', async (root) => {
    const target = await to.attempt('move to', () => targetOf(to, from.name!));
    if (target.path !== from.path && target.isWithin(from)) {
      throw new FileError('EINVAL', `it cannot be moved into itself, to ${target.text}`);
    }
    await root.rename(from.path, target.path);
  });
}

/** The place that the file is to have in the end. */
async function targetOf(to: Place, name: string): Promise<Place> {
  await using existing = await to.findIfThere();
  if (!existing?.isDir) return to;
  return (await to.resolved()).below(name);
}
