import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { peerCredentials, socketDescriptor } from '../../src/host/index.ts';
import { codeOf, folder } from './support.ts';

const { path } = folder();

/** Both ends of a connection to a server that listens at `address`. */
async function pair(address: string | number): Promise<{ server: Server; ends: readonly [Socket, Socket] }> {
  const server = createServer();
  await new Promise<void>((listening) => {
    if (typeof address === 'number') server.listen(address, '127.0.0.1', listening);
    else server.listen(address, listening);
  });
  const bound = server.address();
  const accepted = new Promise<Socket>((accept) => server.once('connection', accept));
  const near = typeof bound === 'object' && bound ? connect(bound.port, '127.0.0.1') : connect(String(bound));
  await once(near, 'connect');
  return { server, ends: [near, await accepted] };
}

test('both ends of a Unix socket know this process', async () => {
  const { server, ends } = await pair(`${path}/socket`);
  for (const end of ends) {
    const fd = socketDescriptor(end);
    expect(peerCredentials(fd ?? -1)).toEqual({
      pid: process.pid,
      uid: process.geteuid?.(),
      gid: process.getegid?.(),
    });
  }
  for (const end of ends) end.destroy();
  server.close();
  await once(server, 'close');
  expect(ends.map(socketDescriptor)).toEqual([undefined, undefined]);
});

test('TCP says nothing of who is there', async () => {
  const { server, ends } = await pair(0);
  expect(codeOf(() => peerCredentials(socketDescriptor(ends[1]) ?? -1))).toBe('ENOTCONN');
  for (const end of ends) end.destroy();
  server.close();
  await once(server, 'close');
});

test('errors', () => {
  expect(codeOf(() => peerCredentials(1_000_000))).toBe('EBADF');
  expect(codeOf(() => peerCredentials(folderDescriptor))).toBe('ENOTSOCK');
});

const { fd: folderDescriptor } = folder();
