/** `cp`: files and whole directories, decided as Node decides. */
import { codeOf } from '../../file/index.ts';
import { checkBoolean, invalid, invalidType } from './arguments.ts';
import { chmod, stat, utimes } from './attributes.ts';
import { mkdir, readdir } from './directories.ts';
import { decided } from './errors.ts';
import { copyFile } from './files.ts';
import { readlink, symlink, unlink } from './links.ts';
import type { CpOptions } from './options.ts';
import { below, pathOf, type PathLike } from './path.ts';
import type { Scope } from './scope.ts';
import type { BigIntStats } from './stats.ts';

interface Job extends Required<Omit<CpOptions, 'filter'>> {
  readonly scope: Scope;
  readonly cwd: string;
  readonly filter: NonNullable<CpOptions['filter']>;
}

/** What is at both ends. */
interface Ends {
  readonly source: BigIntStats;
  readonly target: BigIntStats | undefined;
}

export async function cp(
  scope: Scope,
  source: PathLike,
  destination: PathLike,
  options: CpOptions = {},
): Promise<void> {
  const job = jobOf(scope, options);
  const from = pathOf(source, 'src');
  const to = pathOf(destination, 'dest');
  const ends = await look(job, from, to);
  await checkAbove(job, from, ends.source, to);
  if (!(await job.filter(from, to))) return;
  const parent = parentOf(absolute(to, scope.cwd));
  if (parent !== undefined) await mkdir(scope, parent, { recursive: true });
  await copy(job, from, to, ends);
}

const SWITCHES = [
  'dereference',
  'errorOnExist',
  'force',
  'preserveTimestamps',
  'recursive',
  'verbatimSymlinks',
] as const;

function jobOf(scope: Scope, options: CpOptions): Job {
  for (const name of SWITCHES) checkBoolean(options[name] ?? false, `options.${name}`);
  const { filter = () => true } = options;
  if (typeof filter !== 'function') throw invalidType('options.filter', 'of type function', filter);
  const job = {
    dereference: false,
    errorOnExist: false,
    force: true,
    mode: 0,
    preserveTimestamps: false,
    recursive: false,
    verbatimSymlinks: false,
    ...options,
    filter,
    scope,
    cwd: scope.cwd,
  };
  if (job.dereference && job.verbatimSymlinks) {
    throw invalid(
      'ERR_INCOMPATIBLE_OPTION_PAIR',
      'Option "dereference" cannot be used in combination with option "verbatimSymlinks"',
    );
  }
  return job;
}

async function look(job: Job, from: string, to: string): Promise<Ends> {
  const source = await statOf(job, from);
  const target = await statOf(job, to).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    return undefined;
  });
  checkEnds(job, from, to, { source, target });
  return { source, target };
}

async function statOf({ scope, dereference }: Job, path: string): Promise<BigIntStats> {
  return (await stat(scope, path, { bigint: true }, dereference)) as BigIntStats;
}

const isSame = (a: BigIntStats, b: BigIntStats): boolean => a.ino === b.ino && a.dev === b.dev;

function checkEnds({ cwd }: Job, from: string, to: string, { source, target }: Ends): void {
  const refuse = (code: Parameters<typeof decided>[0], symbol: string, message: string): never => {
    throw decided(code, { syscall: 'cp', path: to, code: symbol, message });
  };
  if (target && isSame(source, target))
    refuse('ERR_FS_CP_EINVAL', 'EINVAL', 'src and dest cannot be the same');
  if (target && source.isDirectory() && !target.isDirectory())
    refuse(
      'ERR_FS_CP_DIR_TO_NON_DIR',
      'EISDIR',
      `cannot overwrite non-directory ${to} with directory ${from}`,
    );
  if (target && !source.isDirectory() && target.isDirectory())
    refuse(
      'ERR_FS_CP_NON_DIR_TO_DIR',
      'ENOTDIR',
      `cannot overwrite directory ${to} with non-directory ${from}`,
    );
  if (source.isDirectory() && isWithin(absolute(to, cwd), absolute(from, cwd)))
    refuse('ERR_FS_CP_EINVAL', 'EINVAL', `cannot copy ${from} to a subdirectory of self ${to}`);
}

