/** The calls that deal with names: links, renaming, unlinking. */
import { FileError, type Chan, type Request } from '../../file/index.ts';
import { encodingOf } from './bytes.ts';
import type { Deed } from './errors.ts';
import type { EncodingOptions } from './options.ts';
import { optionsOf } from './arguments.ts';
import { nameAs, pathOf, type PathLike } from './path.ts';
import { closing, type Refusals, type Scope, type Spot } from './scope.ts';

const LINK_MODE = 0o777;

const THERE: Refusals = { dot: 'EEXIST', dotdot: 'EEXIST', root: 'EEXIST' };
const BUSY: Refusals = { dot: 'EBUSY', dotdot: 'EBUSY', root: 'EBUSY' };
const DIRECTORY: Refusals = { dot: 'EISDIR', dotdot: 'EISDIR', root: 'EISDIR' };

export type NameOptions = EncodingOptions | BufferEncoding | 'buffer' | null;

/** What stands at the spot; a link is not followed. */
async function look<T>({ dir, name }: Spot, r: Request, work: (chan: Chan) => T): Promise<T> {
  const { chan, error } = await dir.walk([name], r);
  if (!chan) throw error;
  return closing(chan, r, () => work(chan));
}

const isDir = (spot: Spot, r: Request): Promise<boolean> => look(spot, r, (chan) => chan.isDir);

export async function unlink(scope: Scope, path: PathLike): Promise<void> {
  const name = pathOf(path);
  await scope.run({ syscall: 'unlink', path: name }, (r) =>
    scope.inDir(name, DIRECTORY, r, async (spot) => {
      if (spot.directory) throw new FileError((await isDir(spot, r)) ? 'EISDIR' : 'ENOTDIR');
      await spot.dir.unlink(spot.name, 'file', r);
    }),
  );
}

export async function rename(scope: Scope, from: PathLike, to: PathLike): Promise<void> {
  const path = pathOf(from, 'oldPath');
  const dest = pathOf(to, 'newPath');
  await scope.run({ syscall: 'rename', path, dest }, (r) =>
    scope.inDir(path, BUSY, r, (here) =>
      scope.inDir(dest, BUSY, r, async (there) => {
        const mustBeDir = here.directory || there.directory;
        if (mustBeDir && !(await isDir(here, r))) throw new FileError('ENOTDIR');
        await here.dir.rename(here.name, there.dir, there.name, true, r);
      }),
    ),
  );
}

/** A name that is to be made: it is none if the path says that it is a directory's. */
async function makeName(
  scope: Scope,
  path: string,
  r: Request,
  make: (spot: Spot) => Promise<unknown>,
): Promise<void> {
  await scope.inDir(path, THERE, r, async (spot) => {
    if (spot.directory) {
      await isDir(spot, r);
      throw new FileError('EEXIST');
    }
    await make(spot);
  });
}

export async function symlink(scope: Scope, target: PathLike, path: PathLike): Promise<void> {
  const deed: Deed = { syscall: 'symlink', path: pathOf(target, 'target'), dest: pathOf(path) };
  await scope.run(deed, async (r) => {
    if (deed.path === '') throw new FileError('ENOENT');
    await makeName(scope, deed.dest!, r, async ({ dir, name }) =>
      dir.symlink(name, deed.path!, { mode: LINK_MODE }, r),
    );
  });
}

export async function link(scope: Scope, existing: PathLike, path: PathLike): Promise<void> {
  const from = pathOf(existing, 'existingPath');
  const dest = pathOf(path, 'newPath');
  await scope.run({ syscall: 'link', path: from, dest }, (r) =>
    scope.with(from, false, r, (target) =>
      makeName(scope, dest, r, async ({ dir, name }) => dir.link(name, target, r)),
    ),
  );
}

export async function readlink(
  scope: Scope,
  path: PathLike,
  options?: NameOptions,
): Promise<string | Buffer> {
  const encoding = nameEncodingOf(options);
  const name = pathOf(path);
  const target = await scope.run({ syscall: 'readlink', path: name }, (r) =>
    scope.with(name, false, r, (chan) => chan.readlink(r)),
  );
  return nameAs(target, encoding);
}

export async function realpath(
  scope: Scope,
  path: PathLike,
  options?: NameOptions,
): Promise<string | Buffer> {
  const encoding = nameEncodingOf(options);
  const name = pathOf(path);
  const real = await scope.run({ syscall: 'realpath', path: name }, (r) =>
    scope.with(name, true, r, (chan) => chan.path),
  );
  return nameAs(real, encoding);
}

/** Names are text unless something else is asked for. */
export function nameEncodingOf(options: NameOptions | undefined): BufferEncoding | undefined {
  const { encoding } = optionsOf<EncodingOptions>(options);
  return encoding === undefined || encoding === null ? 'utf8' : encodingOf(encoding);
}
