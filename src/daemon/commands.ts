/** The commands that the control of a namespace takes: those of a namespace file, and those of the process. */
import { FileError } from '../file/index.ts';
import { readLine } from '../file/words.ts';
import { parseCommand } from '../namespaces/script/command.ts';
import type { Holding } from './holding.ts';
import { readDuration, type Idle } from './idle.ts';

/** Something that was asked for, and that nothing is wrong with. */
export type Work = (signal: AbortSignal) => Promise<void> | void;

/** What the commands are about. */
export interface Subject {
  readonly holding: Holding;
  readonly idle: Idle;
  /** Asks the process to end. What runs is answered first. */
  readonly stop: () => void;
}

/**
 * What is to be done, a command a line. Nothing is done yet.
 *
 * @throws FileError EINVAL, if anything is wrong with any of them: which verbs there are, or how one is used.
 */
export function readCommands(text: string, subject: Subject): readonly Work[] {
  const all: Work[] = [];
  for (let at = 0; at < text.length;) {
    const { words, end } = readLine(text, at);
    if (words.length > 0) all.push(readCommand(words.map(textOf), subject));
    at = end;
  }
  return all;
}

const textOf = (word: readonly { readonly text: string }[]): string => word.map(({ text }) => text).join('');

function readCommand(words: readonly string[], { holding, idle, stop }: Subject): Work {
  const [verb, ...rest] = words;
  switch (verb) {
    case 'stop':
      if (rest.length !== 0) throw new FileError('EINVAL', 'usage: stop');
      return stop;
    case 'idle': {
      const [time] = rest;
      if (rest.length !== 1) throw new FileError('EINVAL', 'usage: idle TIME');
      readDuration(time);
      return () => idle.set(time);
    }
    case 'mount':
    case 'bind':
    case 'unmount':
    case 'clear': {
      const operation = parseCommand(words);
      return (signal) => holding.perform(operation, signal);
    }
    default:
      throw new FileError('EINVAL', `${verb}: ${NOT_HERE[verb] ?? `no such verb; ${EXPECTED}`}`);
  }
}

const EXPECTED = 'one of mount, bind, unmount, clear, idle, stop was expected';

const SERVED = 'only a namespace that is served takes it (ns serve FILE)';

/** Why verbs of a namespace file are none here. */
const NOT_HERE: Readonly<Record<string, string | undefined>> = {
  cd: 'this namespace is nobody’s alone, so it has no directory to be in',
  listen: SERVED,
  export: SERVED,
  allow: SERVED,
};
