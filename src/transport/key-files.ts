/**
 * The files around pinned keys: our own private key, the keys of the users whom we let in, those of the servers
 * that we know.
 *
 * ```
 * USER ed25519 BASE64 [comment]      authorized keys
 * HOST:PORT ed25519 BASE64           known servers
 * ```
 *
 * A line that is empty or starts with `#` says nothing.
 */
import { open, mkdir, readFile, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, TransportError } from './errors.ts';
import { isPublicKey, makeIdentity, readIdentity, type Identity, type PublicKey } from './keys.ts';

/**
 * Makes a key and stores its private half, mode 0600, in a new file.
 *
 * @throws TransportError `EEXIST` where there is a file already: a key is never overwritten
 */
export async function createKeyFile(path: string): Promise<Identity> {
  const identity = makeIdentity();
  await withFile(path, 'wx', (file) => file.writeFile(identity.privateKey));
  return identity;
}

/**
 * @throws TransportError `ENOENT` where there is no key, `EPERM` where others can read it, `EINVAL` where it is
 * something else
 */
export async function readKeyFile(path: string): Promise<Identity> {
  const text = await readGuarded(path, 0o077, 'others can read this private key; run chmod 600 on it');
  if (text === undefined)
    throw new TransportError('ENOENT', `there is no key in ${path}; make one with: ns key make`, path);
  try {
    return readIdentity(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TransportError('EINVAL', `${path} holds no Ed25519 private key in PEM (${why})`, path, error);
  }
}

/** The users by their keys; none, where there is no such file. */
export async function readAuthorizedKeys(path: string): Promise<ReadonlyMap<PublicKey, string>> {
  const users = new Map<PublicKey, string>();
  for (const { name, key, where } of await readLines(path, 'USER ed25519 BASE64 [comment]')) {
    const other = users.get(key);
    if (other !== undefined && other !== name) throw bad(path, where, `this key belongs to ${other} already`);
    users.set(key, name);
  }
  return users;
}

/** Lets a user in. A key that is there already for this user stays as it is. */
export async function authorizeKey(path: string, user: string, key: PublicKey, comment = ''): Promise<void> {
  const owner = (await readAuthorizedKeys(path)).get(key);
  if (owner === user) return;
  if (owner !== undefined) throw bad(path, '', `this key belongs to ${owner} already`);
  await appendLine(path, user, key, comment);
}

/** The keys by `HOST:PORT`; none, where there is no such file. */
export async function readKnownServers(path: string): Promise<ReadonlyMap<string, PublicKey>> {
  const servers = new Map<string, PublicKey>();
  for (const { name, key, where } of await readLines(path, 'HOST:PORT ed25519 BASE64')) {
    if (servers.has(name) && servers.get(name) !== key)
      throw bad(path, where, `${name} has another key above`);
    servers.set(name, key);
  }
  return servers;
}

/** Remembers the key of a server that is not known yet. */
export async function rememberServer(path: string, server: string, key: PublicKey): Promise<void> {
  const known = (await readKnownServers(path)).get(server);
  if (known === key) return;
  if (known !== undefined) throw bad(path, '', `${server} has another key here; remove its line first`);
  await appendLine(path, server, key, '');
}

interface Line {
  readonly name: string;
  readonly key: PublicKey;
  readonly where: string;
}

async function readLines(path: string, expected: string): Promise<readonly Line[]> {
  const text = (await readGuarded(path, 0o022, 'others can write to it; run chmod go-w on it')) ?? '';
  return text.split('\n').flatMap((line, i): Line[] => {
    const words = line.trim();
    if (words === '' || words.startsWith('#')) return [];
    const [name, type, key] = words.split(/\s+/);
    if (type !== 'ed25519' || !isPublicKey(key)) throw bad(path, `:${i + 1}`, `expected '${expected}'`);
    return [{ name, key, where: `:${i + 1}` }];
  });
}

/** One write(2) in append mode: two programs that add a line at once both succeed, and nobody reads half of one. */
async function appendLine(path: string, name: string, key: PublicKey, comment: string): Promise<void> {
  if (!/^[^\s#]\S*$/.test(name)) throw bad(path, '', `'${name}' cannot stand in a line: it must be one word`);
  if (!isPublicKey(key)) throw bad(path, '', `'${key}' is no Ed25519 public key in base64 (44 characters)`);
  const line = `${name} ed25519 ${key} ${comment.replaceAll(/\s+/g, ' ')}`.trimEnd();
  await withFile(path, 'a+', async (file) => {
    await file.write(`${(await endsInLine(file)) ? '' : '\n'}${line}\n`);
  });
}

/** Whether the next line can follow: the file is empty, or a person did not forget its last newline. */
async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}

/** Opens a file that need not exist yet, nor its directory: both are for us alone. */
async function withFile(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await using file = await open(path, flags, 0o600);
    await use(file);
    await file.sync();
  } catch (error) {
    throw fileError(path, error);
  }
}

/** The text of a file, if it exists; it must not have any of the `forbidden` permission bits. */
async function readGuarded(path: string, forbidden: number, why: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & forbidden) !== 0) throw new TransportError('EPERM', `will not use ${path}: ${why}`, path);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw fileError(path, error);
  }
}

function fileError(path: string, error: unknown): TransportError {
  if (error instanceof TransportError) return error;
  const code = errorCode(error) ?? 'EIO';
  const hints: Readonly<Record<string, string>> = {
    EEXIST: 'there is a file already, and a key is never overwritten; choose another name',
    EACCES: 'permission denied',
    ENOTDIR: 'a part of the path is no directory',
    EISDIR: 'it is a directory',
  };
  return new TransportError(code, `cannot use ${path}: ${hints[code] ?? String(error)}`, path, error);
}

function bad(path: string, where: string, what: string): TransportError {
  return new TransportError('EINVAL', `${path}${where}: ${what}`, path);
}
