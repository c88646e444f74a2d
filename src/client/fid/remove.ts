/** rm -r. */
import { READ, codeOf, type Chan, type Entry, type Request } from '../../file/index.ts';
import { ahead } from './ahead.ts';

const REMOVALS_AT_ONCE = 16;

/** Removes a name from a directory, with all that is below it. What somebody else removes meanwhile is no error. */
export async function removeTree(dir: Chan, name: string, r: Request): Promise<void> {
  try {
    await dir.unlink(name, 'any', r);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
    await removeDir(dir, name, r);
  }
}

async function removeDir(parent: Chan, name: string, r: Request): Promise<void> {
  r.signal.throwIfAborted();
  const { chan, error } = await parent.walk([name], r);
  if (!chan) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    const entries = await entriesOf(chan, r);
    const files = entries.filter((entry) => entry.type !== 'dir');
    const unlink = (file: Entry, request: Request) =>
      ignoreAbsence(() => chan.unlink(file.name, 'file', request));
    for await (const _ of ahead(files, () => REMOVALS_AT_ONCE, r, unlink));
    for (const entry of entries) if (entry.type === 'dir') await removeDir(chan, entry.name, r);
  } finally {
    await chan.close('clunk', r);
  }
  await ignoreAbsence(() => parent.unlink(name, 'dir', r));
}

/** All entries, before any of them is removed. */
async function entriesOf(dir: Chan, r: Request): Promise<readonly Entry[]> {
  const open = dir.clone();
  const entries: Entry[] = [];
  try {
    await open.open(READ, r);
    for await (const entry of open.list(0n, r)) entries.push(entry);
  } finally {
    await open.close('clunk', r);
  }
  return entries;
}

async function ignoreAbsence(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
