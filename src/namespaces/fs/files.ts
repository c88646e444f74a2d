/** The calls for the content of a file. */
import { FileError, sameFile, type Chan, type Request } from '../../file/index.ts';
import { committing, writePieces } from '../../client/fid/write.ts';
import { readPieces } from '../../client/fid/read.ts';
import { abandon } from '../../client/fid/reach.ts';
import { checkBits, checkInteger, checkSignal, modeOf, optionsOf } from './arguments.ts';
import { encodingOf, textOf } from './bytes.ts';
import { constants } from './constants.ts';
import { READ_AHEAD, checkData, readContent, writeContent, type Data } from './content.ts';
import { flagsOf } from './flags.ts';
import { FileHandle } from './handle.ts';
import { openAt } from './open.ts';
import type { ModeLike, ReadFileOptions, WriteFileOptions } from './options.ts';
import { pathOf, type PathLike } from './path.ts';
import { closing, type Scope } from './scope.ts';

const FILE_MODE = 0o666;

export async function open(
  scope: Scope,
  path: PathLike,
  flags?: string | number,
  mode?: ModeLike | null,
): Promise<FileHandle> {
  const name = pathOf(path);
  const parsed = flagsOf(flags);
  const perm = modeOf(mode, FILE_MODE);
  const chan = await scope.run({ syscall: 'open', path: name }, (r) => openAt(scope, name, parsed, perm, r));
  return new FileHandle(scope, chan, parsed.sync);
}

export async function readFile(
  scope: Scope,
  file: PathLike | FileHandle,
  options?: ReadFileOptions | BufferEncoding | null,
): Promise<string | Buffer> {
  if (file instanceof FileHandle) return file.readFile(options);
  const given = optionsOf(options);
  const encoding = encodingOf(given.encoding);
  const signal = checkSignal(given.signal);
  const chan = await opened(scope, file, { flag: given.flag, signal });
  const bytes = await closing(chan, scope.request(), () => readContent(scope, chan, 0, signal));
  return encoding === undefined ? bytes : textOf(bytes, encoding);
}

export async function writeFile(
  scope: Scope,
  file: PathLike | FileHandle,
  data: Data,
  options?: WriteFileOptions | BufferEncoding | null,
  flag = 'w',
): Promise<void> {
  if (file instanceof FileHandle) return file.writeFile(data, options);
  const given = optionsOf(options);
  const encoding = encodingOf(given.encoding);
  const signal = checkSignal(given.signal);
  checkData(data);
  const chan = await opened(scope, file, { flag: given.flag ?? flag, mode: given.mode, signal });
  try {
    await writeContent(scope, chan, 0, data, { encoding, signal });
  } catch (error) {
    abandon(chan, scope.request());
    throw error;
  }
  await scope.run({ syscall: 'close' }, (r) => chan.close('clunk', r));
}

export function appendFile(
  scope: Scope,
  file: PathLike | FileHandle,
  data: Data,
  options?: WriteFileOptions | BufferEncoding | null,
): Promise<void> {
  return writeFile(scope, file, data, options, 'a');
}

export async function truncate(scope: Scope, path: PathLike, length: number = 0): Promise<void> {
  const name = pathOf(path);
  checkInteger(length, 'len');
  const chan = await opened(scope, name, { flag: 'r+' });
  await closing(chan, scope.request(), () =>
    scope.run({ syscall: 'ftruncate' }, (r) => chan.change({ size: Math.max(length, 0) }, r)),
  );
}

export async function copyFile(
  scope: Scope,
  source: PathLike,
  destination: PathLike,
  mode: number = 0,
): Promise<void> {
  const path = pathOf(source, 'src');
  const dest = pathOf(destination, 'dest');
  checkBits(mode);
  await scope.run({ syscall: 'copyfile', path, dest }, async (r) => {
    // A copy that shares its blocks is one that the far side would have to make.
    if ((mode & constants.COPYFILE_FICLONE_FORCE) !== 0) throw new FileError('EOPNOTSUPP');
    const from = await openAt(scope, path, flagsOf('r'), 0, r);
    const exclusive = (mode & constants.COPYFILE_EXCL) !== 0;
    await closing(from, r, () => copyTo(scope, from, dest, exclusive, r));
  });
}

/** The copy has the permissions of the original, and a file is not copied onto itself. */
async function copyTo(scope: Scope, from: Chan, path: string, exclusive: boolean, r: Request): Promise<void> {
  if (from.isDir) throw new FileError('EISDIR');
  const { mode } = await from.attr(r);
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  const flags = flagsOf(O_WRONLY | O_CREAT | (exclusive ? O_EXCL : 0));
  const to = await openAt(scope, path, flags, mode, r);
  await committing(to, r, async () => {
    if (sameFile(from.file, to.file)) return;
    const before = await to.attr(r);
    if (before.size > 0) await to.change({ size: 0 }, r);
    await writePieces(to, readPieces(from, r, 0, READ_AHEAD), 0, r);
    if (before.mode !== mode) await to.change({ mode }, r);
  });
}

interface Opening {
  readonly flag?: string | number;
  readonly mode?: ModeLike;
  readonly signal?: AbortSignal;
}

async function opened(scope: Scope, file: PathLike, { flag, mode, signal }: Opening): Promise<Chan> {
  const path = pathOf(file);
  const flags = flagsOf(flag);
  const perm = modeOf(mode, FILE_MODE);
  const open = (r: Request) => openAt(scope, path, flags, perm, r);
  return scope.run({ syscall: 'open', path }, open, signal, (chan) => abandon(chan, scope.request()));
}
