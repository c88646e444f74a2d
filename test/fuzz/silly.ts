/** Requests that are sound and make little sense: any field may hold anything, but mostly what hits something. */
import {
  NOFID,
  encodeMessage,
  generateMessage,
  messageTypes,
  type Dialect,
  type Message,
  type MessageType,
  type Random,
  type Stat,
} from '../../src/protocol/index.ts';

/** Names that the attackers share, so that they meet. */
const NAMES = ['a', 'b', 'c', 'dir', 'link', '..', '.', '', 'a/b', '\0', 'é', '\udcff', 'n'.repeat(300)];
/** The first fids, which are attached at the beginning and seldom changed. */
export const ROOTS = 3;
const FIDS = 10;
/** The fields that say what a request is about. */
const SUBJECTS: ReadonlySet<string> = new Set(['fid', 'dfid', 'dirfd', 'olddirfid']);
const USUAL = 0.9;

/** What changes the session itself would end most runs early: seldom sent. */
const SELDOM: ReadonlySet<MessageType> = new Set<MessageType>(['Tversion', 'Tauth', 'Tattach']);

const pick = <T>(random: Random, row: readonly T[]): T => row[Math.floor(random() * row.length)];

/** Names that occur, more often the ones that can be created. */
const name = (random: Random) => pick(random, random() < 0.7 ? NAMES.slice(0, 5) : NAMES);
const fid = (random: Random) => (random() < 0.02 ? NOFID : Math.floor(random() * FIDS));
const offset = (random: Random) => pick(random, [0, 0, 0, 1, 47, 4096, 65_536, 1_000_000, 2 ** 40]);
const count = (random: Random) => pick(random, [0, 1, 10, 100, 500, 4096, 65_536, 2 ** 20, 2 ** 32 - 1]);
const mode = (random: Random) => pick(random, [0, 0, 1, 2, 2, 0x10, 0x12, 0x40, 0x42, 3]);
const permissions = (random: Random) =>
  pick(random, [0o644, 0o777, 0o700, 0, 0o40_755, 0o120_777, 0x8000_01ed]);
const openFlags = (random: Random) => pick(random, [0, 1, 2, 0o102, 0o1002, 0o2001, 0o200_000, 0o302]);
const row = (random: Random) => Array.from({ length: Math.floor(random() ** 2 * 5) }, () => name(random));

/** Changes of a file's attributes, of which most leave most of them. */
function stat(random: Random, generated: Stat): Stat {
  const touched = <T>(value: T, untouched: T): T => (random() < 0.15 ? value : untouched);
  return {
    ...generated,
    type: touched(generated.type, 0xffff),
    dev: touched(generated.dev, 0xffff_ffff),
    qid: { type: 0xff, version: 0xffff_ffff, path: 0xffff_ffff_ffff_ffffn },
    mode: touched(permissions(random), 0xffff_ffff),
    atime: touched(generated.atime, 0xffff_ffff),
    mtime: touched(generated.mtime, 0xffff_ffff),
    length: touched(offset(random), -1),
    name: touched(name(random), ''),
    uid: touched(generated.uid, ''),
    gid: touched(generated.gid, ''),
    muid: touched(generated.muid, ''),
  };
}

type Maker = (random: Random) => unknown;

const USUALLY: Readonly<Record<string, Maker>> = {
  fid,
  newfid: fid,
  dfid: fid,
  dirfd: fid,
  olddirfid: fid,
  newdirfid: fid,
  afid: (random) => (random() < 0.8 ? NOFID : fid(random)),
  name,
  oldname: name,
  newname: name,
  target: name,
  wname: row,
  aname: (random) => pick(random, ['', '', '/', 'a', '/dir']),
  extension: (random) => pick(random, ['', '', 'a', '../b', 'b 8 1', 'c 1 3', '5']),
  size: offset,
  start: offset,
  length: count,
  count,
  attr_size: (random) => pick(random, [0, 1, 10, 100, 65_536]),
  perm: permissions,
  request_mask: (random) => pick(random, [0x7ff, 0x3fff]),
  version: (random) => pick(random, ['9P2000', '9P2000.u', '9P2000.L', '9P2000.L.x', '9P1999', 'x']),
  msize: (random) => pick(random, [0, 23, 24, 256, 4096, 8192, 65_536, 2 ** 20, 2 ** 32 - 1]),
  data: (random) => new Uint8Array(pick(random, [0, 1, 10, 100, 4000])).fill(0x61),
};

