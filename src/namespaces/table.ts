/**
 * The mount table: which files are mounted on, and what is seen there instead. Mounts are keyed by what they are
 * mounted on, (tree, qid.path), not by a path; so they are seen by whatever way one comes there.
 *
 * A table is shared by a namespace and its forks until one of them changes it.
 */
import type { File } from '../file/index.ts';
import { MBEFORE, MORDER, MREPL } from './flags.ts';
import type { Held } from './held.ts';
import { relevant, type Step } from './history.ts';
import { ByFile, type Identity } from './identity.ts';
import type { Mount, Need } from './mount.ts';

/** One directory of a union, or the only thing that is seen there. */
export interface Member {
  readonly file: File;
  /** What is found in the member keeps this. */
  readonly within: Held;
  /** New files may be made in it. */
  readonly create: boolean;
  /** Undefined for the directory itself that the others are mounted on. */
  readonly mount: Mount | undefined;
}

/** What is seen at a file that is mounted on: never empty, the first member first. */
export type Head = readonly Member[];

/** From where a path took something away. */
export interface Spot {
  readonly on: File;
  readonly old: string;
  readonly needs: readonly Need[];
}

export function mountsOf(members: readonly Member[]): readonly Mount[] {
  return members.flatMap(({ mount }) => mount ?? []);
}

export class Table {
  #users = 1;
  #heads = new ByFile<Head>();
  /** Mount points that were made for a mount: names in directories that do not have them. */
  #points = new ByFile<ReadonlyMap<string, File>>();
  #history: readonly Step[] = [];

  share(): this {
    this.#users++;
    return this;
  }

  /** For one of its users to change: itself if there is no other, else a copy in its place. */
  own(): Table {
    if (this.#users === 1) return this;
    this.#users--;
    const copy = new Table();
    copy.#heads = this.#heads.copy();
    copy.#points = this.#points.copy();
    copy.#history = this.#history;
    for (const head of copy.#heads.values()) for (const { within } of head) within.hold();
    return copy;
  }

  release(): void {
    if (--this.#users > 0) return;
    for (const head of this.#heads.values()) for (const { within } of head) within.release();
  }

  /** What is mounted on the file. */
  head(on: Identity): Head | undefined {
    return this.#heads.get(on);
  }

  /** Whether something is mounted on any file of the tree, or a mount point was made in it. */
  touches(tree: object): boolean {
    return this.#heads.knows(tree) || this.#points.knows(tree);
  }

  /**
   * Puts members where the flags say. Their Helds are the table's from now on.
   *
   * @param self - the file that is mounted on, as a member: it stays visible unless it is replaced
   */
  add(on: File, self: () => Member, mount: Mount, members: readonly Member[]): void {
    const before = this.head(on);
    const order = mount.flags & MORDER;
    if (order === MREPL) {
      this.#heads.set(on, members);
      for (const { within } of before ?? []) within.release();
    } else {
      const present: Head = before ?? [self()];
      this.#heads.set(on, order === MBEFORE ? [...members, ...present] : [...present, ...members]);
    }
    this.#changed({ mount, on: identityOf(on), flags: mount.flags });
  }

  /** Takes away each mount of which `which` is true for some member, with all its members; false if there was none. */
  remove({ on, old, needs }: Spot, which: (member: Member, mount: Mount) => boolean): boolean {
    const before = this.head(on) ?? [];
    const gone = new Set<Mount>();
    for (const member of before) if (member.mount && which(member, member.mount)) gone.add(member.mount);
    if (gone.size === 0) return false;
    const isLeft = ({ mount }: Member): boolean => !mount || !gone.has(mount);
    const left = before.filter(isLeft);
    // The directory alone is what is there anyway.
    const all = left.every(({ mount }) => !mount);
    if (all) this.#heads.delete(on);
    else this.#heads.set(on, left);
    for (const member of before) if (all || !isLeft(member)) member.within.release();
    this.#changed({ gone: [...gone], on: identityOf(on), old, all, needs });
    return true;
  }

  /** All mounts, the oldest first. */
  get mounts(): readonly Mount[] {
    return [...this.members.keys()].toSorted((a, b) => a.id - b.id);
  }

  /** The steps that lead from an empty table to one like this. */
  get history(): readonly Step[] {
    return this.#history;
  }

  /** What each mount made visible. */
  get members(): ReadonlyMap<Mount, readonly Member[]> {
    const members = new Map<Mount, Member[]>();
    for (const head of this.#heads.values()) {
      for (const member of head) {
        if (!member.mount) continue;
        const known = members.get(member.mount);
        if (known) known.push(member);
        else members.set(member.mount, [member]);
      }
    }
    return members;
  }

  pointsIn(dir: Identity): ReadonlyMap<string, File> | undefined {
    return this.#points.get(dir);
  }

  addPoint(dir: File, name: string, point: File): void {
    this.#points.set(dir, new Map([...(this.pointsIn(dir) ?? []), [name, point]]));
  }

  /** The mount for which a mount point would be made, if it were not there: the oldest at it, or below. */
  makerOf(point: File): Mount | undefined {
    const spots = new ByFile<true>();
    const spread = (file: File): void => {
      spots.set(file, true);
      for (const below of this.pointsIn(file)?.values() ?? []) spread(below);
    };
    spread(point);
    for (const step of this.#history) if ('mount' in step && spots.get(step.on)) return step.mount;
    return undefined;
  }

  /** Forgets the mount points that nothing is mounted on any more. */
  prune(): void {
    for (let left = true; left;) {
      left = false;
      for (const [dir, points] of this.#points.entries()) {
        const used = [...points].filter(([, point]) => this.head(point) ?? this.pointsIn(point));
        if (used.length === points.size) continue;
        if (used.length > 0) this.#points.set(dir, new Map(used));
        else this.#points.delete(dir);
        left = true;
      }
    }
  }

  #changed(step: Step): void {
    this.prune();
    this.#history = relevant([...this.#history, step], this.mounts);
  }
}

/** What of a file is remembered when it has long been given up. */
function identityOf({ tree, qid }: File): Identity {
  return { tree, qid: { path: qid.path } };
}
