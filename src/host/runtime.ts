/**
 * The directory for sockets and what else lives no longer than a login: `$XDG_RUNTIME_DIR/nines`, after the XDG Base
 * Directory Specification; elsewhere a directory of the user's own among the temporary files. What is found in it is
 * believed, so nobody else may write to it, now or before.
 *
 * Paths of Unix sockets have 107 bytes at most (unix(7)): whoever makes one in here keeps its name short.
 */
import { lstatSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { codeOf } from './error.ts';

/** A directory that cannot be trusted, or not be made. */
export class RuntimeDirectoryError extends Error {
  override readonly name = 'RuntimeDirectoryError';
  /** `EPERM`, or what the system said when the directory was to be made. */
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, wrong: string, cause?: unknown) {
    const instead = 'or set XDG_RUNTIME_DIR to a directory of your own with mode 700';
    super(
      `cannot use ${path} for sockets: ${wrong}, ${instead}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.path = path;
  }
}

/**
 * The path of the directory, which is there: it is made, with mode 0700, if it was not.
 *
 * @param login The directory of the user's login; an empty string says that there is none.
 * @param temporary Where the fallback is made, which is named after the user's number.
 * @throws RuntimeDirectoryError `EPERM` for one that is a link, of another user, or open to others.
 */
export function runtimeDirectory(login = process.env.XDG_RUNTIME_DIR, temporary = tmpdir()): string {
  const ofLogin = login !== undefined && isUsable(login);
  const path = ofLogin ? join(login, 'nines') : join(temporary, `nines-${ownUid()}`);
  make(path);
  requireOwn(path, lstatSync(path));
  return path;
}

const ownUid = (): number => process.geteuid?.() ?? -1;

/** A directory of this user, where nobody else can rename what is in it. (After su or sudo it is another's.) */
function isUsable(login: string): boolean {
  if (!isAbsolute(login)) return false;
  try {
    const found = statSync(login);
    return found.isDirectory() && found.uid === ownUid() && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

function make(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return;
    const wrong = `it cannot be made (${String(code)}); see to ${dirname(path)}`;
    throw new RuntimeDirectoryError(String(code), path, wrong, error);
  }
}

function requireOwn(path: string, found: Stats): void {
  const wrong = whatIsWrong(path, found);
  if (wrong !== undefined) throw new RuntimeDirectoryError('EPERM', path, wrong);
}

function whatIsWrong(path: string, found: Stats): string | undefined {
  if (found.isSymbolicLink()) return 'it is a symbolic link; remove it';
  if (!found.isDirectory()) return 'it is no directory; remove it';
  if (found.uid !== ownUid()) return `it belongs to another user (uid ${found.uid}); have it removed`;
  const mode = found.mode & 0o777;
  if (mode !== 0o700)
    return `its mode is ${mode.toString(8)}; if nobody else wrote to it, run chmod 700 ${path}`;
  const above = statSync(dirname(path));
  const replaceable = (above.mode & 0o002) !== 0 && (above.mode & 0o1000) === 0;
  return replaceable ? `anyone may replace files in ${dirname(path)}; run chmod +t on it` : undefined;
}
