/** News for whoever reads them, a line each. A reader who is slow loses the oldest lines, and is told how many. */

/** Lines that are kept for one reader. */
const KEPT = 256;

export class News {
  readonly #readers = new Set<Reader>();

  get isRead(): boolean {
    return this.#readers.size > 0;
  }

  say(line: string): void {
    for (const reader of this.#readers) reader.put(line);
  }

  /** What is said from now on, until the signal is aborted: the source of a stream. */
  read(signal: AbortSignal): AsyncIterable<string> {
    const reader = new Reader();
    this.#readers.add(reader);
    signal.addEventListener('abort', () => this.#readers.delete(reader), { once: true });
    return reader.lines(signal);
  }
}

class Reader {
  #lines: string[] = [];
  #lost = 0;
  #wake: (() => void) | undefined;

  put(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT) {
      this.#lines.shift();
      this.#lost++;
    }
    this.#wake?.();
  }

  async *lines(signal: AbortSignal): AsyncGenerator<string> {
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
    while (!signal.aborted) {
      if (this.#lines.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#lines.length > 0) yield this.#take();
    }
  }

  /** All that there is: a read gives whole lines. */
  #take(): string {
    const lines = this.#lost > 0 ? [`lost ${this.#lost}`, ...this.#lines] : this.#lines;
    this.#lines = [];
    this.#lost = 0;
    return lines.map((line) => `${line}\n`).join('');
  }
}
