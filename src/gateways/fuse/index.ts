/**
 * Trees as Linux file systems: the kernel's FUSE protocol, spoken on /dev/fuse.
 *
 * @module
 */
import type { File } from '../../file/index.ts';
import { openDevice } from './device/index.ts';
import type { FuseOptions } from './options.ts';
import { FuseServer } from './server.ts';

export { mountFuse, type Mounted, type MountFuseOptions } from './mount/index.ts';
export type { CacheMode, FuseOptions } from './options.ts';
export type { FuseServer } from './server.ts';

/**
 * Serves a tree to the kernel behind `fd`, an open /dev/fuse that has been mounted, and takes the descriptor over. The
 * tree stays the caller's.
 *
 * A process must not use a mount that it serves: it would wait for itself.
 */
export function serveFuse(root: File, fd: number, options: FuseOptions): FuseServer {
  return new FuseServer(root, (handler) => openDevice(fd, handler), options);
}
