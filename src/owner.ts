/** The user as whom this process runs, and the host's names of users, for whoever serves or mounts. */
import type { User } from './file/index.ts';
import { currentUser, groupName, groupsOf, userId, userName } from './host/users.ts';
import type { UserTable } from './server/index.ts';

function withGroups(name: string, uid: number, gid: number | undefined): User {
  const groups = groupsOf(name);
  return {
    name,
    uid,
    ...(gid !== undefined && { gid }),
    groups: groups.map((group) => group.name),
    gids: groups.map((group) => group.gid),
  };
}

/** Whoever runs this process. */
export function processUser(): User {
  const { name, uid, gid } = currentUser();
  return { ...withGroups(name, uid, gid), serves: true };
}

/** The accounts of this host. */
export const hostUsers: UserTable = {
  userName,
  groupName,
  userOf(uid) {
    const name = userName(uid);
    return userId(name) === uid ? withGroups(name, uid, groupsOf(name)[0]?.gid) : undefined;
  },
  userNamed(name) {
    const uid = userId(name);
    return uid === undefined ? undefined : withGroups(name, uid, groupsOf(name)[0]?.gid);
  },
};
