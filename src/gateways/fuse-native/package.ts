/** The npm package fuse-native, a binding of libfuse 2: optional, and loaded when somebody asks for it. */
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { FileError, codeOf } from '../../file/index.ts';
import { cannotMount } from '../mounting/index.ts';

/** The release whose inner methods are replaced below; there has been none since 2020. */
const VERSION = '2.2.6';

/** Answers libfuse: a result below 0 is an error's number, negated. */
export type Reply = (result: number, value?: unknown) => void;

/** What libfuse asks, by name: the arguments of its function in fuse.h, and a {@link Reply}. */
export type Operations = Readonly<Record<string, (...asked: never[]) => void>>;

type Done = (error?: Error | null) => void;

interface FuseNative {
  mount(done: Done): void;
  unmount(done: Done): void;
}

interface Package {
  new (mountpoint: string, operations: Operations, options: { readonly timeout: false }): FuseNative;
  unmount: (mountpoint: string, done: Done) => void;
}

/** Gives libfuse a result, and its buffer back. */
type Signal = (result: number, room: ArrayBufferLike) => void;

type GetXattr = (path: string, name: string, position: number, reply: Reply) => void;
type ListXattr = (path: string, reply: Reply) => void;

/**
 * Mounts, and resolves when libfuse has agreed with the kernel. What it gives is to be called when nothing is mounted any more:
 * until then the package keeps this process alive.
 *
 * @param options Of mount(8), and those of libfuse 2, of which the package knows some only.
 * @throws FileError that says what to install, or that libfuse could not mount: it says why on standard error.
 */
export async function mountWithPackage(
  mountpoint: string,
  operations: Operations,
  options: readonly string[],
): Promise<() => void> {
  const Fuse = loadPackage();
  // Its own way is a line for a shell, in which a path's `$` would mean something.
  Fuse.unmount = (_, done) => done();
  const fuse = new Fuse(mountpoint, operations, { timeout: false });
  Object.assign(fuse, { _fuseOptions: () => `-o${options.join(',')}`, ...withRoom(operations) });
  await new Promise<void>((resolve, reject) => {
    fuse.mount((error) => (error ? reject(failure(mountpoint, error)) : resolve()));
  });
  return () => fuse.unmount(() => undefined);
}

function failure(mountpoint: string, cause: Error): FileError {
  return cannotMount('EIO', mountpoint, 'libfuse could not; why, it has said on standard error', cause);
}

function loadPackage(): Package {
  try {
    return createRequire(import.meta.url)('fuse-native') as Package;
  } catch (error) {
    throw new FileError('EOPNOTSUPP', `the back-end fuse-native ${lackOf(error)}`, { cause: error });
  }
}

function lackOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'MODULE_NOT_FOUND':
      return `needs an npm package: npm install fuse-native@${VERSION}`;
    case 'ERR_DLOPEN_FAILED':
      return `needs libfuse 2 (apt install libfuse2): ${firstLine(error)}`;
    default:
      return `cannot be loaded; its binaries are for x64 machines: ${firstLine(error)}`;
  }
}

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0];

/** The package gives libfuse the length of an attribute that has no room: bytes of whatever is behind it would follow. */
function withRoom(operations: Operations) {
  const { getxattr, listxattr } = operations as { getxattr: GetXattr; listxattr: ListXattr };
  return {
    _op_getxattr: (signal: Signal, path: string, name: string, room: Uint8Array, position: number): void =>
      getxattr(path, name, position, fill(signal, room)),
    _op_listxattr: (signal: Signal, path: string, room: Uint8Array): void =>
      listxattr(path, fill(signal, room)),
  };
}

const fill =
  (signal: Signal, room: Uint8Array): Reply =>
  (errno, value) => {
    const bytes = value as Uint8Array | undefined;
    if (!bytes) return signal(errno, room.buffer);
    if (room.length > 0 && bytes.length > room.length) return signal(-constants.errno.ERANGE, room.buffer);
    if (room.length > 0) room.set(bytes);
    signal(bytes.length, room.buffer);
  };
