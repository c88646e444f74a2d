/** To a tree, as commands go there: with this user's keys, where the address asks for them. */
import type { DialOptions } from '../dial.ts';
import type { File } from '../file/index.ts';
import type { Address } from '../transport/address.ts';

/** For a command that does its work and ends: what is lost meanwhile has failed. */
export function dialOnce(address: Address, signal: AbortSignal): Promise<File> {
  return dialTree(address, { signal, reconnect: false });
}

/** The File at an address. Whoever dials it releases it. */
export async function dialTree(address: Address, options: DialOptions = {}): Promise<File> {
  const { dial } = await import('../dial.ts');
  const keys = address.scheme === 'tls' ? await (await import('./keys.ts')).tlsAskingOptions() : {};
  return dial(address, { ...keys, ...options });
}
