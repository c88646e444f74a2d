/**
 * The servers whose trees the guest mounts. Ours are under test; diod and QEMU's own server are there to judge a
 * failure by: what fails on them too is the client's.
 */
import { startDiod, startNs, temporaryDirectory, type Server } from '../programs.ts';
import type { Cache, Dialect, Mount } from './guest.ts';

export interface Peer {
  readonly name: string;
  readonly dialects: readonly Dialect[];
  /** Whether its tree stands on a file system of this machine. */
  readonly onHost: boolean;
  start(): Promise<Tree>;
}

/** A tree that is served, as the guest reaches it. Disposing ends its server. */
export interface Tree extends AsyncDisposable {
  readonly source: string;
  /** The same for a second client. */
  readonly otherSource: string;
  readonly options: string;
  readonly devices: readonly string[];
  /** What its server printed. */
  printed(): string;
}

const ALL: readonly Dialect[] = ['9p2000.L', '9p2000.u', '9p2000'];
const CACHES: readonly Cache[] = ['none', 'loose'];

/** The host's 127.0.0.1, as QEMU's user network shows it to a guest. */
const HOST = '10.0.2.2';

const ram: Peer = {
  name: 'ram',
  dialects: ALL,
  onHost: false,
  async start() {
    const server = await startNs('ram:');
    return overTcp(server, 'aname=/', async () => server[Symbol.asyncDispose]());
  },
};

const file: Peer = {
  name: 'file',
  dialects: ALL,
  onHost: true,
  async start() {
    const directory = await temporaryDirectory();
    const server = await startNs(`file:${directory.path}`);
    return overTcp(server, 'aname=/', async () => {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    });
  },
};

/**
 * diod knows 9P2000.L alone. What it fails in is its own: it finds even an open file by its path (fstat and ftruncate
 * after unlink, and files below a renamed directory), locks whole files whatever the range, refuses Tgetlock, and takes
 * an extended attribute without bytes for one to be removed.
 */
const diod: Peer = {
  name: 'diod',
  dialects: ['9p2000.L'],
  onHost: true,
  async start() {
    const directory = await temporaryDirectory();
    const server = await startDiod(directory.path);
    return overTcp(server, `aname=${directory.path},uname=root`, async () => {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    });
  },
};

/**
 * QEMU's server, over virtio: the only other one that knows 9P2000.u. What it fails in is its own: paths and empty
 * attributes as diod, no locks at all between clients, no files that are neither file nor directory, and in 9P2000.u
 * an fsync (a Twstat that touches nothing) that it does not answer.
 */
const qemu: Peer = {
  name: 'qemu',
  dialects: ['9p2000.L', '9p2000.u'],
  onHost: true,
  async start() {
    const directory = await temporaryDirectory();
    const model = process.getuid?.() === 0 ? 'passthrough' : 'mapped-xattr';
    return {
      source: 'tree',
      otherSource: 'tree-again',
      options: 'trans=virtio',
      // A device for each of the two clients: one device takes one mount at a time.
      devices: ['tree', 'tree-again'].flatMap((tag) => [
        '-fsdev',
        `local,id=${tag},path=${directory.path},security_model=${model}`,
        '-device',
        `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`,
      ]),
      printed: () => '',
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    };
  },
};

const peers: readonly Peer[] = [ram, file, diod, qemu];

/**
 * One of the above, or whoever listens at `tcp://127.0.0.1:PORT`, with an aname after it if need be.
 *
 * @throws Error for any other name.
 */
export function peerNamed(name: string): Peer {
  const known = peers.find((peer) => peer.name === name);
  if (known !== undefined) return known;
  if (!name.startsWith('tcp:'))
    throw new Error(`no peer ${name}: ${peers.map((peer) => peer.name).join(', ')}, tcp:…`);
  const { port, pathname } = new URL(name);
  const server = { port: Number(port), printed: () => '' };
  return {
    name,
    dialects: ALL,
    onHost: true,
    start: async () => overTcp(server, `aname=${pathname || '/'}`, async () => {}),
  };
}

/** A way to mount a peer's tree, and what its results are found by. */
export type Way = Pick<Mount, 'label' | 'dialect' | 'cache'>;

/** Every dialect that the peer knows, in both cache modes. */
export function waysToMount({ name, dialects }: Peer): readonly Way[] {
  return dialects.flatMap((dialect) => CACHES.map((cache) => wayToMount(name, dialect, cache)));
}

export function wayToMount(name: string, dialect: Dialect, cache: Cache): Way {
  return { label: `${name},${dialect},${cache}`, dialect, cache };
}

/** The mounts of a tree that is served. */
export function mountsOf({ source, otherSource, options }: Tree, ways: readonly Way[]): readonly Mount[] {
  return ways.map((way) => ({ ...way, source, otherSource, options }));
}

function overTcp(
  server: Pick<Server, 'port' | 'printed'>,
  options: string,
  dispose: () => Promise<void>,
): Tree {
  return {
    source: HOST,
    otherSource: HOST,
    options: `trans=tcp,port=${server.port},${options}`,
    devices: [],
    printed: server.printed,
    [Symbol.asyncDispose]: dispose,
  };
}
