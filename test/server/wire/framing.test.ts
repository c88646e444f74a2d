/** Section 1 of the corners: frames. What breaks a rule of framing ends that connection, and no other. */
import { describe, expect, test } from '@jest/globals';
import { dir, stream } from '../../../src/file/index.ts';
import type { Server } from '../../../src/server/index.ts';
import {
  DIALECTS,
  NOFID,
  NOTAG,
  T,
  concat,
  frame,
  s,
  u16,
  u32,
  u64,
  u8,
  packStat,
  UNTOUCHED,
  type Dialect,
} from './codec.ts';
import { Nine } from './nine.ts';
import { inTime, serverOf, settle } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { SYNTHETIC_TREE, ramSession, session } from './worlds.ts';

/** Deterministic numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The bytes end the connection that they come from; one beside it goes on. */
async function endsOnlyThat(nine: Nine, server: Server, ...bytes: readonly Uint8Array[]): Promise<void> {
  const other = await session(server, '9P2000.L');
  const before = nine.replies.length;
  nine.raw(...bytes);
  await inTime(nine.ended, 'the end of the connection');
  expect(nine.replies.length).toBe(before);
  expect((await other.info(0)).isDir).toBe(true);
}

describe('size[4] counts itself', () => {
  test.each([0, 1, 2, 3, 4, 5, 6])('%i before the version', async (size) => {
    const server = serverOf(SYNTHETIC_TREE());
    await endsOnlyThat(Nine.to(server), server, u32(size), new Uint8Array(3));
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('%i in a session', async (size) => {
    const server = serverOf(SYNTHETIC_TREE());
    await endsOnlyThat(await session(server, '9P2000'), server, u32(size), u8(T.clunk), u16(1));
  });

  test.each([8193, 65536, 0x7fff_ffff, 0xffff_ffff])(
    '%i before the version: above the first frame',
    async (size) => {
      const server = serverOf(SYNTHETIC_TREE());
      await endsOnlyThat(Nine.to(server), server, u32(size));
    },
  );

  test.each([8193, 0x8000_0000, 0xffff_ffff])(
    '%i: above the msize of 8192, before its body comes',
    async (size) => {
      const server = serverOf(SYNTHETIC_TREE());
      await endsOnlyThat(await session(server, '9P2000.u', undefined, 8192), server, u32(size));
    },
  );

  test.each(DIALECTS)('%s: a message of exactly msize is right', async (dialect) => {
    const { nine } = await ramSession(dialect);
    await nine.version(8192, dialect);
    await nine.attach(0);
    const fid = await nine.at();
    await nine.create(fid, 'full');
    expect(await nine.write(fid, 0, new Uint8Array(8192 - 23).fill(7))).toBe(8192 - 23);
    expect((await nine.info(fid)).size).toBe(8192 - 23);
  });
});

/** A whole session as bytes. */
function conversation(dialect: Dialect): Uint8Array {
  const n_uname = dialect === '9P2000' ? [] : [u32(0xffff_ffff)];
  return concat([
    frame(T.version, NOTAG, u32(8192), s(dialect)),
    frame(T.attach, 1, u32(0), u32(NOFID), s('glenda'), s(''), ...n_uname),
    frame(T.walk, 2, ...Nine.walkFields(0, 1, ['d', 'f'])),
    dialect === '9P2000.L' ? frame(T.lopen, 3, u32(1), u32(0)) : frame(T.open, 3, u32(1), u8(0)),
    frame(T.read, 4, u32(1), u64(0), u32(100)),
    frame(T.clunk, 5, u32(1)),
  ]);
}

const ANSWERS = [T.version, T.attach, T.walk, T.open, T.read, T.clunk].map((code) => code + 1);

describe.each(DIALECTS)('chunks, %s', (dialect) => {
  const codes = ANSWERS.map((code) => (dialect === '9P2000.L' && code === T.open + 1 ? T.lopen + 1 : code));

  async function sendInPieces(pieces: Iterable<Uint8Array>): Promise<void> {
    const nine = Nine.to(serverOf(SYNTHETIC_TREE()));
    nine.dialect = dialect;
    const requests = [T.version, T.attach, T.walk, codes[3] - 1, T.read, T.clunk];
    const posted = requests.map((code, i) => nine.expect(i === 0 ? NOTAG : i, code));
    for (const piece of pieces) {
      nine.raw(piece);
      await Promise.resolve();
    }
    const bodies = await Promise.all(posted.map((one) => one.body));
    expect(new TextDecoder().decode(bodies[4].counted())).toBe('f\n');
    expect(nine.replies.map((reply) => reply.code)).toEqual(codes);
  }

  const whole = conversation(dialect);

  test('all in one', () => sendInPieces([whole]));

  test('single bytes', () => sendInPieces(Array.from(whole, (byte) => u8(byte))));

  test.each([2, 3, 5, 7, 11, 23])('pieces of %i bytes', (size) => {
    const count = Math.ceil(whole.length / size);
    return sendInPieces(Array.from({ length: count }, (_, i) => whole.slice(i * size, (i + 1) * size)));
  });

  test('pieces of random sizes', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = seeded(seed);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < whole.length;) {
        const size = 1 + Math.floor(random() * 40);
        pieces.push(whole.slice(at, at + size));
        at += size;
      }
      await sendInPieces(pieces);
    }
  });
});

