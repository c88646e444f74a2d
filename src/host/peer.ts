/** SO_PEERCRED (unix(7)): the process at the other end of a Unix socket, as the kernel saw it connect. */
import type { Socket } from 'node:net';
import { HostError } from './error.ts';
import { failure, Feature } from './native.ts';

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** struct ucred: pid[4] uid[4] gid[4]; and its size, which getsockopt reads and writes. */
const SIZE = 12;
const bytes = new Uint8Array(SIZE);
const view = new DataView(bytes.buffer);
const size = new Uint32Array(1);

/** What the kernel says where it knows nobody. */
const NO_ID = 0xffffffff;

interface Calls {
  readonly getsockopt: (
    fd: number,
    level: number,
    option: number,
    value: Uint8Array,
    size: Uint32Array,
  ) => number;
}

export const peer = new Feature<Calls>('peer', 'the user at the other end of a Unix socket', (libc) => ({
  getsockopt: libc.func('int getsockopt(int fd, int level, int option, void *value, void *size)'),
}));

/**
 * Who connected, or for a client, who listens. They are the effective ids at that time, in this process's user
 * namespace; a pid of 0 is a process that this one cannot see. ENOTSOCK for what is no socket, ENOTCONN for a socket that
 * has no such peer: not connected, or not a Unix socket.
 */
export function peerCredentials(fd: number): PeerCredentials {
  size[0] = SIZE;
  if (peer.calls.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, bytes, size) < 0) throw failure('getsockopt', fd);
  const uid = view.getUint32(4, true);
  if (uid === NO_ID)
    throw new HostError('ENOTCONN', 107, 'nobody is known to be at the other end', 'getsockopt', fd);
  return { pid: view.getInt32(0, true), uid, gid: view.getUint32(8, true) };
}

/** The descriptor of a socket of Node's, which has no public name for it; undefined once it is closed. */
export function socketDescriptor(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
