/** Taking away what was mounted. */
import { FileError } from '../../file/index.ts';
import { mountAt, readMounts, type MountEntry } from '../../host/index.ts';
import { findProgram, run, type Outcome } from './programs.ts';

/** Milliseconds for an unmount to be answered by what is mounted, for a lazy one, and for a look at a mount. */
const PATIENCE = 3000;
const PATIENCE_LAZY = 10_000;
const PATIENCE_LOOK = 2000;

/** How a mount was made, and so how it is taken away: by mount(8), or by the setuid helper of FUSE. */
export type Way = 'mount' | 'fusermount3';

export interface Unmounting {
  /** Without a first try in good order: for a mount that is known to be dead. */
  readonly lazily?: boolean;
}

/** Prepared while nothing is mounted: its programs are found already. */
export type Unmount = (mount: MountEntry, options?: Unmounting) => Promise<void>;

/**
 * Prepares for unmounting. What it gives takes a mount away in good order, or lazily where somebody uses it or nobody
 * answers: then it is gone from its place at once, and altogether when nobody has anything open in it. A mount that
 * is not there any more is no error.
 */
export function prepareUnmount(way: Way): Unmount {
  const program = way === 'mount' ? findProgram('umount') : findProgram('fusermount3', 'fusermount');
  const [inOrder, lazy] =
    way === 'mount'
      ? [
          ['-i', '-c'],
          ['-i', '-c', '-l'],
        ]
      : [['-u'], ['-u', '-z']];
  return async (mount, { lazily = false } = {}) => {
    const { mountpoint } = mount;
    if (program === undefined)
      throw cannot(mountpoint, `${way === 'mount' ? 'umount' : way} is not installed`);
    if (!isThere(mount)) return;
    if (!lazily) await run(program, [...inOrder, '--', mountpoint], { timeout: PATIENCE });
    if (!isThere(mount)) return;
    const outcome = await run(program, [...lazy, '--', mountpoint], { timeout: PATIENCE_LAZY });
    if (isThere(mount)) throw cannot(mountpoint, wordsOf(outcome));
  };
}

/** Whether it is seen at its place: what is mounted above it is not ours to take away. */
function isThere({ id, mountpoint }: MountEntry): boolean {
  const mounts = readMounts();
  const top = mountAt(mounts, mountpoint);
  if (top && top.id !== id && mounts.some((mount) => mount.id === id)) {
    throw cannot(mountpoint, `${top.source} (${top.type}) is mounted above it; unmount that first`);
  }
  return top?.id === id;
}

/** What stat says of a mount whose other end is gone: of FUSE, and of the kernel's client of 9P. */
const GONE = /Transport endpoint is not connected|Software caused connection abort/;
const GONE_9P = /Input\/output error|Connection reset by peer|Broken pipe/;

/**
 * Whether nobody serves a mount any more. The question is put by a program that can be left to itself: a mount whose
 * server hangs does not answer.
 */
export async function isDead({ mountpoint, type }: MountEntry): Promise<boolean> {
  const stat = findProgram('stat');
  if (stat === undefined) return false;
  const { said } = await run(stat, ['-f', '--', mountpoint], { timeout: PATIENCE_LOOK });
  return (type === '9p' ? GONE_9P : GONE).test(said);
}

function wordsOf({ code, said }: Outcome): string {
  if (code === undefined) return 'no answer in time';
  return said.split('\n')[0].replace(/^[\w./]+: /, '') || `exit code ${code}`;
}

function cannot(mountpoint: string, why: string): FileError {
  return new FileError('EBUSY', `cannot unmount ${mountpoint}: ${why}`);
}
