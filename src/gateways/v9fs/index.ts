/** A tree that is served at a Unix socket, mounted by the kernel's own client of 9P (v9fs). */
import { readFileSync } from 'node:fs';
import { mountAt, readMounts } from '../../host/index.ts';
import { cannotMount, findProgram, locate, prepareUnmount, requireFree, run } from '../mounting/index.ts';

/** What /proc/mounts shows as the type of such mounts. */
export const V9FS_TYPE = '9p';

/** What the kernel keeps: nothing, what a shared writable mmap needs, or all, as if nobody else changed anything. */
export type V9fsCache = 'none' | 'mmap' | 'loose';

export interface MountV9fsOptions {
  /** The path of the socket. */
  readonly socket: string;
  readonly cache?: V9fsCache;
  readonly readOnly?: boolean;
  /** Every user may use it, and the kernel checks permission bits; otherwise the user who mounts, alone. */
  readonly allowOther?: boolean;
  /** A descriptor that the program which mounts holds until it ends. */
  readonly hold?: number;
}

export interface MountedV9fs {
  readonly mountpoint: string;
  /** The options of the mount, for people. */
  readonly how: string;
  unmount(): Promise<void>;
}

/** Bytes: the most that the kernel's transport takes, and a server of ours gives. */
const MSIZE = 1_048_576;

/**
 * Whether the running kernel has v9fs; a module of it is loaded if there is one, and this process may do that.
 *
 * @throws FileError that says what to do otherwise.
 */
export async function requireV9fs(place: string): Promise<void> {
  if (process.geteuid?.() !== 0) {
    throw cannotMount(
      'EPERM',
      place,
      "only root may mount with the kernel's client of 9P; ns export fuse needs no root",
    );
  }
  if (hasV9fs()) return;
  const modprobe = findProgram('modprobe');
  if (modprobe !== undefined) await run(modprobe, ['-q', '-a', '9p', '9pnet_fd']);
  if (hasV9fs()) return;
  throw cannotMount(
    'ENODEV',
    place,
    'this kernel has no client of 9P (ns doctor says more); ns export fuse does without',
  );
}

function hasV9fs(): boolean {
  return /^nodev\t9p$/m.test(readFileSync('/proc/filesystems', 'utf8'));
}

/**
 * Mounts on an empty directory. Whoever serves the socket must not touch the mountpoint.
 *
 * @throws FileError that says what to do.
 */
export async function mountV9fs(mountpoint: string, options: MountV9fsOptions): Promise<MountedV9fs> {
  const place = await locate(mountpoint);
  await requireV9fs(place);
  await requireFree(place, 'dir');
  const take = prepareUnmount('mount');
  const { socket, hold } = options;
  const how = optionsOf(options).join(',');
  const mount = findProgram('mount');
  if (mount === undefined) throw cannotMount('ENOENT', place, 'the program mount is not installed');
  const args = ['-i', '-c', '-t', V9FS_TYPE, '-o', how, '--', socket, place];
  const { code, said } = await run(mount, args, { inherit: hold === undefined ? [] : [hold] });
  const entry = mountAt(readMounts(), place);
  if (code !== 0 || entry?.type !== V9FS_TYPE) {
    throw cannotMount(
      'EIO',
      place,
      said.replace(/^mount: /, '').split('\n')[0] || `mount: exit code ${code}`,
    );
  }
  return { mountpoint: place, how, unmount: () => take(entry) };
}

function optionsOf({
  cache = 'none',
  readOnly = false,
  allowOther = false,
}: MountV9fsOptions): readonly string[] {
  return [
    'trans=unix',
    'version=9p2000.L',
    `msize=${MSIZE}`,
    `cache=${cache}`,
    `access=${allowOther ? 'any' : process.geteuid?.()}`,
    'nosuid',
    'nodev',
    ...(readOnly ? ['ro'] : []),
  ];
}
