/** From a Chan to another by a path, and to an open one. Whoever gets a Chan closes it. */
import { FileError, codeOf, type Chan, type OpenMode, type Request } from '../../file/index.ts';
import { splitPath } from '../path.ts';

/** The file at a path: from `from`, or from its root if the path begins with '/'. */
export async function reach(from: Chan, path: string, r: Request): Promise<Chan> {
  const names = [...(path.startsWith('/') ? upFrom(from) : []), ...splitPath(path)];
  if (names.length === 0) return from.clone();
  const { chan, error } = await from.walk(names, r);
  if (!chan) throw error;
  return chan;
}

/** The way to the root, which takes no messages: a Chan knows the files that it came through. */
function upFrom(from: Chan): readonly string[] {
  return splitPath(from.path).map(() => '..');
}

/** The directory of the file at a path, and its name there. */
export async function reachParent(
  from: Chan,
  path: string,
  r: Request,
): Promise<{ readonly dir: Chan; readonly name: string }> {
  const names = splitPath(path);
  const name = names.at(-1);
  if (name === undefined || name === '..') throw new FileError('EINVAL', 'the path does not end in a name');
  const dir = names.slice(0, -1).join('/');
  return { dir: await reach(from, path.startsWith('/') ? `/${dir}` : dir, r), name };
}

/** The file at a path, open. */
export async function openAt(from: Chan, path: string, mode: OpenMode, r: Request): Promise<Chan> {
  const chan = await reach(from, path, r);
  return orAbandon(chan, r, () => chan.open(mode, r));
}

/** A new file at a path, open. */
export async function createAt(
  from: Chan,
  path: string,
  perm: number,
  mode: OpenMode,
  r: Request,
): Promise<Chan> {
  const { dir, name } = await reachParent(from, path, r);
  return orAbandon(dir, r, () => dir.create(name, { mode: perm }, mode, r));
}

/** The file at a path, open; made if it is not there. */
export async function openOrCreate(
  from: Chan,
  path: string,
  perm: number,
  mode: OpenMode,
  r: Request,
): Promise<Chan> {
  try {
    return await openAt(from, path, mode, r);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  try {
    return await createAt(from, path, perm, mode, r);
  } catch (error) {
    // Somebody else was quicker.
    if (codeOf(error) !== 'EEXIST') throw error;
    return openAt(from, path, mode, r);
  }
}

/** The directory at a path; what is missing of it is made. */
export async function makeDirs(from: Chan, path: string, perm: number, r: Request): Promise<void> {
  let dir = await reach(from, path.startsWith('/') ? '/' : '', r);
  try {
    for (const name of splitPath(path)) {
      const next = await enter(dir, name, perm, r);
      abandon(dir, r);
      dir = next;
    }
    if (!dir.isDir) throw new FileError('ENOTDIR');
  } finally {
    abandon(dir, r);
  }
}

async function enter(dir: Chan, name: string, perm: number, r: Request): Promise<Chan> {
  const before = await dir.walk([name], r);
  if (before.chan) return before.chan;
  if (codeOf(before.error) !== 'ENOENT') throw before.error;
  try {
    await dir.mkdir(name, { mode: perm }, r);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const { chan, error } = await dir.walk([name], r);
  if (!chan) throw error;
  return chan;
}

/** Closes a Chan whose end is of no interest: what was read was read. Nobody waits for it. */
export function abandon(chan: Chan, r: Request): void {
  const close = async (): Promise<void> => chan.close('clunk', r);
  close().catch(() => undefined);
}

async function orAbandon(chan: Chan, r: Request, work: () => unknown): Promise<Chan> {
  try {
    await work();
    return chan;
  } catch (error) {
    abandon(chan, r);
    throw error;
  }
}
