/** The signal of a request that nobody will cancel: one for all, so that none is made for each call. */
export const NEVER: AbortSignal = new AbortController().signal;

const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `run` when the signal is aborted, until the function that it returns is called. However many calls hang on a
 * signal, it has one listener: that is cheaper, and nobody is warned of a leak that is none.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  if (signal === NEVER) return nothing;
  let set = listeners.get(signal);
  if (!set) {
    const waiting = new Set<() => void>();
    signal.addEventListener('abort', () => waiting.forEach((wake) => wake()), { once: true });
    listeners.set(signal, waiting);
    set = waiting;
  }
  set.add(run);
  return () => set.delete(run);
}

/** Has a controller abort as the signal does, until the function that it returns is called. */
export function follow(signal: AbortSignal, controller: AbortController): () => void {
  if (signal.aborted) controller.abort(signal.reason);
  return onAbort(signal, () => controller.abort(signal.reason));
}

function nothing(): void {}
