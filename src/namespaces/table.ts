/**
 * The mount table: which files are mounted on, and what is seen there instead. Mounts are keyed by what they are
 * mounted on, (tree, qid.path), not by a path; so they are seen by whatever way one comes there.
 *
 * A table is shared by a namespace and its forks until one of them changes it.
 */
import type { File } from '../file/index.ts';
import { MBEFORE, MORDER, MREPL } from './flags.ts';
import type { Held } from './held.ts';
import type { Mount } from './mount.ts';

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

type ByFile<T> = Map<object, Map<bigint, T>>;

/** What makes two Files the same one. */
interface Identity {
  readonly tree: object;
  readonly qid: { readonly path: bigint };
}

export class Table {
  #users = 1;
  readonly #heads: ByFile<Head> = new Map();
  /** Mount points that were made for a mount: names in directories that do not have them. */
  readonly #points: ByFile<ReadonlyMap<string, File>> = new Map();

  share(): this {
    this.#users++;
    return this;
  }

  /** For one of its users to change: itself if there is no other, else a copy in its place. */
  own(): Table {
    if (this.#users === 1) return this;
    this.#users--;
    const copy = new Table();
    for (const [tree, heads] of this.#heads) {
      copy.#heads.set(tree, new Map(heads));
      for (const head of heads.values()) for (const { within } of head) within.hold();
    }
    for (const [tree, points] of this.#points) copy.#points.set(tree, new Map(points));
    return copy;
  }

  release(): void {
    if (--this.#users > 0) return;
    for (const head of this.#allHeads()) for (const { within } of head) within.release();
    this.#heads.clear();
    this.#points.clear();
  }

  /** What is mounted on the file. */
  head(on: File): Head | undefined {
    return this.#heads.get(on.tree)?.get(on.qid.path);
  }

  /** The same for one of whom only this is known. */
  headAt(tree: object, path: bigint): Head | undefined {
    return this.#heads.get(tree)?.get(path);
  }

  /** Whether some file of the tree is mounted on. */
  touches(tree: object): boolean {
    return this.#heads.has(tree);
  }

  /**
   * Puts members where the flags say. Their Helds are the table's from now on.
   *
   * @param self - the file that is mounted on, as a member: it stays visible unless it is replaced
   */
  add(on: File, self: () => Member, members: readonly Member[], flags: number): void {
    const before = this.head(on);
    if ((flags & MORDER) === MREPL) {
      this.#set(on, members);
      for (const { within } of before ?? []) within.release();
      return;
    }
    const present: Head = before ?? [self()];
    this.#set(on, (flags & MORDER) === MBEFORE ? [...members, ...present] : [...present, ...members]);
  }

  /** Takes away the members for which `which` is true; false if there was none. */
  remove(on: File, which: (member: Member) => boolean): boolean {
    const before = this.head(on);
    const gone = before?.filter(which) ?? [];
    if (before === undefined || gone.length === 0) return false;
    const left = before.filter((member) => !gone.includes(member));
    // The directory alone is what is there anyway.
    const bare = left.length === 1 && left[0].mount === undefined && !left[0].create;
    this.#set(on, bare ? [] : left);
    for (const { within } of bare ? before : gone) within.release();
    return true;
  }

  /** All mounts, the oldest first. */
  get mounts(): readonly Mount[] {
    const found = new Set<Mount>();
    for (const head of this.#allHeads()) for (const { mount } of head) if (mount) found.add(mount);
    return [...found].toSorted((a, b) => a.id - b.id);
  }

  /** The heads that a mount is part of. */
  headsOf(mount: Mount): readonly Head[] {
    return [...this.#allHeads()].filter((head) => head.some((member) => member.mount === mount));
  }

  pointsIn(dir: File): ReadonlyMap<string, File> | undefined {
    return this.#points.get(dir.tree)?.get(dir.qid.path);
  }

  addPoint(dir: File, name: string, point: File): void {
    put(this.#points, dir, new Map([...(this.pointsIn(dir) ?? []), [name, point]]));
  }

  /** Forgets the mount points that nothing is mounted on any more. */
  prune(): void {
    let left: boolean;
    do {
      left = false;
      for (const [tree, dirs] of this.#points) {
        for (const [path, points] of dirs) {
          const used = [...points].filter(([, point]) => this.head(point) ?? this.pointsIn(point));
          if (used.length === points.size) continue;
          put(this.#points, { tree, qid: { path } }, used.length > 0 ? new Map(used) : undefined);
          left = true;
        }
      }
    } while (left);
  }

  #set(on: File, head: Head): void {
    put(this.#heads, on, head.length > 0 ? head : undefined);
  }

  *#allHeads(): Generator<Head> {
    for (const heads of this.#heads.values()) yield* heads.values();
  }
}

function put<T>(map: ByFile<T>, { tree, qid }: Identity, value: T | undefined): void {
  const of = map.get(tree) ?? new Map<bigint, T>();
  if (value === undefined) of.delete(qid.path);
  else of.set(qid.path, value);
  if (of.size > 0) map.set(tree, of);
  else map.delete(tree);
}
