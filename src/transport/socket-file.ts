/**
 * The name of a listening Unix socket. A socket is bound in a private directory, given its mode there, and only then
 * linked to its name: so it is never seen with another mode, never before it listens, and never in place of one that
 * lives. (A umask set around bind(2) would do for the mode, but it is the whole process's, and would be that of
 * files which other threads create at that moment.)
 */
import { lstatSync, unlinkSync, type Stats } from 'node:fs';
import { chmod, link, lstat, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { cannotListen, errorCode, TransportError } from './errors.ts';

/** What fits into `sun_path` of unix(7), without the zero byte at its end. */
const MAX_PATH = 107;
/** Of the directory: with the private directory and the name in it, `/.ns-XXXXXX/s`, it must fit too. */
const MAX_DIRECTORY = MAX_PATH - '/.ns-XXXXXX/s'.length;

/** A place where a socket can be bound, before its name is taken. */
export interface SocketFile {
  /** Where to bind. */
  readonly path: string;
  /** Gives it its mode and its name; what it returns takes the name away again. */
  publish(mode: number): Promise<() => void>;
  /** Removes what is left of the private directory. */
  tidy(): Promise<void>;
}

/** @throws TransportError `ENAMETOOLONG`: longer paths do not fit into a socket's address. */
export function requirePathLength(path: string, address: string): void {
  const length = Buffer.byteLength(path);
  if (length > MAX_PATH)
    throw tooLong(address, `its path has ${length} bytes, and a socket's at most ${MAX_PATH}`);
  if (path === '')
    throw new TransportError('EINVAL', `${address} names no socket: expected 'unix:///path'`, address);
}

/** Finds or makes the directory, and in it the place to bind. */
export async function prepareSocket(path: string, address: string, insecure: boolean): Promise<SocketFile> {
  const directory = dirname(path);
  const length = Buffer.byteLength(directory);
  if (length > MAX_DIRECTORY) {
    throw tooLong(address, `its directory has ${length} bytes, and to listen it may have ${MAX_DIRECTORY}`);
  }
  await requireDirectory(directory, address, insecure);
  const nursery = await mkdtemp(join(directory, '.ns-')).catch((error: unknown) => {
    throw cannotListen(address, error, {
      EACCES: `permission denied in ${directory}; choose a directory of your own`,
    });
  });
  const bound = join(nursery, 's');
  return {
    path: bound,
    async publish(mode) {
      await chmod(bound, mode);
      await takeName(bound, path, address);
      const own = await lstat(bound);
      // By then another server may have the name.
      return () => removeIf(path, (found) => sameFile(found, own));
    },
    tidy: () => rm(nursery, { recursive: true, force: true }),
  };
}

async function requireDirectory(directory: string, address: string, insecure: boolean): Promise<void> {
  try {
    const { mode } = await stat(directory);
    const open = (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
    if (!open || insecure) return;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw cannotListen(address, error);
    return makeDirectory(directory, address);
  }
  const text = `will not listen on ${address}: anyone may replace files in ${directory}; run chmod o-w on it`;
  throw new TransportError('EPERM', `${text}, or choose another`, address);
}

/** One level: a longer path that is missing is more likely a mistake. */
async function makeDirectory(directory: string, address: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    const hints = {
      ENOENT: `the directory ${directory} does not exist, nor does the one that it would be in; make it first`,
      EACCES: `the directory ${directory} does not exist, and cannot be made: permission denied`,
    };
    throw cannotListen(address, error, hints);
  }
}

/** Links the bound socket to its name; a stale socket there makes way. */
async function takeName(bound: string, path: string, address: string): Promise<void> {
  for (let tries = 0; tries < 5; tries++) {
    try {
      return await link(bound, path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw cannotListen(address, error);
    }
    const stale = await requireStale(path, address);
    // Looked at once more right before: while we tried to connect, another server may have taken the place.
    if (stale) removeIf(path, (found) => sameFile(found, stale) && found.ctimeMs === stale.ctimeMs);
  }
  throw inUse(address);
}

/**
 * A socket that nobody listens on; undefined where there is nothing any more.
 *
 * @throws TransportError `EADDRINUSE` for a socket that somebody listens on, `EEXIST` for what is no socket.
 */
async function requireStale(path: string, address: string): Promise<Stats | undefined> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (!found.isSocket()) {
    const text = `cannot listen on ${address}: a file that is no socket has this name; remove it, or choose another`;
    throw new TransportError('EEXIST', text, address);
  }
  if (!(await refusesConnections(path))) throw inUse(address);
  return found;
}

/** Anything but a refusal (a full queue, no permission) may be a living server. */
function refusesConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path });
    const answer = (stale: boolean): void => {
      socket.destroy();
      resolve(stale);
    };
    socket.once('connect', () => answer(false));
    socket.once('error', (error) =>
      answer(errorCode(error) === 'ECONNREFUSED' || errorCode(error) === 'ENOENT'),
    );
  });
}

/** What cannot be removed stays: it is stale, or will be. */
function removeIf(path: string, condition: (found: Stats) => boolean): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || !condition(found)) return;
  try {
    unlinkSync(path);
  } catch {
    // Of another user, in a sticky directory.
  }
}

function sameFile(one: Stats, two: Stats): boolean {
  return one.ino === two.ino && one.dev === two.dev;
}

function inUse(address: string): TransportError {
  const text = `cannot listen on ${address}: another server listens there; stop it, or choose another path`;
  return new TransportError('EADDRINUSE', text, address);
}

function tooLong(address: string, what: string): TransportError {
  return new TransportError('ENAMETOOLONG', `cannot use ${address}: ${what}; choose a shorter one`, address);
}
