/**
 * Extended attributes (xattr(7)): names in the form of name.ts, values of 64 KiB at most.
 *
 * A target that is a path is followed to its end: for a descriptor that was opened with O_PATH it is `/proc/self/fd/N`.
 * What the file system does not keep is EOPNOTSUPP, also where koffi is there.
 */
import { decodeName } from './name.ts';
import { errno, failure, Feature, type Libc } from './native.ts';
import { cString, procPath, shown, type Target, type Text } from './path.ts';

/** What setXattr does where the attribute exists (`create`: EEXIST) or does not (`replace`: ENODATA). */
export type XattrHow = 'any' | 'create' | 'replace';

const FLAGS: Readonly<Record<XattrHow, number>> = { any: 0, create: 1, replace: 2 };

const ERANGE = 34;
/** The kernel's limit for a value and for a list (linux/limits.h). */
const MAX = 65536;
/** What is offered first: the kernel allocates and clears as much as it is offered, and most values are small. */
const USUAL = 1024;

const scratch = new Uint8Array(MAX);

/** The C library has three of them: for a path, for a path whose last link is not followed, for a descriptor. */
interface Family {
  readonly get: (file: Subject, name: Text, value: Uint8Array, size: number) => number;
  readonly set: (file: Subject, name: Text, value: Uint8Array, size: number, flags: number) => number;
  readonly list: (file: Subject, names: Uint8Array, size: number) => number;
  readonly remove: (file: Subject, name: Text) => number;
}

type Subject = Text | number;

function family(libc: Libc, prefix: string, file: string): Family {
  return {
    get: libc.func(`intptr_t ${prefix}getxattr(${file}, void *name, void *value, size_t size)`),
    set: libc.func(`int ${prefix}setxattr(${file}, void *name, void *value, size_t size, int flags)`),
    list: libc.func(`intptr_t ${prefix}listxattr(${file}, void *names, size_t size)`),
    remove: libc.func(`int ${prefix}removexattr(${file}, void *name)`),
  };
}

interface Calls {
  readonly followed: Family;
  readonly unfollowed: Family;
  readonly open: Family;
}

export const xattr = new Feature<Calls>('xattr', 'extended attributes', (libc) => ({
  followed: family(libc, '', 'void *path'),
  unfollowed: family(libc, 'l', 'void *path'),
  open: family(libc, 'f', 'int fd'),
}));

function select(target: Target): { readonly calls: Family; readonly file: Subject } {
  const { followed, unfollowed, open } = xattr.calls;
  if (typeof target === 'number') return { calls: open, file: target };
  if (typeof target === 'string') return { calls: followed, file: cString(target) };
  return { calls: unfollowed, file: cString(procPath(target.dir, target.name)) };
}

/** The value of an attribute; ENODATA if there is none of that name. */
export function getXattr(target: Target, name: string): Uint8Array {
  const { calls, file } = select(target);
  const attribute = cString(name);
  const length = fill((size) => calls.get(file, attribute, scratch, size));
  if (length < 0) throw failure('getxattr', name);
  return scratch.slice(0, length);
}

export function setXattr(target: Target, name: string, value: Uint8Array, how: XattrHow = 'any'): void {
  const { calls, file } = select(target);
  if (calls.set(file, cString(name), value, value.length, FLAGS[how]) < 0) throw failure('setxattr', name);
}

export function removeXattr(target: Target, name: string): void {
  const { calls, file } = select(target);
  if (calls.remove(file, cString(name)) < 0) throw failure('removexattr', name);
}

/** The names of all attributes that the caller may see. */
export function listXattr(target: Target): string[] {
  const { calls, file } = select(target);
  const length = fill((size) => calls.list(file, scratch, size));
  if (length < 0) throw failure('listxattr', shown(target));
  const names: string[] = [];
  for (let start = 0; start < length;) {
    const end = scratch.indexOf(0, start);
    names.push(decodeName(scratch, start, end));
    start = end + 1;
  }
  return names;
}

/** Has `scratch` filled by `read`, offering all of it only if some was not enough. */
function fill(read: (size: number) => number): number {
  const length = read(USUAL);
  return length < 0 && errno() === ERANGE ? read(MAX) : length;
}
