import { afterAll } from '@jest/globals';
import net from 'node:net';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { parseAddress } from '../../src/transport/address.ts';
import { DuplexStream } from '../../src/transport/duplex.ts';
import { connect, listen, pipe, type ConnectOptions, type ListenOptions } from '../../src/transport/index.ts';
import { makeIdentity } from '../../src/transport/keys.ts';
import type { Listener, Stream } from '../../src/transport/stream.ts';
import { connectBrowserWebSocket } from '../../src/transport/websocket-browser.ts';
import { battery, type Pair } from './battery.ts';
import { acceptor, scratchDirectory } from './tools.ts';

const scratch = scratchDirectory();
const listeners: Listener[] = [];
afterAll(async () => {
  for (const listener of listeners) await listener.close();
  scratch.remove();
});

/** Pairs over one listener, which is made for the first of them. */
function over(
  address: string,
  listening: ListenOptions = {},
  connecting: ConnectOptions = {},
  dial: (address: string) => Promise<Stream> = (to) => connect(to, connecting),
): () => Promise<Pair> {
  const { accept, next } = acceptor();
  let listener: Promise<Listener> | undefined;
  return async () => {
    listener ??= listen(address, accept, listening);
    const { address: real } = await listener;
    if (!listeners.includes(await listener)) listeners.push(await listener);
    const [near, far] = await Promise.all([dial(real), next()]);
    return { near, far };
  };
}

/** The same pairs seen from the other end. */
function turned(open: () => Promise<Pair>): () => Promise<Pair> {
  return async () => {
    const { near, far } = await open();
    return { near: far, far: near };
  };
}

/** Sockets as a Node without the undocumented parts would have them. */
async function plainSockets(): Promise<Pair> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const { port } = server.address() as net.AddressInfo;
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const other = await accepted;
  server.close();
  const peer = { address: 'tcp:', identity: 'loopback' } as const;
  return { near: new DuplexStream(peer, socket, socket), far: new DuplexStream(peer, other, other) };
}

const serverKey = makeIdentity();
const clientKey = makeIdentity();
const tlsPairs = over(
  'tls://127.0.0.1:0',
  { identity: serverKey, authorized: (key) => (key === clientKey.publicKey ? 'glenda' : undefined) },
  { identity: clientKey, knownServer: () => serverKey.publicKey },
);
const browserPairs = over('ws://127.0.0.1:0', {}, {}, (address) => {
  Object.assign(globalThis, { WebSocket });
  return connectBrowserWebSocket(parseAddress(address));
});

battery('pipe', () => {
  const [near, far] = pipe();
  return Promise.resolve({ near, far });
});
battery('plain sockets', plainSockets);
for (const [kind, open] of [
  ['tcp', over('tcp://127.0.0.1:0')],
  ['unix', over(`unix://${join(scratch.path, 'socket')}`)],
  ['tls', tlsPairs],
  ['ws', over('ws://127.0.0.1:0')],
] as const) {
  battery(`${kind}, from the client`, open);
  battery(`${kind}, from the server`, turned(open));
}
battery('ws in a browser, from the client', browserPairs);
battery('ws in a browser, from the server', turned(browserPairs), false);
