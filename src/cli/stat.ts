/** ns stat: what is known of files. */
import type { Command } from 'commander';
import type { FileStat } from '../client/index.ts';
import {
  JSON_HELP,
  groupOf,
  isoText,
  modeText,
  octalText,
  ownerOf,
  recordOf,
  sizeText,
  type Described,
} from './attributes.ts';
import { Failures } from './each.ts';
import { placesHelp } from './help.ts';
import { JsonArray } from './json.ts';
import { put, shown } from './output.ts';
import { Places, type Place } from './place.ts';

interface Options {
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<PLACE...>', 'files or directories')
    .option('--json', 'print an array of objects')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Prints lines of a key and a value, and an empty line between files. A symbolic link is not followed.
${JSON_HELP}
${placesHelp(`  ns stat 'tcp://127.0.0.1:5640/README'
  ns stat --json 'tcp://127.0.0.1:5640' ./README`)}`;

async function run(texts: readonly string[], options: Options): Promise<void> {
  await using places = new Places();
  const all = texts.map((text) => places.at(text));
  const json = options.json ? new JsonArray() : undefined;
  const failures = new Failures();
  let separator = '';
  for (const place of all) {
    try {
      const found = await place.attempt('stat', () => describe(place));
      if (json) await json.add(recordOf(found));
      else await put(separator + linesOf(found));
      separator = '\n';
    } catch (error) {
      failures.add(error);
    }
  }
  await json?.end();
  failures.check();
}

interface Known extends Described {
  readonly attr: FileStat;
}

async function describe(place: Place): Promise<Known> {
  await using fid = await place.walk();
  const attr = await fid.stat();
  const target = attr.type === 'symlink' ? await fid.readlink() : undefined;
  const { type, qid } = attr;
  return { name: fid.name, path: fid.path, type, attr, qid, ...(target !== undefined && { target }) };
}

function linesOf({ path, attr, qid, target }: Known): string {
  const flags = (['append', 'exclusive', 'temporary'] as const).filter((flag) => attr[flag]);
  const lines: readonly (readonly [string, string | null | undefined])[] = [
    ['path', shown(path)],
    ['type', attr.type],
    ['target', target === undefined ? undefined : shown(target)],
    ['mode', `${octalText(attr.mode)} ${modeText(attr)}`],
    ['flags', flags.join(' ') || undefined],
    ['size', sizeText(attr)],
    ['owner', shown(ownerOf(attr))],
    ['group', shown(groupOf(attr))],
    ['links', attr.nlink === undefined ? undefined : `${attr.nlink}`],
    ['mtime', isoText(attr.mtime)],
    ['atime', isoText(attr.atime)],
    ['ctime', attr.ctime && isoText(attr.ctime)],
    ['qid', `type 0x${qid.type.toString(16).padStart(2, '0')} version ${qid.version} path ${qid.path}`],
  ];
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key.padEnd(6)} ${value ?? '-'}\n`)
    .join('');
}
