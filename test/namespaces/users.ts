/** Who uses the trees of these tests. */
import type { User } from '../../src/file/index.ts';
import type { UserTable } from '../../src/server/index.ts';

/** Owns the trees. */
export const GLENDA: User = { name: 'glenda', uid: 1000, gid: 1000, groups: ['glenda'], gids: [1000] };
/** A stranger. */
export const BOB: User = { name: 'bob', uid: 1001, gid: 1001, groups: ['bob'], gids: [1001] };
/** In the group of the owner. */
export const CAROL: User = {
  name: 'carol',
  uid: 1002,
  gid: 1002,
  groups: ['carol', 'glenda'],
  gids: [1002, 1000],
};

const ALL = [GLENDA, BOB, CAROL];

export const USERS: UserTable = {
  userOf: (uid) => ALL.find((user) => user.uid === uid),
  userNamed: (name) => ALL.find((user) => user.name === name),
  userName: (uid) => ALL.find((user) => user.uid === uid)?.name ?? String(uid),
  groupName: (gid) => ALL.find((user) => user.gid === gid)?.name ?? String(gid),
};
