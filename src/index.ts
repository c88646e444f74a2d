/**
 * nines: every resource is a file tree, every program has its own world.
 *
 * @module
 */
export { Fid } from './client/index.ts';
export { dial, schemes, type DialOptions } from './dial.ts';
export * from './file/index.ts';
export { newNamespace, type HostNamespace } from './namespace.ts';
export { SyncNamespace, syncOf } from './sync-namespace.ts';
export type { SyncOptions } from './sync/namespace.ts';
export {
  MAFTER,
  MBEFORE,
  MCACHE,
  MCREATE,
  MREPL,
  MountError,
  Namespace,
  type MountOptions,
  type MountStatus,
  type NamespaceOptions,
} from './namespaces/index.ts';
export { hostUsers, processUser } from './owner.ts';
export { ram } from './resources/index.ts';
export { hostServer, serve, type Serving } from './serve.ts';
export { TransportError, connect, listen, pipe, stdio } from './transport/index.ts';
export type {
  Accept,
  ConnectOptions,
  Credentials,
  Listener,
  ListenOptions,
  Peer,
  Receiver,
  Stream,
} from './transport/index.ts';
export {
  authorizeKey,
  createKeyFile,
  readAuthorizedKeys,
  readKeyFile,
  readKnownServers,
  rememberServer,
} from './transport/key-files.ts';
export { fingerprint, makeIdentity, readIdentity, type Identity, type PublicKey } from './transport/keys.ts';
