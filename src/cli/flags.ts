/** Where something is made visible among what is there already: the flags of bind(1). */
import type { Command } from 'commander';
import { MAFTER, MBEFORE, MCACHE, MCREATE, MREPL } from '../namespaces/flags.ts';
import { UsageError } from './failure.ts';

export interface FlagOptions {
  readonly after?: boolean;
  readonly before?: boolean;
  readonly create?: boolean;
  readonly cache?: boolean;
}

export function addFlagOptions(command: Command): Command {
  return command
    .option('-a, --after', 'searched after what is there')
    .option('-b, --before', 'searched before what is there')
    .option('-c, --create', 'new files may be made in it')
    .option('-C, --cache', 'through a proxy of its kind');
}

export function flagsHelp(what: string): string {
  return `${what} takes the place of what is visible at OLD; with -a or -b, both are visible there as one directory.`;
}

/** @throws UsageError for two places at once. */
export function flagsOfOptions({ after, before, create, cache }: FlagOptions): number {
  if (after && before) throw new UsageError('-a and -b are two places, and one is needed');
  const order = after ? MAFTER : before ? MBEFORE : MREPL;
  return order | (create ? MCREATE : 0) | (cache ? MCACHE : 0);
}
