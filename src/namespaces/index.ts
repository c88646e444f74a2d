/**
 * Namespaces: trees mounted and bound over each other, addresses, and the schemes that they begin with.
 *
 * @module
 */
export { formatAddress, parseAddress, treePath, type Address } from '../transport/address.ts';
export { MountError } from './error.ts';
export { MAFTER, MBEFORE, MCACHE, MCREATE, MREPL } from './flags.ts';
export type { Policy } from './mount.ts';
export { mountAll, type Mount } from './mounts.ts';
export {
  Namespace,
  type BindOptions,
  type Dial,
  type MountOptions,
  type NamespaceOptions,
} from './namespace.ts';
export { Schemes, type DialContext, type Scheme } from './schemes.ts';
export type { MountStatus } from './status.ts';
