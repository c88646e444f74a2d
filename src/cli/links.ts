/** Symbolic links in a tree: servers follow none, so whoever wants to go on does it here. */
import { posix } from 'node:path';
import type { Fid } from '../client/index.ts';
import { FileError, codeOf } from '../file/errors.ts';

const QTSYMLINK = 0x02;
/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

export function isLink(fid: Fid): boolean {
  return (fid.qid.type & QTSYMLINK) !== 0;
}

/**
 * Where a path leads in the end: a path without links. A link that begins with '/' begins at the root of its tree. What
 * is not there stays in the path as it is.
 *
 * @throws FileError ELOOP
 */
export async function resolveLinks(root: Fid, path: string): Promise<string> {
  let left = namesOf(path);
  let at = '/';
  for (let links = 0; left.length > 0;) {
    const [name, ...rest] = left;
    const next = posix.join(at, name);
    const target = await linkAt(root, next);
    left = rest;
    if (target === undefined) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) throw new FileError('ELOOP');
    left = [...namesOf(target), ...rest];
    if (target.startsWith('/')) at = '/';
  }
  return at;
}

const namesOf = (path: string): readonly string[] => path.split('/').filter(Boolean);

/** What the link at a path says; undefined if none is there. */
async function linkAt(root: Fid, path: string): Promise<string | undefined> {
  try {
    await using fid = await root.walk(path);
    return isLink(fid) ? await fid.readlink() : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
