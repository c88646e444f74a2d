/** Numbers on the command line. */
import { UsageError } from './failure.ts';

/** A whole number in decimal, and within bounds. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${option} ${text}: a whole number from ${least} to ${most} was expected`);
}

/** Permission bits. */
export function octalMode(option: string, text: string): number {
  if (/^[0-7]{1,3}$/.test(text)) return parseInt(text, 8);
  throw new UsageError(`${option} ${text}: up to three octal digits were expected, as in 600`);
}

/** A size or a place in a file: as far as offsets go. */
export const offsetOption =
  (option: string, least = 0) =>
  (text: string): number =>
    wholeNumber(option, text, least, Number.MAX_SAFE_INTEGER);
