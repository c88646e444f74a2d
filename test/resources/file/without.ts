/** Run by without.test.ts in a process of its own: prints, as JSON, what the battery sees and what cannot be done. */
import { userInfo } from 'node:os';
import { Chan, READ_WRITE, codeOf, type Request } from '../../../src/file/index.ts';
import { hostDirectory } from '../../../src/resources/file/index.ts';
import { battery } from './battery.ts';

const path = process.argv[2];
const seen = await battery(path);

const { username: name, uid, gid } = userInfo();
const user = { name, uid, gid, serves: true };
const r: Request = { user, aname: '', signal: new AbortController().signal };
const root = Chan.attach(hostDirectory(path, { map: 'none' }));
const chan = root.clone();
await chan.create('lacking', { mode: 0o666 }, READ_WRITE, r);
const owner = { session: {}, client: '', process: 1 };

const CALLS: Readonly<Record<string, () => unknown>> = {
  lock: () => chan.lock({ type: 'write', start: 0, length: 0, owner }, r),
  getLock: () => chan.getLock({ type: 'write', start: 0, length: 0, owner }, r),
  allocate: () => chan.allocate(0, 1, false, r),
  seek: () => chan.seek(0, 'hole', r),
  mknod: () => root.mknod('fifo', { type: 'fifo', mode: 0o600, major: 0, minor: 0 }, r),
  xattr: () => chan.file.xattrs!.set('user.x', new Uint8Array(1), 'any', r),
};

const outcomes: Record<string, string> = {};
for (const [name, call] of Object.entries(CALLS)) {
  try {
    await call();
    outcomes[name] = '';
  } catch (error) {
    outcomes[name] = codeOf(error);
  }
}
process.stdout.write(JSON.stringify({ seen, outcomes, uid }));
