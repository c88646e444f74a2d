/** Words of a line as rc(1) has them: 'single quotes' hold blanks, and '' within them is a quote. */
import { FileError } from './errors.ts';

/** A part of a word: what stood in quotes means itself. */
export interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

/** A word as it was written: quoted pieces, and what stands between them. */
export type Word = readonly Piece[];

/** Splits a line; EINVAL for a quote that is not closed. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const blanks = /\s*/y;
  for (let at = 0; ;) {
    at = skip(blanks, line, at);
    if (at === line.length) return words;
    const { word, end } = readWord(line, at);
    words.push(word.map((piece) => piece.text).join(''));
    at = end;
  }
}

/** A line of a script. */
export interface ScriptLine {
  readonly words: readonly Word[];
  /** Where the next line begins. */
  readonly end: number;
}

/**
 * Reads the line of a script that begins at `from`: a `#` at the start of a word begins a comment, a backslash at the
 * end of the line is a blank and the line goes on (rc(1)), and what is in quotes may go on, too.
 *
 * @throws a FileError of code EINVAL for a quote that is not closed.
 */
export function readLine(text: string, from: number): ScriptLine {
  const words: Word[] = [];
  const blanks = /(?:[^\S\n]|\\\r?\n)*/y;
  for (let at = from; ;) {
    at = skip(blanks, text, at);
    if (at === text.length || text[at] === '\n') return { words, end: at + 1 };
    if (text[at] === '#') at = skip(/[^\n]*/y, text, at);
    else {
      const { word, end } = readWord(text, at);
      words.push(word);
      at = end;
    }
  }
}

/** The word as {@link splitWords} and {@link readLine} take it. */
export function quoteWord(word: string): string {
  return /^$|^#|[\s'$]|\\$/.test(word) ? `'${word.replaceAll("'", "''")}'` : word;
}

function readWord(text: string, at: number): { readonly word: Word; readonly end: number } {
  const piece = /'([^']*(?:''[^']*)*)'|(?:[^\s'\\]|\\(?!\r?\n))+/y;
  const word: Piece[] = [];
  for (let end = at; ; end = piece.lastIndex) {
    piece.lastIndex = end;
    const found = piece.exec(text);
    if (found) {
      const [plain, inner] = found;
      word.push(
        inner === undefined
          ? { text: plain, quoted: false }
          : { text: inner.replaceAll("''", "'"), quoted: true },
      );
    } else if (text[end] === "'") throw new FileError('EINVAL', `a quote is not closed: ${shown(text, at)}`);
    else return { word, end };
  }
}

/** Where the characters end that the pattern, a sticky one, takes from `at` on. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.exec(text);
  return pattern.lastIndex;
}

/** Characters of a text that a message shows. */
const SHOWN = 60;

/** What stands there, as far as it fits into a message. */
function shown(text: string, at: number): string {
  const [line] = text.slice(at).split('\n', 1);
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line.trimEnd();
}
