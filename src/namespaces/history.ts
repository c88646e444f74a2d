/**
 * How a mount table came to be: the mounts, binds and unmounts that matter to it. A mount that is gone still matters
 * while something is there that was found through it, for that has to be found again when the namespace is printed and
 * made anew; so does what took the mount away.
 */
import { MORDER, MREPL } from './flags.ts';
import { ByFile, type Identity } from './identity.ts';
import type { Mount, Need } from './mount.ts';

export interface Made {
  readonly mount: Mount;
  readonly on: Identity;
  /** The mount's own, unless what it joined is not part of the history any more: then it replaces. */
  readonly flags: number;
}

export interface Undone {
  /** What was taken away there; what a step that does not matter has taken away is not. */
  readonly gone: readonly Mount[];
  readonly on: Identity;
  /** The path that it was taken away from. */
  readonly old: string;
  /** Nothing is left there. */
  readonly all: boolean;
  /** What the path led through. */
  readonly needs: readonly Need[];
}

export type Step = Made | Undone;

/** The steps that a table with these mounts needs, in their order. */
export function relevant(steps: readonly Step[], mounts: Iterable<Mount>): readonly Step[] {
  const needed = new Set(mounts);
  const matters = ({ beside }: Need): boolean => !beside || beside.some((mount) => needed.has(mount));
  for (;;) {
    const { size } = needed;
    // What is added to a set while it is gone through is gone through as well.
    for (const { needs } of needed) for (const need of needs) if (matters(need)) needed.add(need.mount);
    const kept = keep(steps, needed);
    for (const step of kept) if ('gone' in step) for (const need of step.needs) needed.add(need.mount);
    if (needed.size === size) return kept;
  }
}

/** What is seen at a place while the kept steps are run. */
interface Place {
  standing: Set<Mount>;
  /** A step that is left out has replaced what was there. */
  replaced: boolean;
}

function keep(steps: readonly Step[], needed: ReadonlySet<Mount>): readonly Step[] {
  const places = new ByFile<Place>();
  return steps.flatMap((step): Step | readonly Step[] => {
    const place = places.get(step.on) ?? { standing: new Set(), replaced: false };
    places.set(step.on, place);
    return 'gone' in step ? takeAway(step, place) : add(step, place, needed);
  });
}

function add(step: Made, place: Place, needed: ReadonlySet<Mount>): Step | readonly Step[] {
  const replaces = (step.flags & MORDER) === MREPL;
  if (!needed.has(step.mount)) {
    place.replaced ||= replaces;
    return [];
  }
  const flags = place.replaced ? step.flags & ~MORDER : step.flags;
  if (replaces || place.replaced) place.standing = new Set();
  place.replaced = false;
  place.standing.add(step.mount);
  return { ...step, flags };
}

function takeAway(step: Undone, place: Place): Step | readonly Step[] {
  const { standing } = place;
  const gone = step.all ? [...standing] : step.gone.filter((mount) => standing.has(mount));
  if (step.all) place.replaced = false;
  for (const mount of gone) standing.delete(mount);
  return gone.length > 0 ? { ...step, gone, all: standing.size === 0 } : [];
}
