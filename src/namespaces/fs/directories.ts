/** The calls for directories. */
import { FileError, codeOf, type Entry } from '../../file/index.ts';
import { abandon } from '../../client/fid/reach.ts';
import { checkBoolean, checkInteger, modeOf, optionsOf } from './arguments.ts';
import type { Encoding } from './bytes.ts';
import { Dir, Dirent, entriesOf } from './dirent.ts';
import { nameEncodingOf, type NameOptions } from './links.ts';
import { UMASK, openDirectory, withDirectory } from './open.ts';
import type { MkdirOptions, ModeLike, OpendirOptions, ReaddirOptions } from './options.ts';
import { below, nameAs, pathOf, type PathLike } from './path.ts';
import type { Refusals, Scope } from './scope.ts';

const DIR_MODE = 0o777;
const THERE: Refusals = { dot: 'EEXIST', dotdot: 'EEXIST', root: 'EEXIST' };
const UNREMOVABLE: Refusals = { dot: 'EINVAL', dotdot: 'ENOTEMPTY', root: 'EBUSY' };

/** Undefined; with `recursive` the first directory that was made. */
export async function mkdir(
  scope: Scope,
  path: PathLike,
  options?: MkdirOptions | ModeLike | null,
): Promise<string | undefined> {
  const isMode = typeof options === 'number' || typeof options === 'string';
  const { recursive = false, mode = DIR_MODE } = isMode ? { mode: options } : (options ?? {});
  const name = pathOf(path);
  checkBoolean(recursive, 'options.recursive');
  const perm = modeOf(mode);
  if (recursive) return makeAll(scope, name, perm);
  await make(scope, name, perm);
  return undefined;
}

function make(scope: Scope, path: string, perm: number): Promise<void> {
  return scope.run({ syscall: 'mkdir', path }, (r) =>
    scope.inDir(path, THERE, r, async ({ dir, name }) => {
      await dir.mkdir(name, { mode: perm & ~UMASK & 0o7777 }, r);
    }),
  );
}

async function makeAll(scope: Scope, path: string, perm: number): Promise<string | undefined> {
  let first: string | undefined;
  const todo = [path];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    try {
      await make(scope, next, perm);
      first ??= next;
    } catch (error) {
      const parent = parentOf(next);
      if (codeOf(error) === 'ENOENT' && parent !== undefined) todo.push(next, parent);
      else if (codeOf(error) === 'EEXIST') await mustBeDirectory(scope, next, todo.length > 0);
      else throw error;
    }
  }
  return first;
}

function parentOf(path: string): string | undefined {
  return /^(.*[^/])\/+[^/]+\/*$/.exec(path)?.[1];
}

async function mustBeDirectory(scope: Scope, path: string, isAbove: boolean): Promise<void> {
  await scope.run({ syscall: 'mkdir', path }, async (r) => {
    const { chan, error } = await scope.find(path, true, r);
    if (chan) abandon(chan, r);
    if (chan?.isDir) return;
    throw isAbove ? new FileError('ENOTDIR') : chan ? new FileError('EEXIST') : error;
  });
}

const RANDOM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ATTEMPTS = 16;

/** Six characters, as mkdtemp(3) has them. */
function randomEnd(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(6));
  return [...bytes].map((byte) => RANDOM[byte % RANDOM.length]).join('');
}

export async function mkdtemp(
  scope: Scope,
  prefix: PathLike,
  options?: NameOptions,
): Promise<string | Buffer> {
  const encoding = nameEncodingOf(options);
  const start = pathOf(prefix, 'prefix');
  for (let attempt = 1; ; attempt++) {
    const path = start + randomEnd();
    try {
      await scope.run({ syscall: 'mkdtemp', path }, (r) =>
        scope.inDir(path, THERE, r, async ({ dir, name }) => dir.mkdir(name, { mode: 0o700 }, r)),
      );
      return nameAs(path, encoding);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || attempt === ATTEMPTS) throw error;
    }
  }
}

