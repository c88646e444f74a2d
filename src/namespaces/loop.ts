/**
 * Whether a tree leads back to the namespace that it is to be mounted in: through Files of this process or over any
 * number of connections. Such a mount would be walked without end, so it is refused before it is made.
 *
 * The tree is asked for a name that nobody can have. A namespace of this process that is asked for it notes that; a
 * walk that would come round comes round for this name too, since every member of every union on the way is tried.
 */
import { rescue, type Awaitable, type File, type Request } from '../file/index.ts';

const probes = new Map<string, Set<object>>();

/** To be told of every name that a namespace is asked for. */
export function noteProbe(name: string, view: object): void {
  if (probes.size > 0) probes.get(name)?.add(view);
}

/** @param view - the namespace that the tree is to be mounted in. */
export async function leadsTo(
  view: object,
  tree: File,
  r: Request,
  lookup: (tree: File, name: string, r: Request) => Awaitable<File | undefined>,
): Promise<boolean> {
  const name = `.loop-${globalThis.crypto.randomUUID()}`;
  const asked = new Set<object>();
  probes.set(name, asked);
  try {
    // What it answers says nothing: it may be a tree that has every name, or one that fails at once.
    const found = await rescue<File | undefined>(
      () => lookup(tree, name, r),
      () => undefined,
    );
    found?.release?.();
    return asked.has(view);
  } finally {
    probes.delete(name);
  }
}
