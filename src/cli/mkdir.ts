/** ns mkdir: new directories. */
import type { Command } from 'commander';
import { FileError, codeOf } from '../file/errors.ts';
import { forEach } from './each.ts';
import { placesHelp } from './help.ts';
import { Places, type Place } from './place.ts';

interface Options {
  readonly parents?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<PLACE...>', 'directories to be made')
    .option('-p, --parents', 'also those above; that one is there already is no error')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = placesHelp(`  ns mkdir 'tcp://127.0.0.1:5640/new'
  ns mkdir -p 'tcp://127.0.0.1:5640/a/b/c'`);

async function run(texts: readonly string[], { parents = false }: Options): Promise<void> {
  await using places = new Places();
  await forEach(
    texts.map((text) => places.at(text)),
    (place) => place.attempt('make the directory', () => make(place, parents)),
  );
}

async function make(place: Place, parents: boolean): Promise<void> {
  const { path } = await place.resolved();
  const root = await place.root();
  if (parents) return root.mkdirAll(path);
  try {
    await root.mkdir(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    const why = await place.whyMissing();
    if (why !== undefined) throw why;
    throw new FileError('ENOENT', 'the directory above it does not exist; ns mkdir -p makes that too');
  }
}
