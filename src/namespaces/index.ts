/**
 * Addresses, schemes, and trees composed of trees.
 *
 * @module
 */
export { formatAddress, parseAddress, treePath, type Address } from '../transport/address.ts';
export { mountAll, type Mount } from './mounts.ts';
export { Schemes, type DialContext, type Scheme } from './schemes.ts';
