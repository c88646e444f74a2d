/**
 * The kinds of resource, each as a File tree.
 *
 * @module
 */
export { fileFromAddress } from './file/address.ts';
export { hostDirectory, type HostDirectoryOptions, type Ownership } from './file/index.ts';
export { ramFromAddress } from './ram/address.ts';
export { ram, type RamOptions } from './ram/index.ts';
export { parseSize } from './size.ts';
export { srv, type Answer, type Probe } from './srv/index.ts';
export { Posts, checkServiceName, type Description, type Post } from './srv/posts.ts';
