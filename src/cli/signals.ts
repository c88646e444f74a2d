/** What becomes of the signals that ask this process to end. */
import { Interrupted } from './failure.ts';

/** 128 + SIGINT. */
const INTERRUPTED = 130;

/** Resolves when this process is asked to end (Control-C, SIGTERM): for a server, which ends in good order. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

/**
 * A signal that Control-C aborts, with an {@link Interrupted} as the reason: for a command that has something to give
 * back. A second Control-C ends the process on the spot.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Interrupted(INTERRUPTED)));
  return controller.signal;
}
