/** ns read: a part of a file. */
import type { Command } from 'commander';
import type { Fid } from '../client/index.ts';
import { placesHelp } from './help.ts';
import { offsetOption } from './numbers.ts';
import { put } from './output.ts';
import { Places } from './place.ts';

interface Options {
  readonly offset: number;
  readonly count?: number;
}

export function define(command: Command): void {
  command
    .argument('<PLACE>', 'a file')
    .option('--offset <N>', 'the first byte', offsetOption('--offset'), 0)
    .option('--count <N>', 'bytes at the most', offsetOption('--count'))
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Without --count, prints what one read gives: of a file whose reads wait, that is the next event. With it, reads on until
there are so many bytes, or the file ends.
${placesHelp(`  ns read 'tcp://127.0.0.1:5640/events'
  ns read --offset 1048576 --count 512 'tcp://127.0.0.1:5640/disk' | xxd`)}`;

async function run(text: string, { offset, count }: Options): Promise<void> {
  await using places = new Places();
  const place = places.at(text);
  await place.attempt('read', async () => {
    await using fid = await place.find();
    await fid.open('r');
    if (count === undefined) await put(await fid.read({ offset }));
    else await printRange(fid, offset, count);
  });
}

async function printRange(fid: Fid, from: number, count: number): Promise<void> {
  const PIECE = 1 << 18;
  for (let done = 0; done < count;) {
    const bytes = await fid.read({ offset: from + done, length: Math.min(count - done, PIECE) });
    if (bytes.length === 0) return;
    await put(bytes);
    done += bytes.length;
  }
}
