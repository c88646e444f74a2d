/** Addresses as they stand on the command line. */
import { resolve } from 'node:path';
import { codeOf } from '../file/errors.ts';
import { parseAddress, type Address } from '../transport/address.ts';
import { UsageError } from './failure.ts';

/**
 * Reads an address; a path on this machine is made absolute.
 *
 * @throws UsageError: what is wrong with it, and what a right one looks like.
 */
export function readAddress(text: string): Address {
  // No scheme has a dot in it.
  if (/^(localhost|[^/:]+\.[^/:]+):\d+(\/|$)/i.test(text)) {
    throw new UsageError(`${text}: an address begins with a scheme; did you mean 'tcp://${text}'?`);
  }
  const address = parse(text);
  const { scheme, path } = address;
  return (scheme === 'unix' || scheme === 'file') && path !== ''
    ? { ...address, path: resolve(path) }
    : address;
}

/** Whether a text is meant as an address: whatever has no scheme is a path. */
export const hasScheme = (text: string): boolean => /^[a-z][a-z0-9+.-]*[:!]/i.test(text);

function parse(text: string): Address {
  try {
    return parseAddress(text);
  } catch (error) {
    if (codeOf(error) !== 'EINVAL') throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
