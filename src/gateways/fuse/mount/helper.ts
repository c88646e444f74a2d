/** By `fusermount3`, which is setuid root: it opens the device, mounts, and hands the descriptor over. */
import { closeSync, existsSync } from 'node:fs';
import { receiveDescriptor, receiveFd, socketPair } from '../../../host/index.ts';
import { cannotMount, findProgram, run } from '../../mounting/index.ts';
import { DEVICE } from './direct.ts';
import { commonOptions, type Wish } from './wish.ts';

/** The socket, as the helper has it. */
const SOCKET_IN_CHILD = 3;

/** The descriptor of the device, which belongs to the mount from then on. */
export async function mountByHelper(wish: Wish): Promise<number> {
  const { place, hold } = wish;
  const helper = requireHelper(place);
  const [own, theirs] = socketPair();
  try {
    const inherit = hold === undefined ? [theirs] : [theirs, hold];
    const env = { _FUSE_COMMFD: String(SOCKET_IN_CHILD) };
    const { code, said } = await run(helper, ['-o', optionsOf(wish), '--', place], { inherit, env });
    // It has sent the descriptor before it ends, so that it is here by now.
    const fd = code === 0 ? receiveDescriptor(own) : undefined;
    if (fd !== undefined) return fd;
    throw cannotMount('EPERM', place, wordsOf(said, place) || `${helper}: exit code ${code}`);
  } finally {
    closeSync(own);
    closeSync(theirs);
  }
}

function requireHelper(place: string): string {
  const helper = findProgram('fusermount3', 'fusermount');
  if (helper === undefined) {
    const otherwise = 'or be root in a user namespace (unshare -Urm)';
    throw cannotMount(
      'EPERM',
      place,
      `this user may not mount without fusermount3; apt-get install fuse3, ${otherwise}`,
    );
  }
  if (receiveFd.lack) {
    const { reason, remedy } = receiveFd.lack;
    throw cannotMount(
      'EOPNOTSUPP',
      place,
      `fusermount3 mounts, but its descriptor cannot be taken: ${reason}; ${remedy}`,
    );
  }
  return helper;
}

function optionsOf(wish: Wish): string {
  const quoted = wish.name.replaceAll(/[\\,]/g, '\\$&');
  return [...commonOptions(wish), `fsname=${quoted}`, 'subtype=nines'].join(',');
}

/** What the helper says, with what to do. */
function wordsOf(said: string, place: string): string {
  const last = said.split('\n').at(-1) ?? '';
  const line = last.replace(/^[\w./-]*fusermount3?: /, '');
  if (line.includes('user_allow_other')) {
    return "allow_other: the line 'user_allow_other' is not in /etc/fuse.conf; have root add it, or leave allow_other out";
  }
  if (/no write access|not owned by/.test(line)) return `${line}; choose a directory of your own`;
  if (/failed to access mountpoint/.test(line)) {
    return 'fusermount3 may not look there: it is in another FUSE mount, which is for its user alone; choose a directory outside of it';
  }
  if (/too many FUSE filesystems/.test(line))
    return `${line}; unmount some, or have root raise mount_max in /etc/fuse.conf`;
  if (!existsSync(DEVICE))
    return `${DEVICE} does not exist; modprobe fuse, or for a container --device ${DEVICE}`;
  if (/not permitted|permission denied/i.test(line)) {
    return `fusermount3 is not permitted to (${line.replace(`${place}: `, '')}); is it setuid root? A container needs CAP_SYS_ADMIN`;
  }
  return line;
}
