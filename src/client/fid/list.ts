/** The entries of a directory. */
import { READ, codeOf, type Chan, type Entry, type Request } from '../../file/index.ts';
import { ahead } from './ahead.ts';
import { abandon, openAt } from './reach.ts';

const STATS_AT_ONCE = 16;

export interface Listed extends Entry {
  /** Why its attributes, which were asked for, cannot be had. */
  readonly failure?: unknown;
}

/** The entries of the directory at a path; with their attributes, if that is asked for. */
export async function* listAt(from: Chan, path: string, stat: boolean, r: Request): AsyncGenerator<Listed> {
  const dir = await openAt(from, path, READ, r);
  try {
    yield* stat ? withAttr(dir, r) : dir.list(0n, r);
  } finally {
    abandon(dir, r);
  }
}

/** Several are asked for at a time. */
async function* withAttr(dir: Chan, r: Request): AsyncGenerator<Listed> {
  const entries = ahead(
    dir.list(0n, r),
    () => STATS_AT_ONCE,
    r,
    (entry, request) => (entry.attr ? entry : statted(dir, entry, request)),
  );
  for await (const entry of entries) if (entry) yield entry;
}

/** Undefined if it was removed meanwhile. One mount that is dead takes no listing with it. */
async function statted(dir: Chan, entry: Entry, r: Request): Promise<Listed | undefined> {
  try {
    const { chan, error } = await dir.walk([entry.name], r);
    if (!chan) throw error;
    try {
      return { ...entry, attr: await chan.attr(r) };
    } finally {
      abandon(chan, r);
    }
  } catch (failure) {
    r.signal.throwIfAborted();
    if (codeOf(failure) === 'ENOENT') return undefined;
    // If the directory does not answer either, it is not the entry that is at fault.
    await dir.attr(r);
    return { ...entry, failure };
  }
}
