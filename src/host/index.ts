/**
 * What Linux gives and Node does not. Every native call is here, made through koffi, which is optional: without it a
 * call says what it lacks (EOPNOTSUPP), or Node's own stands in where that gives the same result.
 *
 * Calls are synchronous and take microseconds, except where they wait for a disk as every file operation may. A failure
 * is a {@link HostError}, or Node's error where Node made the call; `code` is what to look at in both.
 */
export { allocate, type AllocateHow, seek } from './allocate.ts';
export {
  linkAt,
  linkDescriptor,
  mkdirAt,
  O_PATH,
  openAt,
  readlinkAt,
  rmdirAt,
  symlinkAt,
  unlinkAt,
} from './at.ts';
export { HostError } from './error.ts';
export { type DirectoryEntry, getdents, readDirectory } from './getdents.ts';
export { mountAt, type MountEntry, parseMounts, readMounts } from './mountinfo.ts';
export { mknodAt, type Special } from './mknod.ts';
export { decodeName, encodeName } from './name.ts';
export { Feature, type Lack } from './native.ts';
export { type FileLock, type FileLockRequest, getLock, ofdlock, setLock } from './ofdlock.ts';
export { type At, AT_FDCWD, nodePath, type Target } from './path.ts';
export { peer, type PeerCredentials, peerCredentials, socketDescriptor } from './peer.ts';
export { preadv2, readCached } from './preadv2.ts';
export { type Finding, probe } from './probe.ts';
export { receiveDescriptor, receiveFd, socketPair } from './receive-fd.ts';
export { renameAt, type RenameHow } from './rename.ts';
export { RuntimeDirectoryError, runtimeDirectory } from './runtime.ts';
export { type FileType, type Stat, statAt, statDescriptor, type Time } from './stat.ts';
export { type FileSystemFigures, statfsDescriptor } from './statfs.ts';
export { type NewTime, setTimes } from './times.ts';
export {
  type Accounts,
  accounts,
  type CurrentUser,
  currentUser,
  type Group,
  groupId,
  groupName,
  groupsOf,
  userId,
  userName,
} from './users.ts';
export { getXattr, listXattr, removeXattr, setXattr, xattr, type XattrHow } from './xattr.ts';
