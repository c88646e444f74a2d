/** What the tests of `file:` share: a directory of their own, Chans into it, and tests that say why they are skipped. */
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from '@jest/globals';
import {
  Chan,
  READ,
  REWRITE,
  type Entry,
  type File,
  type OpenMode,
  type Request,
  type User,
} from '../../../src/file/index.ts';
import { hostDirectory, type HostDirectoryOptions } from '../../../src/resources/file/index.ts';

const { username, uid, gid } = userInfo();

/** The user as whom the tests run. */
export const SERVER: User = { name: username, uid, gid, serves: true };
/** Somebody whom no file belongs to. */
export const STRANGER: User = { name: 'stranger-of-the-tests', uid: 54321, gid: 54321 };

export const isRoot = uid === 0;

export function requestOf(user: User): Request {
  return { user, aname: '', signal: new AbortController().signal };
}

export const r = requestOf(SERVER);

/** A new directory, removed after the tests of the file. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'nines-file-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const roots: File[] = [];

/**
 * The root of an exported directory, until the tests of the file are done; whoever runs them, nobody is treated as root
 * unless that is asked for.
 */
export function exported(path: string, options: HostDirectoryOptions = {}): Chan {
  const root = hostDirectory(path, { map: 'none', ...options });
  roots.push(root);
  return Chan.attach(root, { borrowed: true });
}

afterAll(() => {
  for (const root of roots) root.release!();
});

/** The Chan at a path below another; whatever stood in the way is thrown. */
export async function walk(from: Chan, path: string, by: Request = r): Promise<Chan> {
  const { chan, error } = await from.walk(path === '' ? [] : path.split('/'), by);
  if (!chan) throw error;
  return chan;
}

export async function opened(
  from: Chan,
  path: string,
  mode: OpenMode = READ,
  by: Request = r,
): Promise<Chan> {
  const chan = await walk(from, path, by);
  await chan.open(mode, by);
  return chan;
}

/** A new file, closed again. */
export async function put(
  dir: Chan,
  name: string,
  content = '',
  mode = 0o644,
  by: Request = r,
): Promise<void> {
  const chan = dir.clone();
  await chan.create(name, { mode }, REWRITE, by);
  await chan.write(0, Buffer.from(content), by);
  await chan.close('clunk', by);
}

export async function read(chan: Chan, offset = 0, count = 65_536): Promise<string> {
  const into = new Uint8Array(count);
  const length = await chan.read(offset, into, r);
  return Buffer.from(into.subarray(0, length)).toString('latin1');
}

/** The content of the file at a path. */
export async function content(from: Chan, path: string, by: Request = r): Promise<string> {
  const chan = await opened(from, path, READ, by);
  try {
    return await read(chan);
  } finally {
    await chan.close('clunk', by);
  }
}

export async function entries(chan: Chan, cookie = 0n): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of chan.list(cookie, r)) found.push(entry);
  return found;
}

/** The names in the directory at a path, sorted. */
export async function names(from: Chan, path = ''): Promise<string[]> {
  const chan = await opened(from, path);
  const found = await entries(chan);
  await chan.close('clunk', r);
  return found.map(({ name }) => name).toSorted();
}

/** The code that a call fails with, now or later; '' if it does not fail. */
export async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return '';
  } catch (error) {
    // Not `instanceof Error`: to jest's modules, Node's errors are of another realm.
    return typeof error === 'object' && error !== null && 'code' in error
      ? String(error.code)
      : String(error);
  }
}

/** How many descriptors this process has of what is, or was, below a path. */
export function descriptors(path: string): number {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The one that the list was read from.
      return '';
    }
  });
  return links.filter((link) => link.startsWith(path)).length;
}

/** A test, or with a reason one that is skipped and says so. */
export function testUnless(reason: string | undefined, name: string, run: () => void | Promise<void>): void {
  if (reason === undefined) {
    test(name, run);
    return;
  }
  process.stderr.write(`skipped: ${name}: ${reason}\n`);
  test.skip(name, run);
}

export const needsRoot = isRoot ? undefined : 'it needs root';
