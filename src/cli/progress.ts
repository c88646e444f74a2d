/** How far a copy has come: one line on standard error, if that is a terminal, drawn over and over. */
import { escapeControls } from './failure.ts';

/** Milliseconds until the first drawing: what is done by then needs none. */
const PATIENCE = 300;
const PERIOD = 100;
const BAR = 20;
const CLEAR = '\r\x1b[K';

export class Progress {
  #total = 0;
  #done = 0;
  #name = '';
  #drawn = false;
  #last: number;
  readonly #start = performance.now();
  readonly #terminal = process.stderr.isTTY;

  constructor() {
    this.#last = this.#start + PATIENCE - PERIOD;
  }

  /** There is more to do than was known. */
  expect(bytes: number): void {
    this.#total += bytes;
  }

  /** Counts the bytes of one file: called with how many there are so far. */
  file(name: string): (bytes: number) => void {
    let before = 0;
    return (bytes) => {
      this.#done += bytes - before;
      before = bytes;
      this.#name = name;
      this.#draw();
    };
  }

  /** Takes the line away: something else is to be printed, or all is done. */
  clear(): void {
    if (this.#drawn) process.stderr.write(CLEAR);
    this.#drawn = false;
  }

  #draw(): void {
    const now = performance.now();
    if (!this.#terminal || now - this.#last < PERIOD) return;
    this.#last = now;
    this.#drawn = true;
    const width = Math.max((process.stderr.columns || 80) - 1, 20);
    process.stderr.write(CLEAR + Array.from(this.#line(now)).slice(0, width).join(''));
  }

  #line(now: number): string {
    const part = this.#total > 0 ? Math.min(this.#done / this.#total, 1) : 0;
    const bar = '#'.repeat(Math.round(part * BAR)).padEnd(BAR, '.');
    const percent = `${Math.floor(part * 100)}%`.padStart(4);
    const rate = sizeOf((this.#done / (now - this.#start)) * 1000);
    return `[${bar}]${percent}  ${sizeOf(this.#done)}  ${rate}/s  ${escapeControls(this.#name)}`;
  }
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function sizeOf(bytes: number): string {
  const unit = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${(bytes / 2 ** (10 * unit)).toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}
