/** Exports that are mounts: the place is claimed before anything is mounted, and given up when nothing is any more. */
import { realpath } from 'node:fs/promises';
import { cannotMount, isWithin, locate } from '../../gateways/mounting/index.ts';
import type { Running, Wanted } from '../gateways.ts';
import { clearLeft } from './leftovers.ts';
import { Claim } from './record.ts';

/** A mount, and whoever serves it. */
export interface Served {
  readonly line: string;
  /** Resolves when it is not mounted any more. */
  readonly ended: Promise<unknown>;
  /** Unmounts, and ends what serves. */
  end(): Promise<void>;
}

/**
 * Mounts at the place of an export, which is this process's from then on; what a process that was killed has left
 * there is cleared.
 *
 * @param mount Mounts at a place that was claimed.
 */
export async function exportMount(
  kind: string,
  { source, at, hostDirectories }: Wanted,
  mount: (place: string, claim: Claim) => Promise<Served>,
): Promise<Running> {
  const place = await locate(at);
  await refuseWithin(place, hostDirectories);
  const claim = await takeCleared(place);
  try {
    claim.write(kind, source);
    const served = await mount(place, claim);
    const end = async (): Promise<void> => {
      await served.end();
      claim.release();
    };
    return { line: served.line, ended: served.ended.then(() => `${place} was unmounted`), end };
  } catch (error) {
    claim.release();
    throw error;
  }
}

async function takeCleared(place: string): Promise<Claim> {
  const claim = await Claim.take(place);
  try {
    if (claim.left) await clearLeft(claim.left);
    return claim;
  } catch (error) {
    claim.abandon();
    throw error;
  }
}

/** Whoever serves a directory looks at what is in it: a mount there would be asked by the one who answers for it. */
async function refuseWithin(place: string, directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    const real = await realpath(directory).catch(() => directory);
    if (!isWithin(place, real)) continue;
    const why = `it is in ${real}, which is served there: the server would wait for itself; choose a directory outside of it`;
    throw cannotMount('EDEADLK', place, why);
  }
}
