/** What `status` says, a key and a value a line; and its reading. */
import { quoteWord } from '../file/index.ts';
import { readLine } from '../file/words.ts';
import type { MountStatus } from '../namespaces/index.ts';
import { flagLetters, flagsOf } from '../namespaces/script/flags.ts';

/** How one mount or bind fares. */
export interface MountLine {
  readonly verb: 'mount' | 'bind';
  /** An address or a path. */
  readonly from: string;
  /** The path that it was mounted on. */
  readonly old: string;
  readonly flags: number;
  /** Of a tree behind a connection: whether there is one now, or it was lost, or cannot be had again. */
  readonly state: MountStatus['state'];
  /** Why it last failed; undefined for one that answers. */
  readonly failure: string | undefined;
}

export interface Status {
  readonly name: string;
  readonly pid: number;
  readonly since: Date;
  /** After how much time without a connection the process ends: `30m`; or `never`. */
  readonly idle: string;
  /** Mounts and binds of the process before this one, if that was killed, that are not restored. */
  readonly lost: number;
  readonly mounts: readonly MountLine[];
}

export function formatStatus({ name, pid, since, idle, lost, mounts }: Status): string {
  const lines = [
    'kind namespace',
    `name ${name}`,
    `pid ${pid}`,
    `since ${since.toISOString()}`,
    `idle ${idle}`,
    `lost ${lost}`,
    `mounts ${mounts.length}`,
    ...mounts.map(lineOf),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function readStatus(text: string): Status {
  const lines = [...wordsOfLines(text)];
  const valueOf = (key: string): string => lines.find(([word]) => word === key)?.[1] ?? '';
  return {
    name: valueOf('name'),
    pid: Number(valueOf('pid')),
    since: new Date(valueOf('since')),
    idle: valueOf('idle'),
    lost: Number(valueOf('lost')),
    mounts: lines.flatMap(readMount),
  };
}

/** Of each line; a name may hold a newline, in quotes. */
function* wordsOfLines(text: string): Generator<readonly string[]> {
  for (let at = 0; at < text.length;) {
    const { words, end } = readLine(text, at);
    yield words.map((word) => word.map((piece) => piece.text).join(''));
    at = end;
  }
}

/** `mount -c tcp://host:564 /n/x up`: the command, its state, and why it last failed if it has not answered since. */
function lineOf({ verb, from, old, flags, state, failure }: MountLine): string {
  const letters = flagLetters(flags);
  const why = failure === undefined ? [] : [failure.replaceAll(/\s+/g, ' ')];
  return [verb, ...(letters === '' ? [] : [`-${letters}`]), from, old, state, ...why]
    .map(quoteWord)
    .join(' ');
}

function readMount([verb, ...words]: readonly string[]): readonly MountLine[] {
  if (verb !== 'mount' && verb !== 'bind') return [];
  const flags = words[0]?.startsWith('-') ? flagsOf(words[0].slice(1)) : 0;
  const [from = '', old = '', state, failure] = words[0]?.startsWith('-') ? words.slice(1) : words;
  return [{ verb, from, old, flags, state: state as MountLine['state'], failure }];
}
