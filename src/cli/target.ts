/** A file to be written. */
import type { Fid } from '../client/index.ts';
import { FileError, codeOf } from '../file/errors.ts';
import { isLink } from './links.ts';
import type { Place } from './place.ts';

export interface TargetOptions {
  /** To the end of what is there, instead of in its place. */
  readonly append?: boolean;
  /** Permission bits of a new file; a server may grant fewer. */
  readonly perm?: number;
  /** Looks at a file that is there already, before it loses its content. */
  readonly check?: (existing: Fid) => void;
}

/** Opens the file at a place to write it, links being followed; makes it if it is not there. To be closed. */
export async function openTarget(place: Place, options: TargetOptions = {}): Promise<Fid> {
  try {
    return await openOrCreate(place, options);
  } catch (error) {
    if (!['ELOOP', 'ENOTDIR', 'EEXIST'].includes(codeOf(error))) throw error;
    const resolved = await place.resolved();
    // Without a link on the way the error was meant; but what was made meanwhile by somebody else is there now.
    if (resolved === place && codeOf(error) !== 'EEXIST') throw error;
    return openOrCreate(resolved, options);
  }
}

/** Writes to an open file, and closes it: what was written counts when that has succeeded, too. */
export async function commit(target: Fid, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // Its end is of no interest any more.
    await target.close().catch(() => undefined);
    throw error;
  }
  await target.close();
}

async function openOrCreate(place: Place, { append = false, perm, check }: TargetOptions): Promise<Fid> {
  const mode = append ? 'a' : 'w';
  const existing = await walkIfThere(place);
  if (!existing)
    return (await place.root()).create(place.path, { mode, ...(perm !== undefined && { perm }) });
  try {
    if (isLink(existing)) throw new FileError('ELOOP');
    if (existing.isDir) throw new FileError('EISDIR', 'is a directory; name a file in it');
    check?.(existing);
    return await existing.open(mode);
  } catch (error) {
    await existing.close().catch(() => undefined);
    throw error;
  }
}

async function walkIfThere(place: Place): Promise<Fid | undefined> {
  try {
    return await place.walk();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
