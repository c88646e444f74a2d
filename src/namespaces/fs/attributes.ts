/** The calls for what is known of a file, and for changing it. */
import {
  FileError,
  isSuperuser,
  permitted,
  timeOf,
  type Attr,
  type Change,
  type User,
} from '../../file/index.ts';
import { accountOf, checkBits, invalid, modeOf, momentOf, unavailable } from './arguments.ts';
import { constants } from './constants.ts';
import type { Deed } from './errors.ts';
import type { ModeLike, StatOptions, TimeLike } from './options.ts';
import { pathOf, type PathLike } from './path.ts';
import type { Scope } from './scope.ts';
import { BigIntStats, StatFs, Stats, factsOf } from './stats.ts';

/** Whether a last link is followed: `stat` does, `lstat` does not. */
export async function stat(
  scope: Scope,
  path: PathLike,
  { bigint = false }: StatOptions = {},
  follow = true,
): Promise<Stats | BigIntStats> {
  const name = pathOf(path);
  const deed: Deed = { syscall: follow ? 'stat' : 'lstat', path: name };
  const facts = await scope.run(deed, (r) =>
    scope.with(name, follow, r, async (chan) => factsOf(chan, await chan.attr(r), scope.user)),
  );
  return bigint ? new BigIntStats(facts) : new Stats(facts);
}

export async function access(scope: Scope, path: PathLike, mode?: number): Promise<void> {
  const name = pathOf(path);
  const need = accessModeOf(mode);
  await scope.run({ syscall: 'access', path: name }, (r) =>
    scope.with(name, true, r, async (chan) => {
      if (need !== constants.F_OK && !mayAccess(scope.user, await chan.attr(r), need))
        throw new FileError('EACCES');
    }),
  );
}

function accessModeOf(mode: unknown): number {
  if (mode === undefined || mode === null) return constants.F_OK;
  if (typeof mode !== 'number' || !Number.isInteger(mode))
    throw invalid('ERR_INVALID_ARG_TYPE', 'mode must be int32 or null/undefined');
  return checkBits(mode);
}

/** Uid 0 may do everything, except execute what nobody may execute (access(2)). */
function mayAccess(user: User, attr: Attr, need: number): boolean {
  const inert = attr.type !== 'dir' && (attr.mode & 0o111) === 0;
  if (isSuperuser(user) && (need & constants.X_OK) !== 0 && inert) return false;
  return permitted(user, attr, need);
}

export async function statfs(
  scope: Scope,
  path: PathLike,
  { bigint = false }: StatOptions = {},
): Promise<StatFs> {
  const name = pathOf(path);
  const figures = await scope.run({ syscall: 'statfs', path: name }, (r) =>
    scope.with(name, true, r, (chan) => chan.statfs(r)),
  );
  return bigint ? new StatFs(figures, BigInt) : new StatFs(figures, Number);
}

function change(scope: Scope, path: string, syscall: string, wish: Change, follow: boolean): Promise<void> {
  return scope.run({ syscall, path }, (r) => scope.with(path, follow, r, (chan) => chan.change(wish, r)));
}

export async function chmod(scope: Scope, path: PathLike, mode: ModeLike): Promise<void> {
  await change(scope, pathOf(path), 'chmod', { mode: modeOf(mode) & 0o7777 }, true);
}

export async function lchmod(): Promise<never> {
  throw unavailable('ERR_METHOD_NOT_IMPLEMENTED', 'The lchmod() method is not implemented');
}

export async function chown(
  scope: Scope,
  path: PathLike,
  uid: number,
  gid: number,
  follow = true,
): Promise<void> {
  const name = pathOf(path);
  const wish = { uid: accountOf(uid, 'uid'), gid: accountOf(gid, 'gid') };
  await change(scope, name, follow ? 'chown' : 'lchown', wish, follow);
}

export async function utimes(
  scope: Scope,
  path: PathLike,
  atime: TimeLike,
  mtime: TimeLike,
  follow = true,
): Promise<void> {
  const name = pathOf(path);
  const wish = { atime: timeOf(momentOf(atime)), mtime: timeOf(momentOf(mtime)) };
  await change(scope, name, follow ? 'utime' : 'lutime', wish, follow);
}