export async function rmdir(scope: Scope, path: PathLike): Promise<void> {
  const name = pathOf(path);
  await scope.run({ syscall: 'rmdir', path: name }, (r) =>
    scope.inDir(name, UNREMOVABLE, r, async (spot) => spot.dir.unlink(spot.name, 'dir', r)),
  );
}

type Names = readonly (string | Uint8Array | Dirent<string | Uint8Array>)[];

export async function readdir(
  scope: Scope,
  path: PathLike,
  options?: ReaddirOptions | BufferEncoding | 'buffer' | null,
): Promise<Names> {
  const { withFileTypes = false, recursive = false, encoding } = optionsOf<ReaddirOptions>(options);
  const named = nameEncodingOf({ encoding });
  const name = pathOf(path);
  checkBoolean(recursive, 'options.recursive');
  const found = recursive ? await listAll(scope, name, !withFileTypes) : await list(scope, name, '');
  return found.map(({ entry, dir, prefix }) =>
    withFileTypes
      ? new Dirent(nameAs(entry.name, named), dir, entry.type)
      : nameAs(below(prefix, entry.name), named),
  );
}

interface Listed {
  readonly entry: Entry;
  /** The path of the directory, and what of it is below the one that was asked for. */
  readonly dir: string;
  readonly prefix: string;
}

/** In the order of the names, as libuv has it. */
function list(scope: Scope, path: string, prefix: string): Promise<Listed[]> {
  return scope.run({ syscall: 'scandir', path }, (r) =>
    withDirectory(scope, path, r, async (dir) => {
      const all: Listed[] = [];
      for await (const entry of dir.list(0n, r)) all.push({ entry, dir: path, prefix });
      return all.toSorted((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
    }),
  );
}

/** The directories below in Node's order; links to directories are gone into where Node does that. */
async function listAll(scope: Scope, path: string, follow: boolean): Promise<Listed[]> {
  const all: Listed[] = [];
  const todo = [await list(scope, path, '')];
  for (let listed = todo.pop(); listed; listed = todo.pop()) {
    for (const one of listed) {
      all.push(one);
      const at = below(one.dir, one.entry.name);
      if (await leadsToDirectory(scope, one.entry, at, follow))
        todo.push(await list(scope, at, below(one.prefix, one.entry.name)));
    }
  }
  return all;
}

async function leadsToDirectory(
  scope: Scope,
  { type }: Entry,
  path: string,
  follow: boolean,
): Promise<boolean> {
  if (type !== 'symlink' || !follow) return type === 'dir';
  const r = scope.request();
  try {
    return await scope.with(path, true, r, (chan) => chan.isDir);
  } catch {
    return false;
  }
}

export async function opendir(
  scope: Scope,
  path: PathLike,
  options?: OpendirOptions | BufferEncoding | 'buffer' | null,
): Promise<Dir> {
  const { recursive = false, encoding, bufferSize = 32 } = optionsOf<OpendirOptions>(options);
  const named = nameEncodingOf({ encoding });
  checkInteger(bufferSize, 'options.bufferSize', 1, 2 ** 32 - 1);
  const name = pathOf(path);
  const r = scope.request();
  const chan = await scope.run({ syscall: 'opendir', path: name }, () => openDirectory(scope, name, r));
  const entries = entriesOf(chan, r, name);
  return new Dir(name, {
    entries: direntsOf(scope, entries, name, named, recursive),
    close: async () => abandon(chan, r),
  });
}

async function* direntsOf(
  scope: Scope,
  entries: AsyncIterable<Entry>,
  path: string,
  named: Encoding | undefined,
  recursive: boolean,
): AsyncGenerator<Dirent<string | Uint8Array>, void> {
  for await (const { name, type } of entries) {
    yield new Dirent(nameAs(name, named), path, type);
    if (!recursive || type !== 'dir') continue;
    for (const { entry, dir } of await listAll(scope, below(path, name), false))
      yield new Dirent(nameAs(entry.name, named), dir, entry.type);
  }
}
