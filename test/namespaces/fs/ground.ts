/** What the checks of the battery stand on: an `fs`, and a directory of it with some files. */
import type * as nodeFs from 'node:fs/promises';
import { types } from 'node:util';
import { expect } from '@jest/globals';

/** Node's own is one, and so is a namespace's. */
export type FsLike = Pick<
  typeof nodeFs,
  | 'access'
  | 'appendFile'
  | 'chmod'
  | 'chown'
  | 'copyFile'
  | 'cp'
  | 'lchmod'
  | 'lchown'
  | 'link'
  | 'lstat'
  | 'lutimes'
  | 'mkdir'
  | 'mkdtemp'
  | 'open'
  | 'opendir'
  | 'readFile'
  | 'readdir'
  | 'readlink'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
  | 'statfs'
  | 'symlink'
  | 'truncate'
  | 'unlink'
  | 'utimes'
  | 'writeFile'
  | 'constants'
>;

/** An `fs` with a directory in which everything is allowed. */
export interface World extends AsyncDisposable {
  readonly fs: FsLike;
  /** An absolute path, without links. */
  readonly base: string;
  /** Where relative paths begin. */
  readonly cwd: string;
}

export class Ground {
  readonly fs: FsLike;
  readonly cwd: string;
  readonly #directory: string;

  private constructor(fs: FsLike, cwd: string, directory: string) {
    this.fs = fs;
    this.cwd = cwd;
    this.#directory = directory;
  }

  /**
   * A new directory with: `f` (hello), `d/x` (ex), the empty `d/e`, and the links `l` to f, `ld` to d, `dang` to what is
   * not there, and `loop` to itself.
   */
  static async of({ fs, base, cwd }: World): Promise<Ground> {
    const ground = new Ground(fs, cwd, await fs.mkdtemp(`${base}/ground-`));
    const { at } = ground;
    await fs.mkdir(at('d/e'), { recursive: true });
    await fs.writeFile(at('f'), 'hello');
    await fs.writeFile(at('d/x'), 'ex');
    await fs.symlink('f', at('l'));
    await fs.symlink('d', at('ld'));
    await fs.symlink('nowhere', at('dang'));
    await fs.symlink('loop', at('loop'));
    return ground;
  }

  /** The absolute path of a name in the directory. */
  readonly at = (name: string): string => `${this.#directory}/${name}`;

  /** The same path, from where relative paths begin. */
  readonly from = (name: string): string => {
    const up = this.cwd.split('/').filter((part) => part !== '');
    return `${'../'.repeat(up.length)}${this.at(name).slice(1)}`;
  };

  readonly text = (name: string): Promise<string> => this.fs.readFile(this.at(name), 'utf8');

  readonly names = (name = ''): Promise<string[]> => this.fs.readdir(this.at(name));
}

const SENTENCES = {
  EACCES: [13, 'permission denied'],
  EBADF: [9, 'bad file descriptor'],
  EBUSY: [16, 'resource busy or locked'],
  EEXIST: [17, 'file already exists'],
  EINVAL: [22, 'invalid argument'],
  EISDIR: [21, 'illegal operation on a directory'],
  ELOOP: [40, 'too many symbolic links encountered'],
  ENAMETOOLONG: [36, 'name too long'],
  ENOENT: [2, 'no such file or directory'],
  ENOTDIR: [20, 'not a directory'],
  ENOTEMPTY: [39, 'directory not empty'],
  ENOTSUP: [95, 'operation not supported on socket'],
  EPERM: [1, 'operation not permitted'],
} as const;

export type Symbol = keyof typeof SENTENCES;

/** What a call fails with. */
export async function failure(call: () => Promise<unknown>): Promise<Error> {
  try {
    await call();
  } catch (error) {
    expect(types.isNativeError(error)).toBe(true);
    return error as Error;
  }
  throw new Error('it did not fail');
}

/** The call fails with an error of the system, of this form and no other. */
export async function fails(
  call: () => Promise<unknown>,
  code: Symbol,
  syscall: string,
  path?: string,
  dest?: string,
): Promise<void> {
  const error = await failure(call);
  const [errno, sentence] = SENTENCES[code];
  const where = path === undefined ? '' : dest === undefined ? ` '${path}'` : ` '${path}' -> '${dest}'`;
  expect({ ...(error as object), name: error.name, message: error.message }).toEqual({
    name: 'Error',
    errno: -errno,
    code,
    syscall,
    ...(path !== undefined && { path }),
    ...(dest !== undefined && { dest }),
    message: `${code}: ${sentence}, ${syscall}${where}`,
  });
}

/** The call fails with an error of Node's own, with this code and message. */
export async function refuses(
  call: () => Promise<unknown>,
  name: 'TypeError' | 'RangeError' | 'SystemError' | 'Error' | 'AbortError',
  code: string,
  message: string,
): Promise<void> {
  const error = (await failure(call)) as NodeJS.ErrnoException;
  expect({ name: error.name, code: error.code, message: error.message }).toEqual({ name, code, message });
}

/** For what the types would not let a program do. */
export const wrong = (value: unknown): never => value as never;
