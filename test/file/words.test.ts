import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { FileError, quoteWord, splitWords } from '../../src/file/index.ts';
import { readLine } from '../../src/file/words.ts';

const wordsOf = (text: string): readonly string[] =>
  readLine(text, 0).words.map((word) => word.map((piece) => piece.text).join(''));

describe('splitWords', () => {
  test.each<[string, readonly string[]]>([
    ['', []],
    [' \t\r\n', []],
    ['dim 40', ['dim', '40']],
    ["say 'two words' ''", ['say', 'two words', '']],
    ["it''s", ['its']],
    ["'it''s'", ["it's"]],
    ["a'b c'd", ['ab cd']],
    ['a # b $c \\d', ['a', '#', 'b', '$c', '\\d']],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  test('a quote that is not closed is shown from its word on, in a line of bounded length', () => {
    expect(() => splitWords("a 'b")).toThrow(new FileError('EINVAL', "a quote is not closed: 'b"));
    expect(() => splitWords(`a'${'b'.repeat(100_000)}`)).toThrow(/^a quote is not closed: a'b{58}…$/);
  });
});

describe('readLine', () => {
  test('a # begins a comment at the start of a word, and nowhere else', () => {
    expect(wordsOf("a#b c'd'#e #f 'g")).toEqual(['a#b', 'cd#e']);
    expect(wordsOf('# all of it')).toEqual([]);
    expect(wordsOf("'#'c")).toEqual(['#c']);
  });

  test('ends where the next line begins', () => {
    const text = "a b # c\r\n'd\n''e'f\n\ng";
    const lines: (readonly string[])[] = [];
    for (let at = 0; at < text.length; at = readLine(text, at).end) lines.push(wordsOf(text.slice(at)));
    expect(lines).toEqual([['a', 'b'], ["d\n'ef"], [], ['g']]);
  });

  test('goes on after a backslash at the end of the line, which is a blank', () => {
    expect(wordsOf('a \\\n b\\\r\nc')).toEqual(['a', 'b', 'c']);
    expect(wordsOf("\\a b\\c 'd\\\ne' f\\")).toEqual(['\\a', 'b\\c', 'd\\\ne', 'f\\']);
    expect(wordsOf('a # b \\\nc')).toEqual(['a']);
  });

  test('says which piece of a word was quoted', () => {
    expect(readLine("$a'$b'", 0).words).toEqual([
      [
        { text: '$a', quoted: false },
        { text: '$b', quoted: true },
      ],
    ]);
  });

  test('a quote of 1 MiB', () => {
    const word = "it's ".repeat(200_000);
    expect(wordsOf(quoteWord(word))).toEqual([word]);
  });
});

/** Words of what could be mistaken for something else, and of anything at all. */
const word = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', "'", '#', '$', ' ', '\n', '\r', '\t', '\\', '-', '{', '}', '\u2028'),
  }),
  fc.string({ unit: 'binary' }),
);

test('what was quoted is read as it was', () => {
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const line = words.map(quoteWord).join(' ');
      expect(splitWords(line)).toEqual(words);
      expect(wordsOf(line)).toEqual(words);
      expect(wordsOf(`${line}\nnext`)).toEqual(words);
      expect(wordsOf(`${line}#comment`.replace(/^#/, ' #'))).toHaveLength(Math.max(words.length, 0));
    }),
  );
});

test('what needs no quotes has none', () => {
  for (const plain of ['a', 'tcp://h:564/x#y', 'a#b', '-a', '\\a']) expect(quoteWord(plain)).toBe(plain);
});
