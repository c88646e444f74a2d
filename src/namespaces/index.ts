/**
 * Namespaces: trees mounted and bound over each other, addresses, and the schemes that they begin with.
 *
 * @module
 */
export { restrict, type Rule } from './allow/index.ts';
export { formatAddress, parseAddress, treePath, type Address } from '../transport/address.ts';
export { MountError } from './error.ts';
export type { SystemError } from './fs/errors.ts';
export { namespaceFs, type NamespaceFs } from './fs/fs.ts';
export type { FileHandle } from './fs/handle.ts';
export type { Dir, Dirent } from './fs/dirent.ts';
export type { FsRoot } from './fs/scope.ts';
export { MAFTER, MBEFORE, MCACHE, MCREATE, MREPL } from './flags.ts';
export type { Policy } from './mount.ts';
export {
  Namespace,
  type BindOptions,
  type Dial,
  type MountOptions,
  type NamespaceOptions,
} from './namespace.ts';
export { Schemes, type DialContext, type Scheme } from './schemes.ts';
export { formatCommand, parseCommand, usageOf, type Command, type Operation } from './script/command.ts';
export { ScriptError } from './script/error.ts';
export { flagLetters, flagsOf } from './script/flags.ts';
export { parseScript, type ScriptSource } from './script/parse.ts';
export { runCommand, runScript, type ScriptNamespace, type World } from './script/run.ts';
export type { MountStatus } from './status.ts';
