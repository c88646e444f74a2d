/** What this machine can do, and what to do about what it cannot: what `ns doctor` prints. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { delimiter, join } from 'node:path';
import { allocation } from './allocate.ts';
import { at } from './at.ts';
import { getdents } from './getdents.ts';
import { mknod } from './mknod.ts';
import { type Feature, koffiVersion } from './native.ts';
import { ofdlock } from './ofdlock.ts';
import { peer } from './peer.ts';
import { preadv2 } from './preadv2.ts';
import { receiveFd } from './receive-fd.ts';
import { rename } from './rename.ts';
import { stat } from './stat.ts';
import { statfs } from './statfs.ts';
import { times } from './times.ts';
import { xattr } from './xattr.ts';

export interface Finding {
  /** One word or two. */
  readonly name: string;
  readonly available: boolean;
  /** What was found, or what is missing. */
  readonly detail: string;
  /** What to do about what is missing. */
  readonly remedy?: string;
}

const NODE_MAJOR = 20;
const UNSHARE_TIMEOUT_MS = 5000;

const FEATURES: readonly Feature<object>[] = [
  at,
  stat,
  getdents,
  xattr,
  times,
  ofdlock,
  rename,
  allocation,
  mknod,
  statfs,
  preadv2,
  peer,
  receiveFd,
];

/** Looks at everything. It runs one short program (unshare), and changes nothing. */
export function probe(): readonly Finding[] {
  return [node(), koffi(), ...FEATURES.map(feature), fuse(), fusermount(), v9fs(), userNamespaces(), ssh()];
}

const there = (name: string, detail: string): Finding => ({ name, available: true, detail });

const missing = (name: string, detail: string, remedy: string): Finding => ({
  name,
  available: false,
  detail,
  remedy,
});

function node(): Finding {
  const major = Number(process.versions.node.split('.', 1)[0]);
  const detail = `${process.version} on ${process.platform} ${process.arch}`;
  if (major >= NODE_MAJOR) return there('node', detail);
  return missing('node', detail, `install Node.js ${NODE_MAJOR} or later`);
}

function koffi(): Finding {
  const found = koffiVersion();
  if ('lack' in found) return missing('koffi', found.lack.reason, found.lack.remedy);
  return there('koffi', `version ${found.version}`);
}

function feature({ name, what, lack }: Feature<object>): Finding {
  return lack ? missing(name, `${what}: ${lack.reason}`, lack.remedy) : there(name, what);
}

function fuse(): Finding {
  const device = '/dev/fuse';
  if (!existsSync(device))
    return missing(device, 'it does not exist', 'modprobe fuse; a container: --device /dev/fuse');
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return there(device, 'readable and writable');
  } catch {
    return missing(device, 'not readable and writable by this user', `chmod a+rw ${device}, as root`);
  }
}

function fusermount(): Finding {
  const path = program('fusermount3');
  if (path) return there('fusermount3', path);
  return missing('fusermount3', 'not on the PATH', 'apt-get install fuse3');
}

function ssh(): Finding {
  const path = program('ssh');
  if (path) return there('ssh', path);
  return missing('ssh', 'not on the PATH', 'apt-get install openssh-client');
}

/** Where a program is that this user may run. */
function program(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(executable);
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Linux's own client of 9P. */
function v9fs(): Finding {
  if (/^nodev\t9p$/m.test(contents('/proc/filesystems'))) return there('v9fs', 'the running kernel has it');
  const modules = `/lib/modules/${release()}`;
  const listed = ['modules.dep', 'modules.builtin'].some((file) =>
    /\/9p\.ko\b/.test(contents(join(modules, file))),
  );
  if (listed) return there('v9fs', 'the module 9p is there, and loaded at the first mount');
  const detail = `kernel ${release()} has no 9p, nor a module of it`;
  return missing(
    'v9fs',
    detail,
    'a kernel with the module 9p: apt-get install linux-image-amd64 (not the cloud kernel)',
  );
}

/** What lets a plain user mount something for the programs that this user starts. */
function userNamespaces(): Finding {
  const name = 'user namespaces';
  const unshare = program('unshare');
  if (unshare === undefined) {
    return missing(name, 'not tried: unshare is not on the PATH', 'apt-get install util-linux');
  }
  const run = spawnSync(unshare, ['--user', '--map-root-user', '--mount', 'true'], {
    timeout: UNSHARE_TIMEOUT_MS,
    encoding: 'utf8',
  });
  if (run.status === 0) return there(name, 'unshare --user --map-root-user --mount works');
  const forbidding = SYSCTLS.find(({ key, forbids }) => contents(sysctlFile(key)).trim() === forbids);
  if (forbidding) {
    const { key, forbids, allows } = forbidding;
    return missing(name, `forbidden by ${key} = ${forbids}`, `sysctl -w ${key}=${allows}, as root`);
  }
  const [said] = (run.error?.message ?? run.stderr.trim()).split('\n', 1);
  return missing(
    name,
    `unshare failed: ${said}`,
    'a container: let it have unshare(2) and mount(2) in its seccomp profile',
  );
}

/** Settings that forbid user namespaces to plain users, on kernels that have them. */
const SYSCTLS: readonly { readonly key: string; readonly forbids: string; readonly allows: string }[] = [
  { key: 'kernel.unprivileged_userns_clone', forbids: '0', allows: '1' },
  { key: 'user.max_user_namespaces', forbids: '0', allows: '10000' },
  { key: 'kernel.apparmor_restrict_unprivileged_userns', forbids: '1', allows: '0' },
];

const sysctlFile = (key: string): string => `/proc/sys/${key.replaceAll('.', '/')}`;

function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
