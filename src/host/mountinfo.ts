/** /proc/self/mountinfo (proc(5)): what is mounted where, in the mount namespace of this process. Touches no mount. */
import { readFileSync } from 'node:fs';
import { decodeName } from './name.ts';

export interface MountEntry {
  /** Unique among those that are mounted; the parent is the mount on which this one is. */
  readonly id: number;
  readonly parent: number;
  /** `MAJOR:MINOR`, as st_dev has it of all files in it. */
  readonly device: string;
  /** Absolute. */
  readonly mountpoint: string;
  /** With its subtype: `ext4`, `fuse.sshfs`. */
  readonly type: string;
  /** What was mounted: a device, or what a file system shows in its place. */
  readonly source: string;
}

const TABLE = '/proc/self/mountinfo';

/** In the order of the kernel. */
export function readMounts(): readonly MountEntry[] {
  return parseMounts(readFileSync(TABLE));
}

/** @param table The bytes of mountinfo; lines that are none of it are left out. */
export function parseMounts(table: Uint8Array): readonly MountEntry[] {
  // A byte is a character for as long as the escapes have not become bytes.
  const lines = Buffer.from(table.buffer, table.byteOffset, table.byteLength).toString('latin1').split('\n');
  return lines.flatMap((line): MountEntry[] => {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    if (dash < 0 || fields.length < dash + 3) return [];
    const [id, parent, device, , mountpoint] = fields;
    const [type, source] = fields.slice(dash + 1).map(unescape);
    return [
      { id: Number(id), parent: Number(parent), device, mountpoint: unescape(mountpoint), type, source },
    ];
  });
}

/** The mount that is seen at a path: of several at the same place, the one on which no other is. */
export function mountAt(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  const there = mounts.filter(({ mountpoint }) => mountpoint === path);
  return there.find(({ id }) => !there.some((other) => other.parent === id && other.id !== id));
}

/** Blanks, newlines and backslashes stand as three octal digits. */
function unescape(field: string): string {
  const bytes = field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
  return decodeName(Buffer.from(bytes, 'latin1'));
}
