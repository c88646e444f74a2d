/** What libfuse has mounted: its end, which the package does not tell of. */
import { mountAt, readMounts } from '../../host/index.ts';
import { FUSE_TYPE } from '../fuse/mount/index.ts';
import { findProgram, prepareUnmount, run } from '../mounting/index.ts';

export interface NativeMount {
  /** Absolute, without symbolic links. */
  readonly mountpoint: string;
  /** Resolves when it is not mounted any more. */
  closed(): Promise<void>;
  /** In good order, or lazily where somebody uses it; nothing if it is not there any more. */
  unmount(): Promise<void>;
}

/** Elsewhere there is no list of mounts that could be read, and umount(8) is everybody's. */
export const isLinux = process.platform === 'linux';

/** Milliseconds between looks whether it is still mounted. */
const LOOK_AGAIN = 1000;

/**
 * Prepares for the end of a mount: its programs are found while nothing is mounted yet. What it gives is to be called when
 * something is.
 */
export function prepare(mountpoint: string): () => NativeMount {
  const takeAway = isLinux ? prepareOnLinux(mountpoint) : prepareElsewhere(mountpoint);
  return () => {
    const isThere = isLinux ? look(mountpoint) : () => true;
    let ended = (): void => undefined;
    const closed = new Promise<void>((resolve) => (ended = resolve));
    const timer = setInterval(() => isThere() || ended(), LOOK_AGAIN);
    void closed.then(() => clearInterval(timer));
    return {
      mountpoint,
      closed: () => closed,
      async unmount() {
        await takeAway();
        ended();
      },
    };
  };
}

function look(mountpoint: string): () => boolean {
  const mount = mountAt(readMounts(), mountpoint);
  return () => readMounts().some(({ id }) => id === mount?.id);
}

function prepareOnLinux(mountpoint: string): () => Promise<void> {
  const unmount = prepareUnmount(process.geteuid?.() === 0 ? 'mount' : 'fusermount3');
  return async () => {
    const mount = mountAt(readMounts(), mountpoint);
    if (mount?.type === FUSE_TYPE) await unmount(mount);
  };
}

function prepareElsewhere(mountpoint: string): () => Promise<void> {
  const umount = findProgram('umount') ?? 'umount';
  return async () => void (await run(umount, [mountpoint]));
}
