/** SCM_RIGHTS (unix(7)): a descriptor that another process hands over, through one end of a pair of sockets. */
import { invalid } from './error.ts';
import { errno, failure, Feature } from './native.ts';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x40000000;

/** Nothing has been sent. */
const EAGAIN = 11;

/** struct msghdr: name[8] namelen[4] pad[4] iov[8] iovlen[8] control[8] controllen[8] flags[4] pad[4]. */
const MSGHDR_SIZE = 56;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
const MSG_CONTROL = 32;
const MSG_CONTROLLEN = 40;

/** struct cmsghdr: len[8] level[4] type[4], then the data; CMSG_SPACE of one descriptor. */
const CONTROL_SIZE = 24;
const CMSG_LEVEL = 8;
const CMSG_TYPE = 12;
const CMSG_DATA = 16;
/** CMSG_LEN of one descriptor. */
const ONE_DESCRIPTOR = 20;

interface Calls {
  readonly socketpair: (domain: number, type: number, protocol: number, pair: Int32Array) => number;
  readonly recvmsg: (fd: number, message: Uint8Array, flags: number) => number;
  readonly address: (bytes: Uint8Array) => bigint;
}

export const receiveFd = new Feature<Calls>(
  'rights',
  'a descriptor that another process hands over',
  (libc) => ({
    socketpair: libc.func('int socketpair(int domain, int type, int protocol, void *pair)'),
    recvmsg: libc.func('int64_t recvmsg(int fd, void *message, int flags)'),
    address: libc.address,
  }),
);

/** Two connected sockets. Both are closed in programs that this process starts, except where one is passed on. */
export function socketPair(): readonly [number, number] {
  const pair = new Int32Array(2);
  if (receiveFd.calls.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    throw failure('socketpair');
  return [pair[0], pair[1]];
}

/**
 * The descriptor that has been sent to a socket, for this process to close; undefined if none has been. Never waits.
 * EINVAL for a message without a descriptor.
 */
export function receiveDescriptor(socket: number): number | undefined {
  const { recvmsg, address } = receiveFd.calls;
  const data = new Uint8Array(1);
  const vector = new BigUint64Array([address(data), BigInt(data.length)]);
  const control = new Uint8Array(CONTROL_SIZE);
  const message = new Uint8Array(MSGHDR_SIZE);
  const view = new DataView(message.buffer);
  view.setBigUint64(MSG_IOV, address(new Uint8Array(vector.buffer)), true);
  view.setBigUint64(MSG_IOVLEN, 1n, true);
  view.setBigUint64(MSG_CONTROL, address(control), true);
  view.setBigUint64(MSG_CONTROLLEN, BigInt(CONTROL_SIZE), true);
  const count = recvmsg(socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0 && errno() === EAGAIN) return undefined;
  if (count < 0) throw failure('recvmsg', socket);
  return count === 0 ? undefined : descriptorIn(control, socket);
}

function descriptorIn(control: Uint8Array, socket: number): number {
  const view = new DataView(control.buffer);
  const rights =
    view.getInt32(CMSG_LEVEL, true) === SOL_SOCKET && view.getInt32(CMSG_TYPE, true) === SCM_RIGHTS;
  if (rights && view.getBigUint64(0, true) === BigInt(ONE_DESCRIPTOR)) return view.getInt32(CMSG_DATA, true);
  throw invalid('a message without a descriptor', 'recvmsg', socket);
}