describe.each(DIALECTS)('contents that contradict their size, %s', (dialect) => {
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ['a byte too many', frame(T.clunk, 1, u32(9), u8(0))],
    ['a field that is missing', frame(T.clunk, 1)],
    ['a field that is cut', frame(T.read, 1, u32(0), u32(0))],
    ['a string beyond the end', frame(T.walk, 1, u32(0), u32(1), u16(1), u16(50), u8(65))],
    ['more names than there are', frame(T.walk, 1, u32(0), u32(1), u16(3), s('a'))],
    ['fewer names than there are', frame(T.walk, 1, u32(0), u32(1), u16(1), s('a'), s('b'))],
    ['65535 names in a message of 20 bytes', frame(T.walk, 1, u32(0), u32(1), u16(0xffff), s('a'))],
    ['a Twrite whose count is too large', frame(T.write, 1, u32(0), u64(0), u32(100), u8(1))],
    ['a Twrite whose count is 2^32-1', frame(T.write, 1, u32(0), u64(0), u32(0xffff_ffff), u8(1))],
    ['a Twrite whose count is too small', frame(T.write, 1, u32(0), u64(0), u32(1), u8(1), u8(2))],
    ['an empty Tattach', frame(T.attach, 1)],
    ['a Tversion that is cut', frame(T.version, NOTAG, u32(8192), u16(6), u8(57))],
  ];
  test.each(cases)('%s', async (_, bytes) => {
    const server = serverOf(SYNTHETIC_TREE());
    await endsOnlyThat(await session(server, dialect), server, bytes);
  });
});

describe.each(['9P2000', '9P2000.u'] as const)(
  'a Twstat whose sizes contradict each other, %s',
  (dialect) => {
    const stat = packStat(UNTOUCHED, dialect);
    const cases: readonly (readonly [string, readonly Uint8Array[]])[] = [
      ['n too large', [u16(stat.length + 1), stat]],
      ['n too small', [u16(stat.length - 1), stat]],
      ['size too large', [u16(stat.length), u16(stat.length), stat.slice(2)]],
      ['size too small', [u16(stat.length), u16(stat.length - 3), stat.slice(2)]],
      ['no stat at all', [u16(0)]],
      ['a string that overruns the stat', [u16(stat.length), stat.slice(0, 41), u16(999), stat.slice(43)]],
    ];
    test.each(cases)('%s', async (_, fields) => {
      const server = serverOf(SYNTHETIC_TREE());
      const nine = await session(server, dialect);
      const other = await session(server, dialect);
      const { tag } = nine.post(T.wstat, u32(0), ...fields);
      nine.forget(tag);
      await inTime(nine.ended, 'the end of the connection');
      await other.info(0);
    });
  },
);

describe.each(DIALECTS)('types, %s', (dialect) => {
  test.each([0, 1, 6, 98, 106, 128, 135, 254, 255])(
    '%i is no request: an error, and the session goes on',
    async (code) => {
      const nine = await session(serverOf(SYNTHETIC_TREE()), dialect);
      const { reply } = nine.post(code, u32(0), u32(1));
      expect((await reply).code).toBe(dialect === '9P2000.L' ? 7 : 107);
      // The check above of what answers what does not know this type.
      nine.violations.length = 0;
      await nine.info(0);
    },
  );

  test.each([7, 101, 103, 105, 107, 109, 111, 117, 119, 121])(
    '%i is a reply: not left unanswered',
    async (code) => {
      const server = serverOf(SYNTHETIC_TREE());
      const nine = await session(server, dialect);
      const fields = {
        7: [u32(2)],
        101: [u32(8192), s('9P2000')],
        103: [new Uint8Array(13)],
        105: [new Uint8Array(13)],
        107: [s('no'), ...(dialect === '9P2000.u' ? [u32(2)] : [])],
        109: [],
        111: [u16(0)],
        117: [u32(0)],
        119: [u32(0)],
        121: [],
      }[code]!;
      const { reply } = nine.post(code, ...fields);
      const outcome = await Promise.race([reply.then((r) => r.code), nine.ended.then(() => 'ended')]);
      expect([7, 107, 'ended']).toContain(outcome);
      nine.violations.length = 0;
      await (await session(server, dialect)).info(0);
    },
  );

  test('one of another dialect is an error', async () => {
    const nine = await session(serverOf(SYNTHETIC_TREE()), dialect);
    const foreign =
      dialect === '9P2000.L'
        ? [nine.rpc(T.stat, u32(0)), nine.rpc(T.open, u32(0), u8(0)), nine.wstat(0, {})]
        : [nine.rpc(T.getattr, u32(0), u64(0x7ff)), nine.rpc(T.statfs, u32(0)), nine.lopen(0, 0)];
    for (const answer of foreign) await refused(answer);
    await nine.info(0);
  });

  test('an unknown one under a live tag does not get that tag two answers', async () => {
    let push: (line: string) => void = () => {};
    const source = async function* (): AsyncGenerator<string> {
      yield await new Promise<string>((resolve) => (push = resolve));
    };
    const nine = await session(serverOf(dir({ news: stream(source) })), dialect);
    const fid = await nine.opened(['news']);
    const { tag } = nine.post(T.read, u32(fid), u64(0), u32(10));
    await settle();
    nine.raw(frame(200, tag));
    await settle();
    push('news');
    await settle();
    nine.violations.length = 0;
    expect(nine.replies.filter((reply) => reply.tag === tag).length).toBeLessThanOrEqual(1);
  });
});

