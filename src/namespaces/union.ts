/**
 * Several directories as one (bind(2)): the first that has a name wins, new files are made in the first that allows it.
 * What is mounted alone, or not mounted on at all, is a union of one, and costs no more than that one does.
 *
 * A member that fails or is too late does not take the others with it, unless its policy is to fail.
 */
import {
  FileError,
  after,
  codeOf,
  rescue,
  rules,
  sameFile,
  type Awaitable,
  type File,
  type Request,
} from '../file/index.ts';
import type { Mount } from './mount.ts';
import type { Member, Table } from './table.ts';

/** Whose deadline and policy hold for a member: those of what made it one, or of the tree that it was found in. */
function patienceOf({ mount, within }: Member): Mount | undefined {
  return mount ?? within.mount;
}

/** Asks a member, within its deadline. */
export function ask<T>(
  member: Member,
  r: Request,
  work: (file: File, r: Request) => Awaitable<T>,
  late?: (value: T) => void,
): Awaitable<T> {
  const { file, within } = member;
  const patience = patienceOf(member);
  return patience ? patience.ask(r, (limited) => work(file, limited), late, within.mount) : work(file, r);
}

/** The same for what comes piece by piece. */
export function askEach<T>(
  member: Member,
  r: Request,
  work: (r: Request) => Iterable<T> | AsyncIterable<T>,
): Iterable<T> | AsyncIterable<T> {
  const patience = patienceOf(member);
  return patience ? patience.each(r, work, member.within.mount) : work(r);
}

/** The members that are asked: one that hangs would have everybody wait for it, each time, so it is left out for a while. */
export function awake(members: readonly Member[]): readonly Member[] {
  if (members.length === 1) return members;
  const asked = members.filter((member) => {
    const patience = patienceOf(member);
    if (!patience?.rests) return true;
    patience.skipped++;
    return false;
  });
  return asked.length > 0 ? asked : members;
}

/** What the first member says that says anything. */
export function firstAnswer<T>(
  members: readonly Member[],
  r: Request,
  work: (file: File, r: Request) => Awaitable<T>,
): Awaitable<T> {
  const [first, ...others] = awake(members);
  if (others.length === 0) return ask(first, r, work);
  return rescue(
    () => ask(first, r, work),
    (error) => {
      if (!skip(first, error, r)) throw error;
      return firstAnswer(others, r, work);
    },
  );
}

/** Where a name was found. */
export interface Found {
  readonly member: Member;
  /** The file of the name, and of as many of the names after it as came with it. */
  readonly files: readonly File[];
}

/** Follows the names in the first member that has the first of them. ENOENT if none does. */
export function find(
  table: Table,
  members: readonly Member[],
  names: readonly string[],
  r: Request,
): Awaitable<Found> {
  const asked = awake(members);
  return asked.length === 1
    ? after(findIn(table, asked[0], names, r), (files) => ({ member: asked[0], files }))
    : findFrom(table, asked, 0, names, r, undefined);
}

function findFrom(
  table: Table,
  members: readonly Member[],
  from: number,
  names: readonly string[],
  r: Request,
  failure: unknown,
): Awaitable<Found> {
  if (from === members.length) throw failure;
  const member = members[from];
  return rescue<Found>(
    () => after(findIn(table, member, names, r), (files) => ({ member, files })),
    (error) => {
      const absent = codeOf(error) === 'ENOENT';
      if (!absent && !skip(member, error, r)) throw error;
      // That one member does not have it is known; what another one has is not, but the union goes on without it.
      const worst = absent || failure === undefined ? error : failure;
      return findFrom(table, members, from + 1, names, r, worst);
    },
  );
}

function findIn(
  table: Table,
  member: Member,
  names: readonly string[],
  r: Request,
): Awaitable<readonly File[]> {
  const point = table.pointsIn(member.file)?.get(names[0]);
  if (point) return [point];
  const release = (files: readonly File[]): void => files.forEach((file) => file.release?.());
  return ask(member, r, (file, limited) => rules.follow(file, names, limited), release);
}

