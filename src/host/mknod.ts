/** mknodat(2): FIFOs, sockets and devices, which Node cannot make. */
import { MAJOR_MAX, makedev, MINOR_MAX } from './device.ts';
import { invalid } from './error.ts';
import { failure, Feature } from './native.ts';
import { component, type Text } from './path.ts';

/** A special file: its type and, of a device, its number. */
export type Special =
  | { readonly type: 'fifo' | 'socket' }
  | { readonly type: 'char' | 'block'; readonly major: number; readonly minor: number };

const MODES: Readonly<Record<Special['type'], number>> = {
  fifo: 0o010000,
  socket: 0o140000,
  char: 0o020000,
  block: 0o060000,
};

interface Calls {
  readonly mknodat: (dir: number, name: Text, mode: number, device: number) => number;
}

export const mknod = new Feature<Calls>('mknod', 'FIFOs, sockets and devices', (libc) => ({
  mknodat: libc.func('int mknodat(int dirfd, void *name, unsigned int mode, uint64_t device)'),
}));

/** Makes a special file; `mode` is its 12 permission bits, less the umask. A device needs CAP_MKNOD (EPERM). */
export function mknodAt(dir: number, name: string, special: Special, mode = 0o666): void {
  const device = deviceOf(special);
  const type = MODES[special.type];
  if (mknod.calls.mknodat(dir, component(dir, name), type | (mode & 0o7777), device) < 0) {
    throw failure('mknodat', name);
  }
}

function deviceOf(special: Special): number {
  if (!('major' in special)) return 0;
  const { major, minor } = special;
  if (major >= 0 && major <= MAJOR_MAX && minor >= 0 && minor <= MINOR_MAX) return makedev(major, minor);
  throw invalid(`no device number: ${major}, ${minor}`, 'mknodat');
}
