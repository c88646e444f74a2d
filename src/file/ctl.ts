import { after, isPromise, type Awaitable } from './awaitable.ts';
import { FileError } from './errors.ts';
import type { File, Request } from './file.ts';
import { SYNTHETIC, newQid, syntheticAttr, type Access } from './synthetic.ts';
import { text, truncateOnly, type Text } from './text.ts';
import { splitWords } from './words.ts';

/** What a verb does with its words. */
export type Run = (words: readonly string[], r: Request) => Awaitable<void>;

/** A verb that says how it is used: its words are counted before it runs. */
export interface Verb {
  /** The words after the verb: `X Y [WIDTH]`, `NAME…`. Brackets hold what may be left out, `…` or `...` repeats. */
  readonly usage: string;
  readonly run: Run;
}

export type Verbs = Readonly<Record<string, Run | Verb>>;

const decoder = new TextDecoder();

/**
 * A ctl file: one command a line, in words that may be quoted. A write with an unknown verb or a wrong number of words
 * fails as a whole, before any of its commands has run. Reading gives `state`: commands that would restore it.
 */
export function ctl(verbs: Verbs, state: Text = '', access: Access = {}): File {
  const table = new Map(Object.entries(verbs).map(([name, verb]) => [name, compile(name, verb)]));
  const reader = text(state);
  const attr = syntheticAttr('file', 'synthetic', 0o644, access);
  return {
    qid: newQid(),
    tree: SYNTHETIC,
    attr: () => attr,
    change: (change) => truncateOnly(change.size),
    open: (mode, r) =>
      after(reader.open!({ ...mode, write: false, truncate: false }, r), (open) => ({
        ...(open.read && { read: open.read.bind(open) }),
        write: (_offset, data, request) =>
          after(runAll(commandsOf(table, decoder.decode(data)), request), () => data.length),
        change: (change) => truncateOnly(change.size),
      })),
  };
}

interface Command {
  readonly run: Run;
  readonly words: readonly string[];
}

type Table = ReadonlyMap<string, (words: readonly string[]) => Command>;

/** Checks the number of words and gives what is to be run. */
function compile(name: string, verb: Run | Verb): (words: readonly string[]) => Command {
  if (typeof verb === 'function') return (words) => ({ run: verb, words });
  const usage = `usage: ${name} ${verb.usage}`.trimEnd();
  const parts = verb.usage.split(/\s+/).filter(Boolean);
  const least = parts.filter((part) => !part.startsWith('[')).length;
  const most = /…|\.\.\./.test(verb.usage) ? Infinity : parts.length;
  return (words) => {
    if (words.length < least || words.length > most) throw new FileError('EINVAL', usage);
    return { run: verb.run, words };
  };
}

function commandsOf(table: Table, written: string): readonly Command[] {
  return written
    .split('\n')
    .map(splitWords)
    .filter((words) => words.length > 0)
    .map(([name, ...words]) => {
      const verb = table.get(name);
      if (verb) return verb(words);
      throw new FileError(
        'EINVAL',
        `unknown verb ${name}: one of ${[...table.keys()].join(', ')} was expected`,
      );
    });
}

function runAll(commands: readonly Command[], r: Request, from = 0): Awaitable<void> {
  for (let i = from; i < commands.length; i++) {
    const { run, words } = commands[i];
    const done = run(words, r);
    if (isPromise(done)) return done.then(() => runAll(commands, r, i + 1));
  }
}
