/**
 * The kinds of field that a message can have, one definition each: how it is read, written, measured, printed and
 * made up for a fuzz run. The notation is the manual's (intro(5)) with some additions for numbers of 8 bytes.
 */
import type { Cursor } from './cursor.ts';
import type { Dialect } from './layout.ts';
import { MalformedError } from './malformed.ts';
import type { Stat } from './stat.ts';
import { decodeText, encodeText, textLength } from './text.ts';

/** The server's name for a file (intro(5)): equal paths are the same file; the version changes with its content. */
export interface Qid {
  /** The top byte of the file's mode: a combination of the QT constants. */
  readonly type: number;
  /** 32 bits; 0 where the server makes no promise. */
  readonly version: number;
  /** 64 bits, unique among the files of one tree. */
  readonly path: bigint;
}

/** A source of random numbers in [0, 1), for made-up messages. */
export type Random = () => number;

export interface Kind<T> {
  /** The fewest bytes that a value takes: bounds an array before it is allocated. */
  readonly least: number;
  read(from: Cursor, dialect: Dialect): T;
  write(to: Cursor, value: T, dialect: Dialect): void;
  size(value: T, dialect: Dialect): number;
  print(value: T): string;
  generate(random: Random, dialect: Dialect): T;
}

const MAX = Number.MAX_SAFE_INTEGER;
const HIGH = 0x1_0000_0000;

/** Random numbers of all magnitudes, the extremes more often than chance would have them. */
function integer(random: Random, bits: number): number {
  const most = 2 ** bits - 1;
  const choice = random();
  if (choice < 0.1) return 0;
  if (choice < 0.2) return most;
  return Math.floor(2 ** (random() * bits)) % (most + 1);
}

const word = (random: Random): bigint => BigInt(integer(random, 32));
const opaque = (random: Random): bigint => (word(random) << 32n) | word(random);

const one: Kind<number> = {
  least: 1,
  read: (c) => c.bytes[c.take(1)],
  write: (c, value) => c.view.setUint8(c.at++, value),
  size: () => 1,
  print: String,
  generate: (random) => integer(random, 8),
};

const two: Kind<number> = {
  least: 2,
  read: (c) => c.view.getUint16(c.take(2), true),
  write(c, value) {
    c.view.setUint16(c.at, value, true);
    c.at += 2;
  },
  size: () => 2,
  print: String,
  generate: (random) => integer(random, 16),
};

const four: Kind<number> = {
  least: 4,
  read: (c) => c.view.getUint32(c.take(4), true),
  write(c, value) {
    c.view.setUint32(c.at, value, true);
    c.at += 4;
  },
  size: () => 4,
  print: (value) => (value === 0xffffffff ? '~0' : String(value)),
  generate: (random) => integer(random, 32),
};

/** All 64 bits, rounded where they are more than 53; what is above 2^53 - 1 stays above it. */
function unsigned(c: Cursor): number {
  const at = c.take(8);
  return c.view.getUint32(at + 4, true) * HIGH + c.view.getUint32(at, true);
}

/** An offset, a length, a count: a number of at most 2^53 - 1. */
const eight: Kind<number> = {
  least: 8,
  read(c) {
    const value = unsigned(c);
    if (value > MAX) throw new MalformedError('a number above 2^53 - 1', 'EOVERFLOW');
    return value;
  },
  write(c, value) {
    c.view.setUint32(c.at, value % HIGH, true);
    c.view.setUint32(c.at + 4, Math.floor(value / HIGH), true);
    c.at += 8;
  },
  size: () => 8,
  print: String,
  generate: (random) => integer(random, 53),
};

/** A length, or -1 for 2^64 - 1, which in a Twstat means "leave it as it is" (stat(5)). */
const eightOrNone: Kind<number> = {
  ...eight,
  read(c, dialect) {
    const at = c.at;
    if (c.end - at >= 8 && c.view.getBigUint64(at, true) === 0xffff_ffff_ffff_ffffn) {
      c.at += 8;
      return -1;
    }
    return eight.read(c, dialect);
  },
  write(c, value, dialect) {
    if (value >= 0) return eight.write(c, value, dialect);
    c.view.setBigInt64(c.at, -1n, true);
    c.at += 8;
  },
  generate: (random) => (random() < 0.2 ? -1 : integer(random, 53)),
};

/**
 * A number that counts only where another field says so: -1 for all above 2^53 - 1, and no error. Older Linux kernels
 * (until 2022) fill what the `valid` of a Tsetattr does not name with whatever was in memory.
 */
const eightUnsure: Kind<number> = {
  ...eightOrNone,
  read(c) {
    const value = unsigned(c);
    return value > MAX ? -1 : value;
  },
};

/**
 * A number that only informs, as Rstatfs's do, or whose bounds are narrower anyway, as a nanosecond's are: 2^53 - 1
 * stands for all above (CephFS has 2^64 - 1 free files).
 */
const eightCapped: Kind<number> = {
  ...eight,
  read: (c) => Math.min(unsigned(c), MAX),
};

