/** The two records that travel inside messages: a file's stat (stat(5)) and an entry of a 9P2000.L directory. */
import type { Cursor } from './cursor.ts';
import type { Kind } from './kinds.ts';
import { Layout, type Dialect, type Fields, type FieldValues } from './layout.ts';
import { MalformedError } from './malformed.ts';

const STAT =
  'type[2] dev[4] qid[13] mode[4] atime[4] mtime[4] length[8n] name[s] uid[s] gid[s] muid[s] extension[s].u n_uid[4].u n_gid[4].u n_muid[4].u';
const DIRENT = 'qid[13] offset[8x] type[1] name[s]';

/**
 * A file's attributes in 9P2000 and 9P2000.u. Times are seconds since 1970. In a Twstat a field of all ones, for
 * `length` -1, or an empty string means "leave it as it is".
 */
export type Stat = Fields<typeof STAT>;

/** An entry of an Rreaddir. `offset` is the cookie to go on after it; `type` is one of the DT constants. */
export type Dirent = Fields<typeof DIRENT>;

const statLayout = new Layout(STAT);
const direntLayout = new Layout(DIRENT);

/**
 * The bytes that a stat takes in a directory: its own size[2] included.
 *
 * @throws RangeError for more than the 65535 that fit in an Rstat.
 */
export function statSize(stat: Stat, dialect: Dialect): number {
  const size = 2 + statLayout.size(stat, dialect);
  if (size > 0xffff) throw new RangeError(`a stat of ${size} bytes: 65535 at most fit in a 9P message`);
  return size;
}

export function writeStat(to: Cursor, stat: Stat, dialect: Dialect): void {
  const at = to.at;
  to.at += 2;
  statLayout.write(to, stat, dialect);
  to.view.setUint16(at, to.at - at - 2, true);
}

export function readStat(from: Cursor, dialect: Dialect): Stat {
  const size = from.view.getUint16(from.take(2), true);
  const end = from.take(size) + size;
  from.at = end - size;
  const limit = from.end;
  from.end = end;
  const stat: FieldValues = {};
  try {
    statLayout.read(from, stat, dialect);
  } finally {
    from.end = limit;
  }
  if (from.at !== end) throw new MalformedError('a stat that is longer than its fields');
  return stat as Stat;
}

export function direntSize(name: string): number {
  return direntLayout.size({ qid: undefined, offset: 0n, type: 0, name }, '9P2000.L');
}

export function writeDirent(to: Cursor, entry: Dirent): void {
  direntLayout.write(to, entry, '9P2000.L');
}

export function readDirent(from: Cursor): Dirent {
  const entry: FieldValues = {};
  direntLayout.read(from, entry, '9P2000.L');
  return entry as Dirent;
}

export function printStat(stat: Stat): string {
  return `{${statLayout.print(stat).slice(1)}}`;
}

/** The stat of Rstat and Twstat: `n[2]`, then a stat with a size of its own, n - 2 (stat(5), BUGS). */
export const statKind: Kind<Stat> = {
  least: 4,
  read(c, dialect) {
    const size = c.view.getUint16(c.take(2), true);
    const at = c.at;
    const stat = readStat(c, dialect);
    if (c.at - at !== size) throw new MalformedError('the two sizes of a stat contradict each other');
    return stat;
  },
  write(c, value, dialect) {
    const at = c.at;
    c.at += 2;
    writeStat(c, value, dialect);
    c.view.setUint16(at, c.at - at - 2, true);
  },
  size: (value, dialect) => 2 + statSize(value, dialect),
  print: printStat,
  generate: (random, dialect) => statLayout.generate(random, dialect) as Stat,
};
