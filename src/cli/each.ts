/** One place after the other: what fails with one is told, and the others are done all the same. */
import { Interrupted, Told, UsageError, firstOf } from './failure.ts';
import { complain } from './output.ts';

/** Whether an error ends the command, however much is left to do. */
export function endsAll(error: unknown): boolean {
  return error instanceof Interrupted || error instanceof UsageError;
}

/** Counts what went wrong, and says it at once. */
export class Failures {
  #any = false;

  add(thrown: unknown): void {
    const error = firstOf(thrown);
    if (endsAll(error)) throw error;
    this.#any = true;
    if (!(error instanceof Told)) complain(error);
  }

  /** @throws Told if anything went wrong. */
  check(): void {
    if (this.#any) throw new Told('some of it failed');
  }
}

/** @throws Told if any of it failed. */
export async function forEach<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const failures = new Failures();
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      failures.add(error);
    }
  }
  failures.check();
}