describe('garbage', () => {
  test('random bytes end their connections, and nothing else happens', async () => {
    const server = serverOf(SYNTHETIC_TREE());
    const good = await session(server, '9P2000.L');
    const random = seeded(9);
    for (let i = 0; i < 100; i++) {
      const nine = Nine.to(server);
      if (i % 2 === 0) await nine.version(8192, DIALECTS[i % 3]);
      nine.raw(Uint8Array.from({ length: 50 + i * 10 }, () => Math.floor(random() * 256)));
      await settle(2);
      nine.cut();
      nine.violations.length = 0;
    }
    await settle();
    expect(server.connections).toBe(1);
    expect(await good.content('top')).toBe('top\n');
  });

  test('well-framed garbage gets errors, or ends its connection', async () => {
    const server = serverOf(SYNTHETIC_TREE());
    const good = await session(server, '9P2000');
    const random = seeded(4);
    for (let i = 0; i < 300; i++) {
      const nine = await session(server, DIALECTS[i % 3]);
      const body = Uint8Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256));
      nine.raw(frame(Math.floor(random() * 128), 1, body));
      await settle(1);
      nine.violations.length = 0;
      nine.cut();
    }
    expect(await good.content('d', 'f')).toBe('f\n');
  });

  test('HTTP and TLS are no 9P', async () => {
    const server = serverOf(SYNTHETIC_TREE());
    const hello = new TextEncoder().encode('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await endsOnlyThat(Nine.to(server), server, hello);
    await endsOnlyThat(Nine.to(server), server, Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3));
  });
});

describe('the end of a connection', () => {
  test('within a frame', async () => {
    const server = serverOf(SYNTHETIC_TREE());
    const nine = await session(server, '9P2000');
    nine.raw(frame(T.clunk, 1, u32(0)).slice(0, 8));
    await nine.close();
    await settle();
    expect(server.connections).toBe(0);
  });

  test('requests that came before it are answered as far as they can be', async () => {
    const nine = await session(serverOf(SYNTHETIC_TREE()), '9P2000.L');
    const posted = nine.postAll([
      [T.walk, ...Nine.walkFields(0, 1, ['top'])],
      [T.getattr, u32(1), u64(0x7ff)],
    ]);
    await Promise.all(posted.map((one) => one.body));
    await nine.close();
  });
});

describe.each(DIALECTS)('names, %s', (dialect) => {
  test('that are not UTF-8 come back as they were', async () => {
    const { nine } = await ramSession(dialect);
    const name = Uint8Array.of(0x61, 0xff, 0xfe, 0x62);
    const fid = await nine.at();
    await nine.create(fid, name);
    await nine.write(fid, 0, 'bytes');
    await nine.clunk(fid);
    expect((await nine.walk(0, nine.fid(), name)).length).toBe(1);
    const listing = await nine.opened([]);
    const data = nine.isLinux
      ? (await nine.rpc(T.readdir, u32(listing), u64(0), u32(4096))).bytes
      : (await nine.rpc(T.read, u32(listing), u64(0), u32(4096))).bytes;
    expect(Buffer.from(data).includes(Buffer.from(name))).toBe(true);
    await fails(nine.walk(0, nine.fid(), 'a��b'), 'ENOENT');
  });

  test('with a NUL are no names', async () => {
    const { nine } = await ramSession(dialect);
    await fails(nine.create(await nine.at(), 'a\0b'), 'EINVAL', 'ENOENT');
    await fails(nine.walk(0, nine.fid(), 'a\0b'), 'EINVAL', 'ENOENT');
  });
});
