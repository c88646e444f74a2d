/** The Linux that the guest runs: the newest of this machine's that has 9P, and its modules. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Kernel {
  readonly release: string;
  readonly image: string;
}

/** A module in the order of loading, uncompressed. */
export interface Module {
  readonly name: string;
  readonly content: Buffer;
}

const NEEDED = ['virtio_pci', 'virtio_net', '9pnet_fd', '9pnet_virtio', '9p'];

/** `undefined` where no kernel in /boot has a module `9p` (Debian's cloud kernel does not). */
export function findKernel(): Kernel | undefined {
  const boot = existsSync('/boot') ? readdirSync('/boot') : [];
  const releases = boot
    .filter((name) => name.startsWith('vmlinuz-'))
    .map((name) => name.slice('vmlinuz-'.length));
  const newestFirst = releases.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const release = newestFirst.find((candidate) => pathOf('9p', dependencies(candidate)) !== undefined);
  return release === undefined ? undefined : { release, image: join('/boot', `vmlinuz-${release}`) };
}

/** What mounting over TCP and virtio needs, each module after those that it needs. Built-in ones are left out. */
export function modulesOf(kernel: Kernel): readonly Module[] {
  const all = dependencies(kernel.release);
  const ordered = new Set<string>();
  const visit = (path: string): void => {
    for (const needed of all.get(path) ?? []) visit(needed);
    ordered.add(path);
  };
  for (const name of NEEDED) {
    const path = pathOf(name, all);
    if (path !== undefined) visit(path);
  }
  return [...ordered].map((path) => ({
    name: moduleName(path),
    content: load(join(directoryOf(kernel.release), path)),
  }));
}

/** modules.dep: `path: path path …`, relative to the directory of the release. */
function dependencies(release: string): ReadonlyMap<string, readonly string[]> {
  const file = join(directoryOf(release), 'modules.dep');
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, 'utf8').split('\n');
  return new Map(
    lines.map((line): [string, string[]] => {
      const [path = '', needed = ''] = line.split(':');
      return [path, needed.split(' ').filter((word) => word !== '')];
    }),
  );
}

function directoryOf(release: string): string {
  return join('/lib/modules', release);
}

function pathOf(name: string, all: ReadonlyMap<string, readonly string[]>): string | undefined {
  return [...all.keys()].find((path) => moduleName(path) === name);
}

function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}

/** Debian 13 and others compress their modules; node:zlib knows neither format. */
function load(path: string): Buffer {
  const limits = { maxBuffer: 64 * 1024 * 1024 };
  if (path.endsWith('.xz')) return execFileSync('xz', ['-dc', path], limits);
  if (path.endsWith('.zst')) return execFileSync('zstd', ['-dcq', path], limits);
  return readFileSync(path);
}
