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
  type Awaitable,
  type File,
  type Request,
} from '../file/index.ts';
import type { Member, Table } from './table.ts';

/** Asks a member, within its deadline. */
export function ask<T>(
  { file, mount, within }: Member,
  r: Request,
  work: (file: File, r: Request) => Awaitable<T>,
  late?: (value: T) => void,
): Awaitable<T> {
  const patient = mount ?? within.mount;
  return patient ? patient.ask(r, (limited) => work(file, limited), late) : work(file, r);
}

/** What the first member says that says anything. */
export function firstAnswer<T>(
  members: readonly Member[],
  r: Request,
  work: (file: File, r: Request) => Awaitable<T>,
): Awaitable<T> {
  const [first, ...others] = members;
  if (others.length === 0) return ask(first, r, work);
  return rescue(
    () => ask(first, r, work),
    (error) => {
      if (!skip(first, error)) throw error;
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
  return members.length === 1
    ? after(findIn(table, members[0], names, r), (files) => ({ member: members[0], files }))
    : findFrom(table, members, 0, names, r, undefined);
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
      if (!absent && !skip(member, error)) throw error;
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
  if (!maker) {
    throw new FileError(
      'EPERM',
      'nothing that is mounted here takes new files: mount or bind with -c (MCREATE)',
    );
  }
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
  if (alone && !table.touches(file.tree) && !table.pointsIn(file)) return file;
  return after(find(table, members, [name], r), ({ member, files: [found] }) => {
    const busy = table.head(found) ?? table.pointsIn(member.file)?.has(name);
    found.release?.();
    if (busy) throw new FileError('EBUSY', 'something is mounted there: unmount it first');
    return after(alone ? undefined : rules.mayTake(member.file, name, r), () => member.file);
  });
}

/** The directory into which a file of `from` can be moved. */
export function targetOf(
  table: Table,
  from: File,
  members: readonly Member[],
  name: string,
  r: Request,
): Awaitable<File> {
  const same = members.find(({ file }) => file.tree === from.tree && file.qid.path === from.qid.path);
  const target = same ?? members.find(({ create, file }) => create && file.tree === from.tree);
  if (!target) throw new FileError('EXDEV');
  const before = members.slice(0, members.indexOf(target));
  // What is found first would hide it, and is in another place than what a rename replaces.
  return after(isIn(table, before, name, r), (hidden) => {
    if (hidden) throw new FileError('EXDEV');
    return after(members.length === 1 ? undefined : rules.mayEnter(target.file, name, r), () => target.file);
  });
}

function isIn(table: Table, members: readonly Member[], name: string, r: Request): Awaitable<boolean> {
  if (members.length === 0) return false;
  return rescue(
    () =>
      after(find(table, members, [name], r), ({ files }) => {
        for (const file of files) file.release?.();
        return true;
      }),
    (error) => {
      if (codeOf(error) !== 'ENOENT') throw error;
      return false;
    },
  );
}

/** Whether the union goes on without a member that has failed. */
export function skip({ mount, within }: Member, error: unknown): boolean {
  const patient = mount ?? within.mount;
  if (patient?.policy === 'fail') return false;
  if (patient) {
    patient.skipped++;
    patient.failure = error instanceof Error ? error.message : String(error);
  }
  return true;
}
