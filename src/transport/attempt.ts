/** One attempt at something that may never answer: bounded in time, and given up on a signal. */
import { cannotConnect, TransportError } from './errors.ts';
import type { Patience } from './options.ts';

/** Milliseconds for an attempt to connect. */
export const CONNECT_TIMEOUT = 10_000;

/**
 * Waits until `begin`'s attempt succeeds or fails. `begin` returns what gives it up.
 *
 * @throws the signal's reason when it aborts; TransportError `ETIMEDOUT` when the time is over
 */
export function attempt<T>(
  address: string,
  { signal, timeout = CONNECT_TIMEOUT }: Patience,
  begin: (succeed: (value: T) => void, fail: (error: unknown) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted();
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: unknown): void => {
      settle();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const abort = (): void => {
      fail(signal?.reason);
      giveUp();
    };
    const timer = setTimeout(() => {
      const text = `cannot connect to ${address}: no answer in ${timeout / 1000} s; check the host and its port`;
      fail(new TransportError('ETIMEDOUT', text, address));
      giveUp();
    }, timeout);
    signal?.addEventListener('abort', abort);
    let giveUp = (): void => {};
    try {
      giveUp = begin((value) => {
        settle();
        resolve(value);
      }, fail);
    } catch (error) {
      fail(cannotConnect(address, error));
    }
  });
}
