/** What is to be exported: a tree by its address, or a path of the current namespace. */
import { existsSync } from 'node:fs';
import { FileError, codeOf } from '../../file/errors.ts';
import type { File } from '../../file/index.ts';
import { formatAddress, parseAddress, type Address } from '../../transport/address.ts';
import { hasScheme, readAddress } from '../address.ts';
import { dialTree } from '../dial.ts';
import { UsageError } from '../failure.ts';
import { currentHome, openControl } from '../namespace.ts';

export interface Source {
  /** The same for a process in another directory. */
  readonly text: string;
  /** For people, and for all to see in /proc/mounts: without what may be secret. */
  readonly name: string;
  readonly address: Address;
  /** The tree, for as long as it takes. Whoever dials it releases it. */
  dial(patience: Patience): Promise<File>;
  /** Directories of this machine that whoever serves the tree looks into. */
  hostDirectories(signal: AbortSignal): Promise<readonly string[]>;
}

export interface Patience {
  /** Milliseconds that a call waits for a lost connection to come back. */
  readonly deadline?: number;
  readonly signal: AbortSignal;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** @throws UsageError for what is none. */
export function readSource(text: string): Source {
  if (text === '') throw new UsageError("SOURCE '': an address or a path was expected");
  if (text.startsWith('/')) return ofNamespace(text);
  return ofAddress(
    readAddress(hasScheme(text) ? text : formatAddress({ scheme: 'file', path: text, options: NONE })),
  );
}

function ofAddress(address: Address): Source {
  return {
    text: formatAddress(address),
    name: formatAddress({ ...address, options: NONE }),
    address,
    dial: (patience) => dialTree(address, patience),
    hostDirectories: async () => (address.scheme === 'file' ? [address.path] : []),
  };
}

/** It is the process of the namespace that is asked: the export goes on when that was lost and is there again. */
function ofNamespace(path: string): Source {
  const { name, tree } = currentHome();
  const address: Address = { scheme: 'unix', path: tree, options: NONE, fragment: path };
  return {
    text: path,
    name: `${name}:${path}`,
    address,
    async dial(patience) {
      await using _ = await openControl(patience.signal);
      try {
        return await dialTree(address, patience);
      } catch (error) {
        throw codeOf(error) === 'ENOENT' && existsSync(path) ? ofThisMachine(path, error) : error;
      }
    },
    async hostDirectories(signal) {
      await using control = await openControl(signal);
      const { mounts } = await control.status();
      const addresses = mounts.filter(({ from }) => hasScheme(from)).map(({ from }) => parseAddress(from));
      return addresses.filter(({ scheme }) => scheme === 'file').map((one) => one.path);
    },
  };
}

/** Elsewhere a path like this would be one of the host. */
function ofThisMachine(path: string, cause: unknown): FileError {
  const text = `the namespace has no such file; 'file:${path}' is the directory of this machine`;
  return new FileError('ENOENT', text, { cause });
}
