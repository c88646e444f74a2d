/** Waiting, and giving up. */
import { isPromise, type Awaitable } from '../file/index.ts';

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

/**
 * The result of `work`, or the signal's reason as soon as it is aborted, whatever the work makes of the signal. `late`
 * gets a result that comes after that.
 */
export function unlessAborted<T>(
  signal: AbortSignal,
  work: () => Awaitable<T>,
  late?: (value: T) => void,
): Awaitable<T> {
  signal.throwIfAborted();
  const value = work();
  if (signal === NEVER || !isPromise(value)) return value;
  return new Promise<T>((resolve, reject) => {
    let over = false;
    const forget = onAbort(signal, () => {
      over = true;
      reject(signal.reason as Error);
    });
    const settle = (result: T): void => {
      forget();
      if (over) late?.(result);
      else resolve(result);
    };
    value.then(settle, (error: unknown) => {
      forget();
      reject(error);
    });
  });
}

/** Waits some milliseconds. */
export function delay(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, time);
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

function nothing(): void {}
