/** Opening by a path and Linux's flags: 9P opens what is there and creates what is not, in two different messages. */
import { FileError, READ, codeOf, type Chan, type Request } from '../../file/index.ts';
import { abandon } from '../../client/fid/reach.ts';
import type { OpenFlags } from './flags.ts';
import { parsePath } from './path.ts';
import { closing, type Scope } from './scope.ts';

/** Times that somebody else may make or remove the file between a look and the deed. */
const ATTEMPTS = 8;

/** What a new file gets of the bits that were asked for: there is no umask in 9P, and this is the usual one. */
export const UMASK = 0o022;

export async function openAt(
  scope: Scope,
  path: string,
  flags: OpenFlags,
  perm: number,
  r: Request,
): Promise<Chan> {
  if (flags.create) checkEnding(path);
  for (let attempt = 1; ; attempt++) {
    try {
      return await openOrCreate(scope, path, flags, perm, r);
    } catch (error) {
      const raced = flags.create && !flags.exclusive && codeOf(error) === 'EEXIST';
      if (!raced || attempt === ATTEMPTS) throw error;
    }
  }
}

function checkEnding(path: string): void {
  if (path !== '' && parsePath(path, '/').ending !== 'name') throw new FileError('EISDIR');
}

async function openOrCreate(
  scope: Scope,
  path: string,
  flags: OpenFlags,
  perm: number,
  r: Request,
): Promise<Chan> {
  const way = await scope.find(path, flags.follow, r);
  if (way.chan) return openFound(way.chan, flags, r);
  if (!flags.create || !way.lacksLast) throw way.error;
  const { dir, name } = await scope.parentOf(way, r);
  return orClose(dir, r, () => dir.create(name, { mode: perm & ~UMASK & 0o7777 }, flags.mode, r));
}

function openFound(chan: Chan, flags: OpenFlags, r: Request): Promise<Chan> {
  return orClose(chan, r, () => {
    if (flags.exclusive) throw new FileError('EEXIST');
    if ((chan.qid.type & 0x02) !== 0) throw new FileError('ELOOP');
    if (flags.directory && !chan.isDir) throw new FileError('ENOTDIR');
    if (flags.create && chan.isDir) throw new FileError('EISDIR');
    return chan.open(flags.mode, r);
  });
}

/** The Chan, open; or closed, and the error. */
async function orClose(chan: Chan, r: Request, work: () => unknown): Promise<Chan> {
  try {
    await work();
    return chan;
  } catch (error) {
    abandon(chan, r);
    throw error;
  }
}

/** Work with a directory that is opened for it. */
export async function withDirectory<T>(
  scope: Scope,
  path: string,
  r: Request,
  work: (dir: Chan) => Promise<T>,
): Promise<T> {
  const dir = await openDirectory(scope, path, r);
  return closing(dir, r, () => work(dir));
}

export async function openDirectory(scope: Scope, path: string, r: Request): Promise<Chan> {
  const chan = await scope.reach(path, true, r);
  return orClose(chan, r, () => {
    if (!chan.isDir) throw new FileError('ENOTDIR');
    return chan.open(READ, r);
  });
}
