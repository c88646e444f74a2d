/** Who asks. */
export interface User {
  readonly name: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Names and ids of all groups that the user is in. */
  readonly groups?: readonly string[];
  readonly gids?: readonly number[];
  /** The user as whom the server runs: the owner of whatever says nothing of its owner. */
  readonly serves?: boolean;
}

/** Somebody of whom nothing is known. */
export const NOBODY: User = { name: 'nobody', uid: 65534, gid: 65534 };
