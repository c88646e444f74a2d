/** This process's own standard input and output as a stream: it was started to serve whoever started it. */
import net from 'node:net';
import { Delivery } from './delivery.ts';
import { DuplexStream } from './duplex.ts';
import { readingSocket } from './socket.ts';
import type { Peer, Stream } from './stream.ts';

const peer: Peer = { address: 'stdio:', identity: 'stdio' };

/**
 * Takes over descriptors 0 and 1: nothing else may use them from then on, `console.log` included. Pipes and sockets
 * are opened anew, for Node's own `process.stdout` writes to a pipe synchronously, and a slow reader would stop all.
 */
export function stdio(): Stream {
  try {
    const delivery = new Delivery();
    const input = readingSocket(delivery, { fd: 0, readable: true, writable: false });
    const output = new net.Socket({ fd: 1, readable: false, writable: true });
    return new DuplexStream(peer, input, output, delivery);
  } catch {
    // A file or a terminal, which Node's sockets refuse.
    return new DuplexStream(peer, process.stdin, process.stdout);
  }
}
