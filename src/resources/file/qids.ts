/** A host file's identity and state as a qid. */
import type { Qid } from '../../file/index.ts';
import { FileError, type FileType } from '../../file/index.ts';
import type { Stat } from '../../host/index.ts';

const QTDIR = 0x80;
const QTSYMLINK = 0x02;

const INO_BITS = 48n;
const INO_MASK = (1n << INO_BITS) - 1n;
/** The bits above the inode number, and what they can tell apart. */
const REGION_BITS = 16;
const REGIONS = 2 ** REGION_BITS;

export function qidType(type: FileType): number {
  if (type === 'dir') return QTDIR;
  return type === 'symlink' ? QTSYMLINK : 0;
}

/**
 * The version of the content: another one after every change that the file system's clock or the size shows. It is made
 * of mtime and size, without the ctime: a new hard link or mode is no new content, and Linux's client with a cache
 * takes a file of another version for another file. Never 0, which would tell that client to cache nothing.
 */
export function versionOf({ mtime, size }: Stat): number {
  const seconds = Math.imul(mtime.sec, 0x9e3779b1);
  const length = Math.imul(size, 0x85ebca6b) ^ (size / 2 ** 32);
  return (seconds ^ mtime.nsec ^ length) >>> 0 || 1;
}

/**
 * Device and inode number in the 64 bits of a qid.path. The inode numbers below 2^48 of the root's device stand for
 * themselves; every other device, and every other 2^48 of them (overlayfs), is given a number for the upper 16 bits
 * when it is first seen. These numbers begin at the uppermost bit: a server that marks trees in the same bits, counting
 * from the lowest, has room to do so.
 */
export class QidPaths {
  readonly #rootDevice: number;
  readonly #regions = new Map<number, bigint>();

  constructor(rootDevice: number) {
    this.#rootDevice = rootDevice;
    this.#regions.set(regionOf(rootDevice, 0n), 0n);
  }

  path(dev: number, ino: bigint): bigint {
    // Nearly always, and it makes no new number.
    if (dev === this.#rootDevice && ino <= INO_MASK) return ino;
    const region = regionOf(dev, ino >> INO_BITS);
    const base = this.#regions.get(region) ?? this.#add(region);
    return base | (ino & INO_MASK);
  }

  /** Of a file that was found with these attributes. */
  qid(stat: Stat): Qid {
    return { type: qidType(stat.type), version: versionOf(stat), path: this.path(stat.dev, stat.ino) };
  }

  #add(region: number): bigint {
    const index = this.#regions.size;
    if (index === REGIONS) throw new FileError('ENXIO', 'more devices than a qid can tell apart');
    const base = BigInt(reversed(index)) << INO_BITS;
    this.#regions.set(region, base);
    return base;
  }
}

/** The bits in the opposite order. */
function reversed(index: number): number {
  let result = 0;
  for (let bit = 0; bit < REGION_BITS; bit++) result = (result << 1) | ((index >> bit) & 1);
  return result;
}

function regionOf(dev: number, high: bigint): number {
  return dev * REGIONS + Number(high);
}
