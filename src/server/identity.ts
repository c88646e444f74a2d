/** Who is asking: what the transport knows of the peer decides, never what the peer claims, unless that was asked for. */
import { FileError, NOBODY, type User } from '../file/index.ts';
import type { Peer } from '../transport/stream.ts';

/** Names of users and groups, and what they are in: the host's, or none. */
export interface UserTable {
  userOf(uid: number): User | undefined;
  userNamed(name: string): User | undefined;
  userName(uid: number): string;
  groupName(gid: number): string;
}

/** A table that knows nobody: names are decimal numbers. */
export const NO_USERS: UserTable = {
  userOf: () => undefined,
  userNamed: () => undefined,
  userName: String,
  groupName: String,
};

/** What a Tattach says of its user. */
export interface Claim {
  readonly uname: string;
  /** undefined: not given. */
  readonly uid: number | undefined;
}

export interface IdentityOptions {
  /** The user as whom the server runs. */
  readonly owner: User;
  readonly users: UserTable;
  /** Believe uname and n_uname of peers of whom nothing else is known. */
  readonly trustUname: boolean;
}

/** The user as whom a peer acts. */
export function identify(peer: Peer, claim: Claim, options: IdentityOptions): User {
  const { owner, users } = options;
  switch (peer.identity) {
    case 'credentials':
      if (peer.uid === owner.uid) return owner;
      return {
        name: users.userName(peer.uid!),
        uid: peer.uid!,
        ...(peer.gid !== undefined && { gid: peer.gid }),
        ...users.userOf(peer.uid!),
      };
    case 'key':
      if (peer.user === undefined) throw new FileError('EACCES', 'no user belongs to that key');
      return named(peer.user, options);
    case 'loopback':
    case 'stdio':
    case 'none':
      return options.trustUname ? claimed(claim, options) : owner;
  }
}

function named(name: string, { owner, users }: IdentityOptions): User {
  return name === owner.name ? owner : (users.userNamed(name) ?? { name });
}

function claimed({ uname, uid }: Claim, options: IdentityOptions): User {
  if (uid !== undefined) {
    if (uid === options.owner.uid) return options.owner;
    const { users } = options;
    return users.userOf(uid) ?? { name: users.userName(uid), uid, gid: uid };
  }
  return uname === '' ? NOBODY : named(uname, options);
}