/** Whether the source is one of the directories above the destination, by another path. */
async function checkAbove(job: Job, from: string, source: BigIntStats, to: string): Promise<void> {
  if (!source.isDirectory()) return;
  for (let at = parentOf(absolute(to, job.cwd)); at !== undefined; at = parentOf(at)) {
    const above = (await stat(job.scope, at, { bigint: true }).catch(() => undefined)) as
      BigIntStats | undefined;
    if (above && isSame(source, above)) {
      const message = `cannot copy ${from} to a subdirectory of self ${to}`;
      throw decided('ERR_FS_CP_EINVAL', { syscall: 'cp', path: to, code: 'EINVAL', message });
    }
  }
}

async function copy(job: Job, from: string, to: string, ends: Ends): Promise<void> {
  const { source, target } = ends;
  const refuse = (
    code: Parameters<typeof decided>[0],
    symbol: string,
    path: string,
    message: string,
  ): never => {
    throw decided(code, { syscall: 'cp', path, code: symbol, message });
  };
  if (source.isDirectory()) {
    if (!job.recursive) refuse('ERR_FS_EISDIR', 'EISDIR', from, `${from} is a directory (not copied)`);
    await copyDirectory(job, from, to, ends);
  } else if (source.isSymbolicLink()) await copyLink(job, from, to, target !== undefined);
  else if (source.isSocket()) refuse('ERR_FS_CP_SOCKET', 'EINVAL', to, `cannot copy a socket file: ${to}`);
  else if (source.isFIFO()) refuse('ERR_FS_CP_FIFO_PIPE', 'EINVAL', to, `cannot copy a FIFO pipe: ${to}`);
  else await copyContent(job, from, to, ends);
}

async function copyContent(job: Job, from: string, to: string, { source, target }: Ends): Promise<void> {
  const { scope, force, errorOnExist, mode, preserveTimestamps } = job;
  if (target && force) await unlink(scope, to);
  else if (target && errorOnExist) {
    const message = `${to} already exists`;
    throw decided('ERR_FS_CP_EEXIST', { syscall: 'cp', path: to, code: 'EEXIST', message });
  } else if (target) return;
  await copyFile(scope, from, to, mode);
  if (preserveTimestamps) await utimes(scope, to, source.atime, source.mtime);
  await chmod(scope, to, Number(source.mode) & 0o7777);
}

async function copyDirectory(job: Job, from: string, to: string, { source, target }: Ends): Promise<void> {
  const { scope } = job;
  if (!target) await mkdir(scope, to);
  for (const name of (await readdir(scope, from)) as readonly string[]) {
    const [inner, copied] = [below(from, name), below(to, name)];
    if (await job.filter(inner, copied)) await copy(job, inner, copied, await look(job, inner, copied));
  }
  if (!target) await chmod(scope, to, Number(source.mode) & 0o7777);
}

/** A link that is relative leads elsewhere from another directory: it is made absolute, unless that is unwanted. */
async function copyLink(job: Job, from: string, to: string, isThere: boolean): Promise<void> {
  const { scope, cwd, verbatimSymlinks } = job;
  const said = (await readlink(scope, from)) as string;
  const target = verbatimSymlinks ? said : absolute(said, parentOf(absolute(from, cwd)) ?? '/');
  if (isThere) {
    await checkLink(job, from, target, to);
    await unlink(scope, to);
  }
  await symlink(scope, target, to);
}

/** What is replaced is a link as well, and neither leads below the other. */
async function checkLink({ scope, cwd }: Job, from: string, target: string, to: string): Promise<void> {
  const said = await readlink(scope, to).catch((error: unknown) => {
    if (codeOf(error) !== 'EINVAL') throw error;
    return undefined;
  });
  // Not a link: to make one in its place is refused by the tree.
  if (said === undefined) return symlink(scope, target, to);
  const before = absolute(said as string, parentOf(absolute(to, cwd)) ?? '/');
  if (isWithin(before, target)) {
    const message = `cannot copy ${target} to a subdirectory of self ${before}`;
    throw decided('ERR_FS_CP_EINVAL', { syscall: 'cp', path: to, code: 'EINVAL', message });
  }
  if (isWithin(target, before) && (await stat(scope, from)).isDirectory()) {
    const message = `cannot overwrite ${before} with ${target}`;
    throw decided('ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY', { syscall: 'cp', path: to, code: 'EINVAL', message });
  }
}

/** By the text alone. */
function absolute(path: string, cwd: string): string {
  const names: string[] = [];
  for (const name of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}

function parentOf(path: string): string | undefined {
  return path === '/' ? undefined : path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}

function isWithin(path: string, above: string): boolean {
  return path === above || path.startsWith(above === '/' ? '/' : `${above}/`);
}