/** A field of this name means something else in this message. */
const USUALLY_IN: Readonly<Partial<Record<MessageType, Readonly<Record<string, Maker>>>>> = {
  Treaddir: { offset: (random) => BigInt(offset(random)) },
  Tread: { offset },
  Twrite: { offset },
  Topen: { mode },
  Tcreate: { mode },
  Tlopen: { flags: openFlags },
  Tlcreate: { flags: openFlags, mode: permissions },
  Tmkdir: { mode: permissions },
  Tmknod: { mode: permissions },
  Tunlinkat: { flags: (random) => pick(random, [0, 0x200]) },
  Tlock: { lock_type: (random) => pick(random, [0, 1, 2]), flags: (random) => pick(random, [0, 1]) },
  Tgetlock: { lock_type: (random) => pick(random, [0, 1]) },
  Txattrcreate: { flags: (random) => pick(random, [0, 1, 2]) },
};

/** A request of the given type: sound on the wire, and likely to name what is there. */
function sillyMessage(type: MessageType, random: Random, dialect: Dialect, used: number): Message {
  const message: Record<string, unknown> = { ...generateMessage(type, random, dialect) };
  for (const field of Object.keys(message)) {
    const maker = USUALLY_IN[type]?.[field] ?? USUALLY[field];
    if (maker && random() < USUAL) message[field] = maker(random);
    if (SUBJECTS.has(field) && random() < USUAL) message[field] = used;
  }
  const made = message as unknown as Message;
  return made.type === 'Twstat' ? { ...made, stat: stat(random, made.stat) } : made;
}

function anyRequest(random: Random, dialect: Dialect, used: number): Message {
  const types = messageTypes(dialect).filter(
    (type) => type.startsWith('T') && (!SELDOM.has(type) || random() < 0.02),
  );
  return sillyMessage(pick(random, types), random, dialect, used);
}

/**
 * A few requests that belong together: a fid is let go, walked to somewhere, perhaps created at or opened, and used,
 * while nobody waits for any answer.
 */
export function errand(random: Random, dialect: Dialect): Message[] {
  const used = ROOTS + Math.floor(random() * (FIDS - ROOTS));
  const creates = random() < 0.4;
  const [create, open] =
    dialect === '9P2000.L' ? (['Tlcreate', 'Tlopen'] as const) : (['Tcreate', 'Topen'] as const);
  const way = random() < 0.7 ? [name(random)] : row(random);
  const uses = Array.from({ length: Math.floor(random() * 6) }, () => anyRequest(random, dialect, used));
  if (random() < 0.6) uses.unshift(sillyMessage(creates ? create : open, random, dialect, used));
  return [
    { type: 'Tclunk', tag: 0, fid: used },
    { type: 'Twalk', tag: 0, fid: Math.floor(random() * ROOTS), newfid: used, wname: creates ? [] : way },
    ...uses,
  ];
}

/** A sound message with some of its bytes changed, but not its size: what follows it is still understood. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice();
  for (let left = 1 + Math.floor(random() * 4); left > 0; left--) {
    changed[4 + Math.floor(random() * (changed.length - 4))] = pick(random, [0, 1, 0x7f, 0x80, 0xff]);
  }
  return changed;
}

/** Bytes that begin like a message and are none. */
export function broken(random: Random, dialect: Dialect): Uint8Array {
  const bytes = encodeMessage(anyRequest(random, dialect, 0), dialect);
  if (random() < 0.3)
    return Uint8Array.from({ length: 1 + Math.floor(random() * 300) }, () => random() * 256);
  if (random() < 0.5) return bytes.subarray(0, Math.floor(random() * bytes.length));
  new DataView(bytes.buffer).setUint32(
    0,
    pick(random, [0, 4, 6, bytes.length - 1, bytes.length + 1, 0xffff_ffff]),
    true,
  );
  return bytes;
}
