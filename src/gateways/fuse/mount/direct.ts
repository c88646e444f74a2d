/** By mount(8), which root may use, and whoever has root's capabilities in a user namespace. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { codeOf } from '../../../file/index.ts';
import { cannotMount, findProgram, run } from '../../mounting/index.ts';
import { commonOptions, type Wish } from './wish.ts';

export const DEVICE = '/dev/fuse';

/** The descriptors of mount(8): that of the device, and one that is only held. */
const DEVICE_IN_CHILD = 3;

const ROOT_MODES = { dir: '40000', file: '100000' } as const;

/** What /proc/mounts shows as the type of our mounts. */
export const FUSE_TYPE = 'fuse.nines';

/** CAP_SYS_ADMIN (capabilities(7)): here, or in a user namespace, whatever this user's number is there. */
const SYS_ADMIN = 1n << 21n;

export function mayMount(): boolean {
  const [, effective = '0'] =
    /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return (BigInt(`0x${effective}`) & SYS_ADMIN) !== 0n;
}

/**
 * The descriptor of the device, which belongs to the mount from then on; undefined if this is not permitted here, for
 * root in a container: then there may be another way.
 */
export async function mountDirectly(wish: Wish): Promise<number | undefined> {
  const { place, name, hold } = wish;
  const mount = findProgram('mount');
  if (mount === undefined) throw cannotMount('ENOENT', place, 'the program mount is not installed');
  const fd = openDevice(place);
  // No helper of another FUSE, and no path looked up for the name.
  const args = ['-i', '-c', '-t', FUSE_TYPE, '-o', optionsOf(wish).join(','), '--', name, place];
  const inherit = hold === undefined ? [fd] : [fd, hold];
  const { code, said } = await run(mount, args, { inherit });
  if (code === 0) return fd;
  closeSync(fd);
  if (/permission denied|not permitted|must be superuser/i.test(said)) return undefined;
  throw cannotMount('EIO', place, wordsOf(said) || `mount: exit code ${code}`);
}

/** `mount: PLACE: WHAT.`, with a hint below. */
const wordsOf = (said: string): string =>
  said
    .replace(/^mount: /, '')
    .split('\n')[0]
    .replace(/\.$/, '');

function optionsOf(wish: Wish): readonly string[] {
  return [
    `fd=${DEVICE_IN_CHILD}`,
    `rootmode=${ROOT_MODES[wish.kind]}`,
    `user_id=${process.geteuid?.() ?? 0}`,
    `group_id=${process.getegid?.() ?? 0}`,
    ...commonOptions(wish),
  ];
}

function openDevice(place: string): number {
  try {
    return openSync(DEVICE, 'r+');
  } catch (error) {
    const why = DEVICE_HINTS[codeOf(error)] ?? `${DEVICE} cannot be opened (${codeOf(error)})`;
    throw cannotMount(codeOf(error), place, why, error);
  }
}

const DEVICE_HINTS: Readonly<Record<string, string>> = {
  ENOENT: `${DEVICE} does not exist; modprobe fuse, or for a container --device ${DEVICE}`,
  ENODEV: `the kernel has no FUSE; modprobe fuse`,
  EACCES: `${DEVICE} is not readable and writable by this user; chmod a+rw ${DEVICE}, as root`,
  EPERM: `${DEVICE} may not be opened here; for a container, --device ${DEVICE}`,
};
