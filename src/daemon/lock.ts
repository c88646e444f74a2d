/** One process for each namespace: a lock that ends with whoever holds it, however that ends. */
import { openSync } from 'node:fs';
import { ofdlock, setLock } from '../host/index.ts';

/**
 * Takes the lock for as long as this process lives; false if another one has it. Where such locks are not to be had,
 * the name of the control socket decides alone: it is not taken from a server that lives.
 */
export function takeLock(path: string): boolean {
  if (!ofdlock.available) return true;
  return setLock(openSync(path, 'a', 0o600), { type: 'write', start: 0, length: 0 });
}
