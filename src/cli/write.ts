/** ns write: standard input into a file. */
import type { Command } from 'commander';
import { stream } from '../file/index.ts';
import { placesHelp } from './help.ts';
import { Places } from './place.ts';
import { commit, openTarget } from './target.ts';

interface Options {
  readonly append?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<PLACE>', 'a file; it is made if it is not there')
    .option('-a, --append', 'to its end, instead of in place of what it holds')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = placesHelp(`  echo hello | ns write 'tcp://127.0.0.1:5640/hello'
  date | ns write -a 'tcp://127.0.0.1:5640/log'
  echo level debug | ns write 'unix:///run/user/1000/ns.sock#/ctl'`);

async function run(text: string, { append = false }: Options): Promise<void> {
  await using places = new Places();
  const place = places.at(text);
  await place.attempt('write', async () => {
    const target = await openTarget(place, { append });
    const { Fid } = await import('../client/index.ts');
    await using input = new Fid(standardInput(), { signal: places.signal });
    await commit(target, () => input.copy(target));
  });
}

/** Standard input as a File: read once, from its start to its end. */
function standardInput() {
  return stream((ended) => {
    ended.addEventListener('abort', () => process.stdin.destroy(), { once: true });
    return process.stdin;
  });
}