/** Seconds since 1970, signed; what is beyond ±(2^53 - 1) becomes that, and no error: see {@link eightUnsure}. */
const eightSigned: Kind<number> = {
  ...eight,
  read(c) {
    const at = c.take(8);
    const value = c.view.getInt32(at + 4, true) * HIGH + c.view.getUint32(at, true);
    return Math.max(-MAX, Math.min(MAX, value));
  },
  write(c, value) {
    const high = Math.floor(value / HIGH);
    c.view.setUint32(c.at, value - high * HIGH, true);
    c.view.setInt32(c.at + 4, high, true);
    c.at += 8;
  },
  generate: (random) => integer(random, 53) * (random() < 0.3 ? -1 : 1) || 0,
};

/** Flags: all that are defined stand in the lower half; what stands above is dropped. */
const eightFlags: Kind<number> = {
  ...eight,
  read: (c) => c.view.getUint32(c.take(8), true),
  print: (value) => '0x' + value.toString(16),
  generate: (random) => integer(random, 32),
};

/** Eight bytes that are only kept, compared and given back. */
const eightOpaque: Kind<bigint> = {
  least: 8,
  read: (c) => c.view.getBigUint64(c.take(8), true),
  write(c, value) {
    c.view.setBigUint64(c.at, value, true);
    c.at += 8;
  },
  size: () => 8,
  print: (value) => '0x' + value.toString(16),
  generate: opaque,
};

const qid: Kind<Qid> = {
  least: 13,
  read(c) {
    const at = c.take(13);
    return {
      type: c.bytes[at],
      version: c.view.getUint32(at + 1, true),
      path: c.view.getBigUint64(at + 5, true),
    };
  },
  write(c, value) {
    const at = c.at;
    c.bytes[at] = value.type;
    c.view.setUint32(at + 1, value.version, true);
    c.view.setBigUint64(at + 5, value.path, true);
    c.at = at + 13;
  },
  size: () => 13,
  print: (value) => `(${value.path.toString(16)} ${value.version} ${printQidType(value.type)})`,
  generate: (random) => ({
    type: integer(random, 8),
    version: integer(random, 32),
    path: opaque(random),
  }),
};

/** As plan9port's fcallfmt prints it: one letter a bit. */
function printQidType(type: number): string {
  let text = '';
  for (const [bit, letter] of [
    [0x80, 'd'],
    [0x40, 'a'],
    [0x20, 'l'],
    [0x08, 'A'],
    [0x04, 't'],
    [0x02, 's'],
  ] as const) {
    if (type & bit) text += letter;
  }
  return text || '-';
}

/** The last two stand for the bytes 80 and FF, which no neighbour makes UTF-8 of. */
const LETTERS = ['a', 'Z', '0', '.', '/', ' ', '\0', 'é', '€', '😀', '\udc80', '\udcff'];

const string: Kind<string> = {
  least: 2,
  read(c) {
    const length = c.view.getUint16(c.take(2), true);
    const from = c.take(length);
    return decodeText(c.bytes, from, from + length);
  },
  write(c, value) {
    const end = encodeText(value, c.bytes, c.at + 2);
    c.view.setUint16(c.at, end - c.at - 2, true);
    c.at = end;
  },
  size(value) {
    const length = textLength(value);
    if (length > 0xffff) throw new RangeError(`a text of ${length} bytes: 65535 at most fit in a 9P message`);
    return 2 + length;
  },
  print: quote,
  generate(random) {
    const length = random() < 0.02 ? 3000 : Math.floor(random() * 12);
    let text = '';
    for (let i = 0; i < length; i++) text += LETTERS[Math.floor(random() * LETTERS.length)];
    return text;
  },
};

/** In quotes, with every control character escaped: a name is the peer's, and may be printed to a terminal. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\x9f]/g, (c) => '\\u00' + c.charCodeAt(0).toString(16));
}

const SHOWN = 32;

/** `count[4] data[count]`. The bytes are a view of the message: valid for as long as the message is. */
const data: Kind<Uint8Array> = {
  least: 4,
  read(c) {
    const count = c.view.getUint32(c.take(4), true);
    const from = c.take(count);
    return c.bytes.subarray(from, from + count);
  },
  write(c, value) {
    c.view.setUint32(c.at, value.length, true);
    c.bytes.set(value, c.at + 4);
    c.at += 4 + value.length;
  },
  size: (value) => 4 + value.length,
  print(value) {
    const head = decodeText(value, 0, Math.min(value.length, SHOWN));
    return `${value.length} ${quote(head)}${value.length > SHOWN ? '…' : ''}`;
  },
  generate: (random) =>
    Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256)),
};

/** What stands between the brackets of the notation, and its TypeScript type. */
export interface KindTypes {
  '1': number;
  '2': number;
  '4': number;
  '8': number;
  '8n': number;
  '8u': number;
  '8c': number;
  '8i': number;
  '8f': number;
  '8x': bigint;
  '13': Qid;
  s: string;
  count: Uint8Array;
  /** stat.ts: a record of fields itself. */
  n: Stat;
}

/** The kinds that are no records. */
export const KINDS: { readonly [K in Exclude<keyof KindTypes, 'n'>]: Kind<KindTypes[K]> } = {
  '1': one,
  '2': two,
  '4': four,
  '8': eight,
  '8n': eightOrNone,
  '8u': eightUnsure,
  '8c': eightCapped,
  '8i': eightSigned,
  '8f': eightFlags,
  '8x': eightOpaque,
  '13': qid,
  s: string,
  count: data,
};
