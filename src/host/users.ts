/**
 * Users and groups by name and number: /etc/passwd and /etc/group (passwd(5), group(5)), read when they have changed.
 * Whoever stands in neither, as users of a directory service do, goes by the number.
 */
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';

export interface Group {
  readonly name: string;
  readonly gid: number;
}

export interface CurrentUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Accounts {
  /** The user's name, or the number in decimal. */
  readonly userName: (uid: number) => string;
  /** The number of a user of that name, or that the name itself is in decimal; undefined: there is no such user. */
  readonly userId: (name: string) => number | undefined;
  readonly groupName: (gid: number) => string;
  readonly groupId: (name: string) => number | undefined;
  /** The user's own group, then those that list the user; none for an unknown user. */
  readonly groupsOf: (user: string) => readonly Group[];
}

interface Line {
  readonly name: string;
  readonly id: number;
  /** What follows the id: of a user the gid and more, of a group its members. */
  readonly rest: readonly string[];
}

interface Table {
  readonly lines: readonly Line[];
  readonly byName: ReadonlyMap<string, Line>;
  readonly byId: ReadonlyMap<number, Line>;
}

/** How long a table is good before the file is looked at again: names are asked for far more often than they change. */
const RECHECK_MS = 1000;
/** The last id but one: -1 says "no change" to chown(2). */
const MAX_ID = 0xfffffffe;

/** Accounts from two files of those formats, each looked at at most once in `recheck` milliseconds. */
export function accounts(passwd: string, group: string, recheck = RECHECK_MS): Accounts {
  const users = cached(passwd, recheck);
  const groups = cached(group, recheck);
  return {
    userName: (uid) => users().byId.get(uid)?.name ?? `${uid}`,
    userId: (name) => users().byName.get(name)?.id ?? decimal(name),
    groupName: (gid) => groups().byId.get(gid)?.name ?? `${gid}`,
    groupId: (name) => groups().byName.get(name)?.id ?? decimal(name),
    groupsOf: (user) => groupsOfUser(user, users(), groups()),
  };
}

export const { userName, userId, groupName, groupId, groupsOf } = accounts('/etc/passwd', '/etc/group');

/** The user as whom this process runs. */
export function currentUser(): CurrentUser {
  const uid = process.geteuid?.() ?? -1;
  const gid = process.getegid?.() ?? -1;
  try {
    // Asks the C library, which knows directory services too.
    return { name: userInfo().username, uid, gid };
  } catch {
    return { name: userName(uid), uid, gid };
  }
}

function groupsOfUser(user: string, users: Table, groups: Table): readonly Group[] {
  const line = users.byName.get(user);
  if (!line) return [];
  const own = decimal(line.rest[0] ?? '');
  const first = own === undefined ? [] : [{ name: groups.byId.get(own)?.name ?? `${own}`, gid: own }];
  const listed = groups.lines.filter(
    ({ id, rest }) => id !== own && (rest[0] ?? '').split(',').includes(user),
  );
  return [...first, ...listed.map(({ name, id }) => ({ name, gid: id }))];
}

function decimal(name: string): number | undefined {
  if (!/^(0|[1-9]\d{0,9})$/.test(name)) return undefined;
  const id = Number(name);
  return id <= MAX_ID ? id : undefined;
}

/** The table of a file: kept, and made anew when another file stands there. */
function cached(path: string, recheck: number): () => Table {
  let table = tableOf('');
  let version = '';
  let looked = -Infinity;
  return () => {
    const now = performance.now();
    if (now - looked < recheck) return table;
    looked = now;
    const found = versionOf(path);
    if (found !== version) {
      table = tableOf(contents(path));
      version = found;
    }
    return table;
  };
}

/** Empty where there is no such file, as in a bare container. */
function versionOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs}` : '';
}

function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** `NAME:PASSWORD:ID:…` in both files. The first line of a name or of a number is the one that counts. */
function tableOf(text: string): Table {
  const lines = text.split('\n').flatMap((line): readonly Line[] => {
    const [name, , id, ...rest] = line.split(':');
    return name !== undefined && id !== undefined && /^\d+$/.test(id) ? [{ name, id: Number(id), rest }] : [];
  });
  const reversed = lines.toReversed();
  return {
    lines,
    byName: new Map(reversed.map((line) => [line.name, line])),
    byId: new Map(reversed.map((line) => [line.id, line])),
  };
}
