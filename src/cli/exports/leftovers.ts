/** What a process that was killed has left mounted. */
import { FUSE_TYPE } from '../../gateways/fuse/mount/index.ts';
import { isDead, prepareUnmount } from '../../gateways/mounting/index.ts';
import { V9FS_TYPE } from '../../gateways/v9fs/index.ts';
import { mountAt, readMounts, type MountEntry } from '../../host/index.ts';
import { exportedAlready, isAlive, isHere, type ExportRecord } from './record.ts';

/** The types of the mounts that each kind of export makes. */
const TYPES: Readonly<Record<string, string>> = { fuse: FUSE_TYPE, v9fs: V9FS_TYPE };

/** The mount of a record, as far as it is seen from here. */
export function mountOf({ kind, at, ...record }: ExportRecord): MountEntry | undefined {
  if (!isHere({ kind, at, ...record })) return undefined;
  const mount = mountAt(readMounts(), at);
  return mount?.type === TYPES[kind] ? mount : undefined;
}

/** Takes away a mount of ours; by the helper of FUSE for whoever needed it to mount. */
export function takeAway(mount: MountEntry, lazily: boolean): Promise<void> {
  const unmount = prepareUnmount(process.geteuid?.() === 0 ? 'mount' : 'fusermount3');
  return unmount(mount, { lazily });
}

/**
 * Clears the dead mount of a process that was killed.
 *
 * @throws FileError EBUSY if somebody serves it after all.
 */
export async function clearLeft(record: ExportRecord): Promise<void> {
  for (let mount = mountOf(record); mount; mount = mountOf(record)) {
    if (isAlive(record) || !(await isDead(mount))) throw exportedAlready(record);
    await takeAway(mount, true);
  }
}
