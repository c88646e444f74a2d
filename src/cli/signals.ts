/** What becomes of the signals that ask this process to end. */
import { Interrupted } from './failure.ts';
import { endIfHungUp } from './terminal.ts';

/** 128 + SIGINT. */
const INTERRUPTED = 130;

/** Milliseconds within which the same signal is sent twice and meant once: by a terminal, and by timeout(1) or npx. */
const TOGETHER = 250;

/**
 * Resolves when this process is asked to end (Control-C, SIGTERM, the end of its terminal): for a server, which ends in
 * good order. Asked again later, it ends on the spot.
 */
export function stopSignal(): Promise<void> {
  process.once('exit', endIfHungUp);
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const stop = (): void => {
        resolve();
        setTimeout(() => process.off(signal, stop), TOGETHER).unref();
      };
      process.on(signal, stop);
    }
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
