/** To a tree, as commands go there: with this user's keys, where the address asks for them. */
import type { File } from '../file/index.ts';
import type { Address } from '../transport/address.ts';

/** The File at an address. Whoever dials it releases it. */
export async function dialTree(address: Address, signal?: AbortSignal): Promise<File> {
  const { dial } = await import('../dial.ts');
  const keys = address.scheme === 'tls' ? await (await import('./keys.ts')).tlsAskingOptions() : {};
  return dial(address, { ...keys, ...(signal && { signal }) });
}
