/** `rm`: a file, or a directory with all that is below it. */
import { removeTree } from '../../client/fid/remove.ts';
import { codeOf } from '../../file/index.ts';
import { checkBoolean, checkInteger } from './arguments.ts';
import { decided } from './errors.ts';
import type { RmOptions } from './options.ts';
import { pathOf, type PathLike } from './path.ts';
import type { Refusals, Scope } from './scope.ts';

const UNREMOVABLE: Refusals = { dot: 'EINVAL', dotdot: 'ENOTEMPTY', root: 'EBUSY' };
const UINT32_MAX = 2 ** 32 - 1;
/** What may be over soon. */
const PASSING = ['EBUSY', 'EMFILE', 'ENFILE', 'ENOTEMPTY', 'EPERM'];

export async function rm(scope: Scope, path: PathLike, options: RmOptions = {}): Promise<void> {
  const { force = false, recursive = false, maxRetries = 0, retryDelay = 100 } = options;
  const name = pathOf(path);
  checkBoolean(force, 'options.force');
  checkBoolean(recursive, 'options.recursive');
  checkInteger(maxRetries, 'options.maxRetries', 0, UINT32_MAX);
  checkInteger(retryDelay, 'options.retryDelay', 0, UINT32_MAX);
  const isDir = await isDirectory(scope, name, force);
  if (isDir === undefined) return;
  if (isDir && !recursive)
    throw decided('ERR_FS_EISDIR', { syscall: 'rm', path: name, code: 'EISDIR', message: 'is a directory' });
  await patiently(maxRetries, retryDelay, () => remove(scope, name, isDir));
}

/** Undefined if nothing is there, and that is no error. */
async function isDirectory(scope: Scope, path: string, force: boolean): Promise<boolean | undefined> {
  try {
    return await scope.run({ syscall: 'lstat', path }, (r) =>
      scope.with(path, false, r, (chan) => chan.isDir),
    );
  } catch (error) {
    if (force && codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function remove(scope: Scope, path: string, isDir: boolean): Promise<void> {
  return scope.run({ syscall: isDir ? 'rmdir' : 'unlink', path }, (r) =>
    scope.inDir(path, UNREMOVABLE, r, ({ dir, name }) => removeTree(dir, name, r)),
  );
}

/** Each time it waits a bit longer, as Node does. */
async function patiently(retries: number, delay: number, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt > retries || !PASSING.includes(codeOf(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay * attempt));
    }
  }
}
