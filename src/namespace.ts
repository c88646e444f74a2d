/** `newNamespace()`: a namespace that can mount whatever {@link dial} can reach. */
import { dial } from './dial.ts';
import { Chan, type File, type Request } from './file/index.ts';
import { Namespace, type NamespaceOptions } from './namespaces/index.ts';
import { processUser } from './owner.ts';
import { ram } from './resources/index.ts';
import { syncOf } from './sync-namespace.ts';
import type { BlockingNamespace } from './sync/namespace.ts';

const DIRECTORIES = ['dev', 'mnt', 'n', 'net', 'srv', 'tmp'];

/**
 * A namespace of the user who runs this process. Its own tree is a small one in memory, with the usual directories:
 * /dev, /mnt, /n, /net, /srv and /tmp.
 */
export function newNamespace(options: NamespaceOptions = {}): HostNamespace {
  const user = options.user ?? processUser();
  const root = options.root ?? usualTree({ user, aname: '', signal: new AbortController().signal });
  return new HostNamespace({ dial, ...options, user, root });
}

/** A namespace of this host, which has a blocking form too. */
export class HostNamespace extends Namespace {
  #sync: BlockingNamespace | undefined;

  get sync(): BlockingNamespace {
    if (!this.#sync?.isUp) this.#sync = syncOf(this);
    return this.#sync;
  }

  override fork(): HostNamespace {
    return new HostNamespace(this.options, this);
  }

  override async close(): Promise<void> {
    await this.#sync?.close();
    await super.close();
  }
}

function usualTree(r: Request): File {
  const root = ram({ owner: r.user });
  const top = Chan.attach(root);
  // A tree in memory answers at once.
  for (const name of DIRECTORIES) void top.mkdir(name, { mode: name === 'tmp' ? 0o1777 : 0o755 }, r);
  return root;
}
