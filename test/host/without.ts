/** Run by without.test.ts in a process of its own, where koffi cannot be loaded: prints what that leads to, as JSON. */
import { closeSync, constants, openSync } from 'node:fs';
import * as host from '../../src/host/index.ts';
import { battery } from './battery.ts';

const path = process.argv[2] ?? '';
const fd = openSync(`${path}/file`, constants.O_RDWR | constants.O_CREAT);
const dir = openSync(path, constants.O_RDONLY);

const CALLS: Readonly<Record<string, () => unknown>> = {
  allocate: () => host.allocate(fd, 0, 1),
  seek: () => host.seek(fd, 0, 'data'),
  getXattr: () => host.getXattr(fd, 'user.x'),
  setXattr: () => host.setXattr(fd, 'user.x', Buffer.alloc(1)),
  listXattr: () => host.listXattr(fd),
  removeXattr: () => host.removeXattr(fd, 'user.x'),
  setTimes: () => host.setTimes(fd, 'now', 'now'),
  setLock: () => host.setLock(fd, { type: 'write', start: 0, length: 0 }),
  getLock: () => host.getLock(fd, { type: 'write', start: 0, length: 0 }),
  noreplace: () => host.renameAt(dir, 'file', dir, 'other', 'noreplace'),
  exchange: () => host.renameAt(dir, 'file', dir, 'file', 'exchange'),
  linkDescriptor: () => host.linkDescriptor(fd, dir, 'other'),
  mknodAt: () => host.mknodAt(dir, 'fifo', { type: 'fifo' }),
  readDirectory: () => host.readDirectory(dir).next(),
  readCached: () => host.readCached(fd, new Uint8Array(1), 0),
  peerCredentials: () => host.peerCredentials(fd),
  socketPair: () => host.socketPair(),
  receiveDescriptor: () => host.receiveDescriptor(fd),
};

function failureOf(call: () => unknown): unknown {
  try {
    return { returned: String(call()) };
  } catch (error) {
    if (!(error instanceof host.HostError)) return { threw: String(error) };
    return { code: error.code, errno: error.errno, message: error.message };
  }
}

const failures = Object.fromEntries(Object.entries(CALLS).map(([name, call]) => [name, failureOf(call)]));
const findings = host.probe();
closeSync(fd);
closeSync(dir);
process.stdout.write(JSON.stringify({ failures, findings, battery: battery(`${path}/battery`) }));
