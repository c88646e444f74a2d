/** The end of a process that nobody uses. */
import { FileError } from '../file/index.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** What a timer of Node's can wait for. */
const LONGEST = 2 ** 31 - 1;

/**
 * Milliseconds of `30s`, `15m`, `2h`, `1d`; undefined for `never`.
 *
 * @throws FileError EINVAL
 */
export function readDuration(text: string): number | undefined {
  if (text === 'never') return undefined;
  const [, number, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const time = unit === undefined ? 0 : Number(number) * UNITS[unit];
  if (time >= 1 && time <= LONGEST) return time;
  throw new FileError('EINVAL', `${text}: a time was expected, as in 30s, 15m, 2h (24d at most), or never`);
}

/** Counts connections, and tells when there has been none for as long as was said. */
export class Idle {
  /** Called then. */
  ended: () => void = () => {};
  #connections = 0;
  #limit: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** As it was said. */
  text = 'never';

  set(text: string): void {
    this.#limit = readDuration(text);
    this.text = text;
    this.#watch();
  }

  /** Somebody has come; what is returned is called when they are gone. */
  enter(): () => void {
    this.#connections++;
    this.#watch();
    return () => {
      this.#connections--;
      this.#watch();
    };
  }

  /** The end has come for another reason. */
  close(): void {
    this.#limit = undefined;
    clearTimeout(this.#timer);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#connections === 0 && this.#limit !== undefined) {
      this.#timer = setTimeout(this.ended, this.#limit);
    }
  }
}
