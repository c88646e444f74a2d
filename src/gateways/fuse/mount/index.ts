/** A file system of FUSE, mounted: the descriptor on which the kernel asks, and the way to take the mount away. */
import { closeSync } from 'node:fs';
import { mountAt, readMounts } from '../../../host/index.ts';
import {
  cannotMount,
  locate,
  prepareUnmount,
  requireFree,
  type MountKind,
  type Way,
} from '../../mounting/index.ts';
import { mountByHelper } from './helper.ts';
import { FUSE_TYPE, mayMount, mountDirectly } from './direct.ts';
import type { Wish } from './wish.ts';

export { FUSE_TYPE } from './direct.ts';

export interface MountFuseOptions {
  /** What /proc/mounts shows as the device. */
  readonly name: string;
  /** What the root of the tree is; `dir`. */
  readonly kind?: MountKind;
  readonly readOnly?: boolean;
  /** Other users may use it, and the kernel checks their permissions (default_permissions). */
  readonly allowOther?: boolean;
  /**
   * A descriptor that the program which mounts holds until it ends: a lock stays taken for as long as a mount may
   * come.
   */
  readonly hold?: number;
}

export interface Mounted {
  /** Of /dev/fuse, for whoever serves; closing it makes the mount a dead one. */
  readonly fd: number;
  /** Absolute, without symbolic links. */
  readonly mountpoint: string;
  readonly how: Way;
  /** In good order, or lazily where somebody uses it; nothing if it is not there any more. */
  unmount(): Promise<void>;
}

/**
 * Mounts on an empty directory, or for a file alone on an empty file: by mount(8) as root, also that of a user
 * namespace, otherwise by the setuid program `fusermount3`. Nobody answers there before somebody serves the
 * descriptor: until then, and in the process that serves, nothing may touch the mountpoint.
 *
 * @throws FileError that says what to do.
 */
export async function mountFuse(mountpoint: string, options: MountFuseOptions): Promise<Mounted> {
  const place = await locate(mountpoint);
  const { name, kind = 'dir', readOnly = false, allowOther = false, hold } = options;
  await requireFree(place, kind);
  // Its programs are found while nothing is mounted yet.
  const ways = { mount: prepareUnmount('mount'), fusermount3: prepareUnmount('fusermount3') };
  const wish: Wish = { place, name: name || 'nines', kind, readOnly, allowOther, hold };
  const { fd, how } = await mountInSomeWay(wish);
  const entry = mountAt(readMounts(), place);
  if (entry?.type !== FUSE_TYPE) {
    closeSync(fd);
    throw cannotMount('EIO', place, `${how} says that it did, and there is nothing`);
  }
  return { fd, mountpoint: place, how, unmount: () => ways[how](entry) };
}

async function mountInSomeWay(wish: Wish): Promise<{ readonly fd: number; readonly how: Way }> {
  if (mayMount()) {
    const fd = await mountDirectly(wish);
    if (fd !== undefined) return { fd, how: 'mount' };
  }
  return { fd: await mountByHelper(wish), how: 'fusermount3' };
}
