/**
 * Trees as file systems by libfuse 2 and the npm package fuse-native: the fallback for where `gateways/fuse` cannot be used. It
 * is slower and does less; docs/dependencies.md says what.
 *
 * @module
 */
import { realpath } from 'node:fs/promises';
import { Chan, type File } from '../../file/index.ts';
import { Caching } from '../fuse/caching.ts';
import { settingsOf, type FuseOptions, type Settings } from '../fuse/options.ts';
import { cannotMount, locate, requireFree } from '../mounting/index.ts';
import { isLinux, prepare, type NativeMount } from './mounted.ts';
import { operationsOf } from './operations.ts';
import { mountWithPackage } from './package.ts';
import { Tree } from './tree.ts';

export type { NativeMount } from './mounted.ts';

export interface FuseNativeOptions extends FuseOptions {
  /** What is shown as the device. */
  readonly name: string;
}

/**
 * Mounts a tree on an empty directory and serves it. The tree stays the caller's. Nothing in this process may touch the
 * mount, so it is best served by a process of its own.
 *
 * @throws FileError that says what to do: EOPNOTSUPP where the package or libfuse 2 is missing.
 */
export async function mountFuseNative(
  root: File,
  mountpoint: string,
  options: FuseNativeOptions,
): Promise<NativeMount> {
  const settings = settingsOf(options);
  const place = await (isLinux ? locate(mountpoint) : realpath(mountpoint));
  const wishes = await mountOptions(root, place, options, settings);
  if (isLinux) await requireFree(place, 'dir');
  // Its programs are found while nothing is mounted yet.
  const mounted = prepare(place);
  const tree = new Tree(root, settings);
  const release = await mountWithPackage(place, operationsOf(tree, settings), wishes);
  const mount = mounted();
  void mount.closed().then(() => {
    release();
    return tree.close({ user: settings.user, aname: '', signal: new AbortController().signal });
  });
  return mount;
}

/** Content goes past the page cache always: what size synthetic files have is not known, and the package cannot say it of single files. */
async function mountOptions(
  root: File,
  place: string,
  { name, readOnly, allowOther }: FuseNativeOptions,
  { user, cache }: Settings,
): Promise<readonly string[]> {
  const attr = await Chan.attach(root, { borrowed: true }).attr({
    user,
    aname: '',
    signal: new AbortController().signal,
  });
  if (attr.type !== 'dir') {
    throw cannotMount(
      'ENOTDIR',
      place,
      'what is exported is a file, and fuse-native mounts directories only',
    );
  }
  const caching = new Caching(cache);
  const seconds = caching.attr(attr);
  return [
    'direct_io',
    `attr_timeout=${seconds}`,
    `entry_timeout=${seconds}`,
    `negative_timeout=${caching.absence(attr.nature)}`,
    ...(readOnly ? ['ro'] : []),
    ...(allowOther ? ['allow_other', 'default_permissions'] : []),
    ...(isLinux ? ['big_writes', 'subtype=nines'] : []),
    `fsname=${(name || 'nines').replaceAll(/[\\,]/g, '\\$&')}`,
  ];
}
