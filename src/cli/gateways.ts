/** The gateways that an `export` line of a namespace file may name. */
import { FileError, type File } from '../file/index.ts';

/** Serves what is at a path of a tree in another protocol than 9P, at an address, until it is closed. */
export type Gateway = (root: File, path: string, address: string) => Promise<AsyncDisposable>;

/** By the KIND of the line; each is loaded when it is named. */
export const gateways = new Map<string, () => Promise<Gateway>>();

/** @throws FileError EOPNOTSUPP, with the kinds that there are. */
export function gatewayOf(kind: string): () => Promise<Gateway> {
  const found = gateways.get(kind);
  if (found) return found;
  const known = gateways.size > 0 ? `known are ${[...gateways.keys()].join(', ')}` : 'this version has none';
  throw new FileError('EOPNOTSUPP', `export: there is no gateway of the kind '${kind}'; ${known}`);
}
