/** Words with variables of the environment in them. */
import { FileError } from '../../file/index.ts';
import type { Word } from '../../file/words.ts';

/** Variables by their names: `process.env`, for one. */
export type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLE = /\$(?:\{([^}]*)\}|([\p{L}\p{N}_]+)|)/gu;

/**
 * The word, with values for `$NAME` and `${NAME}` where they are not quoted. A value is not looked at again: blanks and
 * quotes in it mean themselves.
 *
 * @throws a FileError of code EINVAL for a variable that is not set, and for a `$` without a name.
 */
export function expand(word: Word, env: Environment): string {
  return word.map(({ text, quoted }) => (quoted ? text : expandText(text, env))).join('');
}

function expandText(text: string, env: Environment): string {
  return text.replaceAll(VARIABLE, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (!name) throw new FileError('EINVAL', `a $ is followed by a name, or stands in quotes: ${text}`);
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) throw new FileError('EINVAL', `$${name} is not set`);
    return value;
  });
}
