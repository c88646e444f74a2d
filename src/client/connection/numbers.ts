/** Numbers that are in use by one thing at a time: tags and fids. One that was given back is the next to be used. */
export class Numbers {
  readonly #limit: number;
  readonly #free: number[] = [];
  #next = 0;

  /** @param limit - the first number that is never given out */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A number that nobody uses; undefined if all are in use. */
  take(): number | undefined {
    const freed = this.#free.pop();
    if (freed !== undefined) return freed;
    return this.#next < this.#limit ? this.#next++ : undefined;
  }

  giveBack(number: number): void {
    this.#free.push(number);
  }

  /** How many are in use. */
  get used(): number {
    return this.#next - this.#free.length;
  }
}