/** The member in which a file of that name is to be made. */
export function makerOf(
  table: Table,
  members: readonly Member[],
  name: string,
  r: Request,
): Awaitable<Member> {
  const maker = members.find(({ create }) => create);
  if (!maker) throw noMaker();
  if (table.pointsIn(maker.file)?.has(name)) throw new FileError('EEXIST');
  if (members.length === 1) return maker;
  return after(rules.mayEnter(maker.file, name, r), () => {
    const others = members.filter((member) => member !== maker);
    return after(isIn(table, others, name, r), (there) => {
      if (there) throw new FileError('EEXIST');
      return maker;
    });
  });
}

/** The directory from which a name is to be taken away. */
export function holderOf(
  table: Table,
  members: readonly Member[],
  name: string,
  r: Request,
): Awaitable<File> {
  const [{ file }] = members;
  const alone = members.length === 1;
  if (alone && !table.touches(file.tree)) return file;
  return after(find(table, members, [name], r), ({ member, files }) => {
    for (const found of files) found.release?.();
    refuseBusy(table, member, name, files[0]);
    return after(alone ? undefined : rules.mayTake(member.file, name, r), () => member.file);
  });
}

/** The directory into which a file of `from` can be moved. */
export function targetOf(
  table: Table,
  from: File,
  members: readonly Member[],
  name: string,
  replace: boolean,
  r: Request,
): Awaitable<File> {
  const near = members.filter(({ file }) => file.tree === from.tree);
  if (near.length === 0) throw new FileError('EXDEV');
  const target = near.find(({ file }) => sameFile(file, from)) ?? near.find(({ create }) => create);
  if (!target) throw noMaker();
  const before = members.slice(0, members.indexOf(target));
  // What is found first would hide it, and is in another place than what a rename replaces.
  return after(isIn(table, before, name, r), (hidden) => {
    if (hidden) throw new FileError('EXDEV');
    const allowed = members.length === 1 ? undefined : mayArrive(target, name, replace, r);
    return after(allowed, () => after(mayVanish(table, target, name, r), () => target.file));
  });
}

function mayArrive({ file }: Member, name: string, replace: boolean, r: Request): Awaitable<void> {
  return after(rules.mayEnter(file, name, r), () => (replace ? rules.mayTake(file, name, r) : undefined));
}

/** Fails if what has the name, if anything, is a mount point. */
function mayVanish(table: Table, member: Member, name: string, r: Request): Awaitable<void> {
  if (!table.touches(member.file.tree)) return undefined;
  return rescue(
    () =>
      after(findIn(table, member, [name], r), (files) => {
        for (const file of files) file.release?.();
        refuseBusy(table, member, name, files[0]);
      }),
    (error) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    },
  );
}

/** A name cannot go while something is mounted on its file, or on a mount point that was made in it. */
function refuseBusy(table: Table, member: Member, name: string, found: File): void {
  if (table.head(found) ?? table.pointsIn(found) ?? table.pointsIn(member.file)?.has(name)) {
    throw new FileError('EBUSY', 'something is mounted there: unmount it first');
  }
}

function noMaker(): FileError {
  const text = 'nothing that is mounted here takes new files: mount or bind with -c (MCREATE)';
  return new FileError('EPERM', text);
}

/** Whether some member has the name; those that do not answer are taken to have none. */
function isIn(table: Table, members: readonly Member[], name: string, r: Request): Awaitable<boolean> {
  const [member, ...others] = members;
  if (!member) return false;
  if (patienceOf(member)?.rests) return isIn(table, others, name, r);
  const here = rescue<boolean>(
    () =>
      after(findIn(table, member, [name], r), (files) => {
        for (const file of files) file.release?.();
        return true;
      }),
    (error) => {
      if (codeOf(error) !== 'ENOENT' && !skip(member, error, r)) throw error;
      return false;
    },
  );
  return after(here, (found) => found || isIn(table, others, name, r));
}

/** Whether the union goes on without a member that has failed: not if it is the caller who has given up. */
export function skip(member: Member, error: unknown, r: Request): boolean {
  const patience = patienceOf(member);
  if (patience?.policy === 'fail' || r.signal.aborted) return false;
  if (patience) {
    patience.skipped++;
    patience.failure = error instanceof Error ? error.message : String(error);
  }
  return true;
}
