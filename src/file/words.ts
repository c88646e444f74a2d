/** Words of a line as rc(1) has them: 'single quotes' hold blanks, and '' within them is a quote. */
import { FileError } from './errors.ts';

/** Splits a line; EINVAL for a quote that is not closed. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const word = /\s*((?:[^\s']|'(?:[^']|'')*')+)/y;
  while (line.slice(word.lastIndex).trim() !== '') {
    const at = word.lastIndex;
    const found = word.exec(line);
    if (!found) throw new FileError('EINVAL', `a quote is not closed: ${line.slice(at).trim()}`);
    words.push(unquote(found[1]));
  }
  return words;
}

function unquote(word: string): string {
  return word.replace(/'((?:[^']|'')*)'/g, (_, inner: string) => inner.replaceAll("''", "'"));
}

/** The word as {@link splitWords} takes it. */
export function quoteWord(word: string): string {
  return word === '' || /[\s']/.test(word) ? `'${word.replaceAll("'", "''")}'` : word;
}
