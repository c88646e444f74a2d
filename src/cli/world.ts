/** What `ns serve` serves: a tree that is named, several as one, or the world of a namespace file. */
import { FileError, dir, sentenceOf, type Code, type File } from '../file/index.ts';
import { dialWithKeys } from '../keys.ts';
import { newNamespace } from '../namespace.ts';
import { restrict, type Rule } from '../namespaces/allow/index.ts';
import { MCREATE, MREPL, MountError, type Dial, type Namespace } from '../namespaces/index.ts';
import type { Command } from '../namespaces/script/command.ts';
import { runScript } from '../namespaces/script/run.ts';
import { formatAddress, type Address } from '../transport/address.ts';
import { readAddress } from './address.ts';
import { defaultTree } from './default-tree.ts';
import { dialTree } from './dial.ts';
import { exportLine, type BeginLine } from './exports/line.ts';
import { CommandError, UsageError, isSystemError, type SystemError } from './failure.ts';
import { tlsAskingOptions } from './keys.ts';
import { readScript } from './script.ts';

/** A tree that was asked for by -m. */
export interface WantedMount {
  readonly address: Address;
  readonly text: string;
  readonly path: string;
}

/** One -m: an address, a blank, a path. */
export function readMount(text: string): WantedMount {
  const parts = /^(\S.*)\s+(\/\S*)$/.exec(text.trim());
  if (!parts)
    throw new UsageError(`-m '${text}': an address and a path were expected, as in -m 'file:/srv /'`);
  const address = readAddress(parts[1]);
  const local = address.scheme === 'file' || address.scheme === 'ram';
  if (local && (address.fragment ?? '/') !== '/') {
    throw new UsageError(`-m '${text}': ${address.scheme}: is served as a whole; name the directory itself`);
  }
  return { address, text: parts[1], path: parts[2] };
}

/** A tree to be served, with all that it is made of. */
export class World {
  /** Where it is served, as far as a file says. */
  readonly listens: Address[] = [];
  #root: File | undefined;
  /** What ends with it, the last first. */
  readonly #ends: (() => unknown)[] = [];
  #mounted: Namespace | undefined;

  /** The world of a namespace file, with trees mounted in it; without any of them, the default tree. */
  static async make(file: string | undefined, mounts: readonly WantedMount[]): Promise<World> {
    const world = new World();
    try {
      await world.#make(file, mounts);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  get root(): File {
    return this.#root!;
  }

  /** Where something is mounted or bound in it. */
  get mountPoints(): readonly string[] {
    return this.#mounted?.status().map(({ old }) => old) ?? [];
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).toReversed()) await end();
  }

  async #make(file: string | undefined, mounts: readonly WantedMount[]): Promise<void> {
    const alone = mounts.length === 1 && /^\/+$/.test(mounts[0].path);
    if (file !== undefined) await this.#makeFrom(file, mounts);
    else if (mounts.length === 0) this.#root = await defaultTree();
    // A tree that stands alone is served as it is: nothing is to be in its way.
    else if (alone) this.#root = await this.#dial(mounts[0]);
    else this.#root = this.#served(await this.#mountAll(mounts, this.#namespace(dir({}))));
  }

  async #makeFrom(file: string, mounts: readonly WantedMount[]): Promise<void> {
    const commands = await readScript(file);
    const namespace = this.#namespace();
    const rules: Rule[] = [];
    const exports: BeginLine[] = [];
    await runScript(commands, {
      namespace,
      listen: (url) => void this.listens.push(readAddress(url)),
      allow: (user, access, path) => void rules.push({ user, access, path }),
      export: (kind, path, address) => void exports.push(exportLine(kind, path, address)),
    });
    await this.#mountAll(mounts, namespace);
    this.#root = restrict(this.#served(namespace), rules);
    const directories = hostDirectories(commands, mounts);
    for (const begin of exports) this.#ends.push(await begin(this.root, directories));
  }

  #namespace(root?: File): Namespace {
    const namespace = newNamespace(root ? { dial: dialHere, root } : { dial: dialHere });
    this.#ends.push(() => namespace.close());
    return (this.#mounted = namespace);
  }

  #served(namespace: Namespace): File {
    const root = namespace.file();
    this.#ends.push(() => root.release?.());
    return root;
  }

  async #mountAll(mounts: readonly WantedMount[], namespace: Namespace): Promise<Namespace> {
    for (const mount of mounts) {
      const tree = await this.#dial(mount);
      await namespace.mount(tree, mount.path, MREPL | MCREATE).catch((error: unknown) => {
        const cause = error instanceof MountError ? error.cause : error;
        throw new CommandError('mount', `${mount.text} on ${mount.path}`, cause);
      });
    }
    return namespace;
  }

  async #dial({ address, text }: WantedMount): Promise<File> {
    const tree = await dialTree(address).catch((error: unknown) => {
      throw isSystemError(error) ? new CommandError('serve', text, hinted(error)) : error;
    });
    this.#ends.push(() => tree.release?.());
    return tree;
  }
}

/** What this process looks into by itself. */
function hostDirectories(commands: readonly Command[], mounts: readonly WantedMount[]): readonly string[] {
  const urls = commands.flatMap((command) => (command.verb === 'mount' ? [readAddress(command.url)] : []));
  const all = [...urls, ...mounts.map(({ address }) => address)];
  return all.filter(({ scheme }) => scheme === 'file').map(({ path }) => path);
}

const dialAsked = dialWithKeys(tlsAskingOptions);

/** A path on this machine is one from the directory where the command runs. */
const dialHere: Dial = async (url, options) => {
  try {
    return await dialAsked(formatAddress(readAddress(url)), options);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new FileError(error.code as Code, sentenceOf(error.code), { cause: error });
  }
};

function hinted(error: SystemError): Error {
  const hint = DIRECTORY_HINTS[error.code];
  return hint === undefined ? error : new FileError('EIO', hint, { cause: error });
}

const DIRECTORY_HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such directory; make it first, or name another one',
  ENOTDIR: 'it is a file, and a directory can be served; name the one that it is in',
};
