/** The namespace as a file system, mounted where the world is built. */
import { readFileSync } from 'node:fs';
import type { File } from '../../file/index.ts';
import { serveFuse } from '../../gateways/fuse/index.ts';
import { mountFuse } from '../../gateways/fuse/mount/index.ts';
import { FileError } from '../../file/errors.ts';
import { processUser } from '../../owner.ts';
import type { Wish } from './wish.ts';

/** A namespace that was found, or made. */
export interface Found {
  readonly name: string;
  readonly root: File;
  readonly mountPoints: readonly string[];
  close(): Promise<void>;
}

/** Loads what it needs, and no more: whoever runs a program waits. */
export async function findNamespace(source: Wish['source']): Promise<Found> {
  if (source.kind === 'file') {
    const { World } = await import('../world.ts');
    const world = await World.make(source.file, []);
    const { root, mountPoints } = world;
    return { name: source.file, root, mountPoints, close: () => world.close() };
  }
  const { name, tree, mountPoints } = source;
  const { dialTree } = await import('../dial.ts');
  const root = await dialTree({ scheme: 'unix', path: tree, options: new Map() });
  return { name, root, mountPoints, close: async () => root.release?.() };
}

/** Resolves when the kernel has been answered. What is mounted ends with the last mount namespace that has it. */
export async function openGateway({ name, root }: Found, at: string, { readOnly, bare }: Wish) {
  const user = processUser();
  const allowOther = user.uid === 0 && !bare;
  const { fd } = await mountFuse(at, { name: `ns:${name}`, readOnly, allowOther });
  const server = serveFuse(root, fd, {
    user,
    readOnly,
    // A number that is not known here would be nobody's, and the kernel lets nobody write to such a file: so all are
    // shown as the user's, and what may be done with them their servers say.
    ...(!hasAllNumbers() && { uid: user.uid, gid: user.gid }),
    allowOther,
    log: (line) => process.stderr.write(`ns: ${line}\n`),
  });
  const closed = server.closed().then((cause) => {
    throw new FileError('EIO', 'the file system was unmounted before it was ready', cause ? { cause } : {});
  });
  closed.catch(() => undefined);
  await Promise.race([server.ready(), closed]);
  return server;
}

/** Whether each user's number is one in the user namespace of this process (user_namespaces(7)). */
function hasAllNumbers(): boolean {
  const [, , count] = readFileSync('/proc/self/uid_map', 'latin1').trim().split(/\s+/);
  return Number(count) === 0xffff_ffff;
}
