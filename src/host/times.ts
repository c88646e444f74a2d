/** utimensat(2): a file's times to the nanosecond. Node's utimes rounds to microseconds. */
import { invalid } from './error.ts';
import { failure, Feature } from './native.ts';
import { AT_FDCWD, component, cString, shown, type Target, type Text } from './path.ts';
import type { Time } from './stat.ts';

/** A time to set: a moment, the host's clock, or undefined to leave what is there. */
export type NewTime = Time | 'now' | undefined;

const AT_SYMLINK_NOFOLLOW = 0x100;
const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;
const BILLION = 1_000_000_000;

/** struct timespec[2]: seconds and nanoseconds, 8 bytes each. */
const bytes = new Uint8Array(32);
const view = new DataView(bytes.buffer);

interface Calls {
  readonly utimensat: (dir: number, name: Text, times: Uint8Array, flags: number) => number;
  readonly futimens: (fd: number, times: Uint8Array) => number;
}

export const times = new Feature<Calls>('times', 'file times in nanoseconds', (libc) => ({
  utimensat: libc.func('int utimensat(int dirfd, void *name, void *times, int flags)'),
  futimens: libc.func('int futimens(int fd, void *times)'),
}));

/** Sets the times of access and modification; both undefined changes nothing, not even the ctime. */
export function setTimes(target: Target, atime: NewTime, mtime: NewTime): void {
  const calls = times.calls;
  put(0, atime);
  put(16, mtime);
  if (call(calls, target) < 0) throw failure('utimensat', shown(target));
}

function call(calls: Calls, target: Target): number {
  if (typeof target === 'number') return calls.futimens(target, bytes);
  if (typeof target === 'string') return calls.utimensat(AT_FDCWD, cString(target), bytes, 0);
  return calls.utimensat(target.dir, component(target.dir, target.name), bytes, AT_SYMLINK_NOFOLLOW);
}

function put(offset: number, time: NewTime): void {
  const special = time === undefined ? UTIME_OMIT : UTIME_NOW;
  const { sec, nsec } = typeof time === 'object' ? valid(time) : { sec: 0, nsec: special };
  view.setBigInt64(offset, BigInt(sec), true);
  view.setBigInt64(offset + 8, BigInt(nsec), true);
}

function valid(time: Time): Time {
  const { sec, nsec } = time;
  if (Number.isSafeInteger(sec) && Number.isInteger(nsec) && nsec >= 0 && nsec < BILLION) return time;
  throw invalid(`no time: ${sec} s and ${nsec} ns`, 'utimensat');
}
