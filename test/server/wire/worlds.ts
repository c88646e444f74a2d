/** Users, trees and sessions that the tests have in common. */
import { dir, text, type File, type User } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import type { Server, ServerOptions, UserTable } from '../../../src/server/index.ts';
import { DIALECTS, type Dialect } from './codec.ts';
import { Nine } from './nine.ts';
import { serverOf } from './peer.ts';

export const GLENDA: User = {
  name: 'glenda',
  uid: 1000,
  gid: 1000,
  groups: ['glenda', 'sys'],
  gids: [1000, 50],
  serves: true,
};
/** Shares the group sys with glenda. */
export const KEN: User = { name: 'ken', uid: 1001, gid: 1001, groups: ['ken', 'sys'], gids: [1001, 50] };
export const ROB: User = { name: 'rob', uid: 1002, gid: 1002, groups: ['rob'], gids: [1002] };
const ROOT: User = { name: 'root', uid: 0, gid: 0, groups: ['root'], gids: [0] };

const accounts = [GLENDA, KEN, ROB, ROOT];
const groups = new Map([
  [1000, 'glenda'],
  [1001, 'ken'],
  [1002, 'rob'],
  [50, 'sys'],
  [0, 'root'],
]);

export const USERS: UserTable = {
  userOf: (uid) => accounts.find((user) => user.uid === uid),
  userNamed: (name) => accounts.find((user) => user.name === name),
  userName: (uid) => accounts.find((user) => user.uid === uid)?.name ?? String(uid),
  groupName: (gid) => groups.get(gid) ?? String(gid),
};

/** Everybody is who they say they are; glenda serves. */
export const TRUSTING: ServerOptions = { owner: GLENDA, users: USERS, trustUname: true };

/** Connects, agrees on the dialect, and attaches fid 0. */
export async function session(server: Server, dialect: Dialect, user?: User, msize = 65536): Promise<Nine> {
  const nine = Nine.to(server);
  await agree(nine, dialect, msize);
  await nine.attach(0, user && { uname: user.name, n_uname: user.uid });
  return nine;
}

export async function agree(nine: Nine, dialect: Dialect, msize = 65536): Promise<void> {
  const { version } = await nine.version(msize, dialect);
  if (version !== dialect) throw new Error(`${version} in place of ${dialect}`);
}

/** A session on an empty RAM tree of glenda's. */
export async function ramSession(dialect: Dialect): Promise<{ nine: Nine; server: Server; root: File }> {
  const root = ram({ owner: GLENDA });
  const server = serverOf(root, TRUSTING);
  return { nine: await session(server, dialect, GLENDA), server, root };
}

/** `d` with a file `f` and a directory `e` in it, `e` with a file `g`; and a file `top`. */
export const SYNTHETIC_TREE = (): File =>
  dir({
    d: dir({ f: text('f\n'), e: dir({ g: text('g\n') }) }),
    top: text('top\n'),
  });

/** The same in memory. */
export async function ramTree(): Promise<File> {
  const root = ram({ owner: GLENDA });
  const nine = await session(serverOf(root, TRUSTING), '9P2000.L', GLENDA);
  await nine.mkdir(0, 'd');
  await nine.make(['d', 'f'], 'f\n');
  await nine.mkdir(await nine.at('d'), 'e');
  await nine.make(['d', 'e', 'g'], 'g\n');
  await nine.make(['top'], 'top\n');
  return root;
}

/** Every dialect with every tree: rows for `describe.each`. */
export function everywhere(
  trees: Readonly<Record<string, () => File | Promise<File>>>,
): readonly (readonly [Dialect, string, () => File | Promise<File>])[] {
  return DIALECTS.flatMap((dialect) =>
    Object.entries(trees).map(([name, make]) => [dialect, name, make] as const),
  );
}

/** A session of glenda's on the tree. */
export const serve = (tree: File, dialect: Dialect): Promise<Nine> =>
  session(serverOf(tree, TRUSTING), dialect, GLENDA);
