/** ns cat: the content of files. */
import type { Command } from 'commander';
import { FileError } from '../file/errors.ts';
import { forEach } from './each.ts';
import { placesHelp } from './help.ts';
import { put } from './output.ts';
import { Places, type Place } from './place.ts';

export function define(command: Command): void {
  command.argument('<PLACE...>', 'files').addHelpText('after', HELP).action(run);
}

const HELP = placesHelp(`  ns cat 'tcp://127.0.0.1:5640/README'
  ns cat 'unix:///run/user/1000/ns.sock#/log' | grep error`);

async function run(texts: readonly string[]): Promise<void> {
  await using places = new Places();
  await forEach(
    texts.map((text) => places.at(text)),
    (place) => place.attempt('read', () => print(place)),
  );
}

async function print(place: Place): Promise<void> {
  await using fid = await place.find();
  if (fid.isDir) throw new FileError('EISDIR', 'is a directory; ns ls lists it');
  for await (const piece of fid.stream()) await put(piece);
}
