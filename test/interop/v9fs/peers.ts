/**
 * The servers whose trees the guest mounts. Ours are under test; diod and QEMU's own server are there to judge a
 * failure by: what fails on them too is the client's.
 */
import { startDiod, startNs, temporaryDirectory, type Server } from '../programs.ts';
import type { Cache, Dialect, Mount } from './guest.ts';

export interface Peer {
  readonly name: string;
  readonly dialects: readonly Dialect[];
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
  async start() {
    const server = await startNs('ram:');
    return overTcp(server, '/', async () => server[Symbol.asyncDispose]());
  },
};

const file: Peer = {
  name: 'file',
  dialects: ALL,
  async start() {
    const directory = await temporaryDirectory();
    const server = await startNs(`file:${directory.path}`);
    return overTcp(server, '/', async () => {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    });
  },
};

/** diod knows 9P2000.L alone. */
const diod: Peer = {
  name: 'diod',
  dialects: ['9p2000.L'],
  async start() {
    const directory = await temporaryDirectory();
    const server = await startDiod(directory.path);
    return overTcp(server, directory.path, async () => {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    });
  },
};

/** QEMU's server, over virtio: the only other one that knows 9P2000.u. */
const qemu: Peer = {
  name: 'qemu',
  dialects: ['9p2000.L', '9p2000.u'],
  async start() {
    const directory = await temporaryDirectory();
    const model = process.getuid?.() === 0 ? 'passthrough' : 'mapped-xattr';
    return {
      source: 'tree',
      otherSource: 'tree-again',
      options: 'trans=virtio',
      // A device for each of the two clients: one device takes one mount at a time.
      devices: ['tree', 'tree-again'].flatMap((tag) => [
        ...['-fsdev', `local,id=${tag},path=${directory.path},security_model=${model}`],
        ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
      ]),
      printed: () => '',
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    };
  },
};

const peers: readonly Peer[] = [ram, file, diod, qemu];

/** One of the above, or whoever listens at `tcp://127.0.0.1:PORT`, with an aname after it if need be. @throws Error for any other name. */
export function peerNamed(name: string): Peer {
  const known = peers.find((peer) => peer.name === name);
  if (known !== undefined) return known;
  if (!name.startsWith('tcp:')) throw new Error(`no peer ${name}: ${peers.map((peer) => peer.name).join(', ')}, tcp:…`);
  const { port, pathname } = new URL(name);
  const server = { port: Number(port), printed: () => '' };
  return { name, dialects: ALL, start: async () => overTcp(server, pathname || '/', async () => {}) };
}

/** Every dialect that the peer knows, in both cache modes. */
export function mountsOf({ name, dialects }: Peer, tree: Tree): readonly Mount[] {
  return dialects.flatMap((dialect) => CACHES.map((cache) => mountOf(name, tree, dialect, cache)));
}

export function mountOf(name: string, { source, otherSource, options }: Tree, dialect: Dialect, cache: Cache): Mount {
  return { label: `${name},${dialect},${cache}`, dialect, cache, source, otherSource, options };
}

function overTcp(server: Pick<Server, 'port' | 'printed'>, aname: string, dispose: () => Promise<void>): Tree {
  return {
    source: HOST,
    otherSource: HOST,
    options: `trans=tcp,port=${server.port},uname=root,aname=${aname}`,
    devices: [],
    printed: server.printed,
    [Symbol.asyncDispose]: dispose,
  };
}
