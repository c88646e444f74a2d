/** Section 5 of the corners: read and write of files; counts and offsets. */
import { describe, expect, test } from '@jest/globals';
import { bytes, dir, stream, text, type File } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { CLASSIC, DIALECTS, DMAPPEND, ORDWR, OREAD, OWRITE, T, counted, u32, u64 } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { Refusal, fails, refused } from './refusal.ts';
import { slow } from './slow.ts';
import { GLENDA, TRUSTING, everywhere, ramSession, session } from './worlds.ts';

const MSIZE = 8192;
const PAYLOAD = MSIZE - 24;
const LARGE = 100_000;

/** Bytes that differ from place to place. */
function pattern(length: number, from = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = ((from + i) * 2654435761) >>> 24;
  return bytes;
}

/** As toEqual, which takes its time with long arrays. */
function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(Buffer.from(actual).equals(expected)).toBe(true);
}

const content = pattern(LARGE);

async function ramFile(): Promise<File> {
  const root = ram({ owner: GLENDA });
  const nine = await session(serverOf(root, TRUSTING), '9P2000', GLENDA, 1 << 20);
  await nine.make(['file'], content);
  return root;
}

const TREES = {
  ram: ramFile,
  'slow ram': async () => slow(await ramFile()),
  bytes: () => dir({ file: bytes(content.slice(), { writable: true }) }),
  'take (uncopied)': () => {
    const take = (offset: number, count: number): Uint8Array => content.subarray(offset, offset + count);
    const file: File = { ...bytes(content), open: () => ({ take }) };
    return dir({ file });
  },
};

describe.each(everywhere(TREES))('Tread, %s, %s', (dialect, _, tree) => {
  async function begin(): Promise<{ nine: Nine; fid: number }> {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA, MSIZE);
    return { nine, fid: await nine.opened(['file']) };
  }

  test.each([PAYLOAD + 1, MSIZE, 65536, LARGE, 0x7fff_ffff, 0xffff_ffff])(
    'count %i is more than there is room for: a short read',
    async (count) => {
      const { nine, fid } = await begin();
      expectSame(await nine.read(fid, 0, count), content.slice(0, PAYLOAD));
      expect(nine.replies.at(-1)!.size).toBe(PAYLOAD + 11);
    },
  );

  test.each([0, 1, 2, 511, PAYLOAD - 1, PAYLOAD])('count %i is given', async (count) => {
    const { nine, fid } = await begin();
    expectSame(await nine.read(fid, 0, count), content.slice(0, count));
    expectSame(await nine.read(fid, 12_345, count), content.slice(12_345, 12_345 + count));
  });

  test('at and beyond the end: count 0', async () => {
    const { nine, fid } = await begin();
    expect(await nine.read(fid, LARGE - 1, 10)).toEqual(content.slice(-1));
    for (const offset of [LARGE, LARGE + 1, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53 - 2 ** 20]) {
      expect(await nine.read(fid, offset, 10)).toHaveLength(0);
    }
  });

  test.each([2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n])(
    'offset %s: count 0 or an error, never data',
    async (offset) => {
      const { nine, fid } = await begin();
      for (const count of [0, 1, 0xffff_ffff]) {
        const answer = await nine.read(fid, offset, count).catch((error: unknown) => error);
        if (answer instanceof Uint8Array) expect(answer).toHaveLength(0);
        else expect(answer).toBeInstanceOf(Refusal);
      }
      expect(await nine.read(fid, 0, 4)).toEqual(content.slice(0, 4));
    },
  );

  test('in pieces of any size', async () => {
    const { nine, fid } = await begin();
    for (const piece of [2000, 7777]) {
      const parts: Uint8Array[] = [];
      for (let at = 0; ;) {
        const part = await nine.read(fid, at, piece);
        if (part.length === 0) break;
        parts.push(part);
        at += part.length;
      }
      expect(Buffer.concat(parts).equals(content)).toBe(true);
    }
  });

  test('many at once, in any order', async () => {
    const { nine, fid } = await begin();
    const offsets = Array.from({ length: 200 }, (_, i) => (i * 7919) % LARGE);
    const posted = nine.postAll(offsets.map((offset) => [T.read, u32(fid), u64(offset), u32(3000)]));
    const bodies = await Promise.all(posted.map(({ body }) => body));
    for (const [i, body] of bodies.entries()) {
      expectSame(body.counted(), content.subarray(offsets[i], offsets[i] + 3000));
    }
  });

  test('without an open, or of no fid', async () => {
    const { nine } = await begin();
    await fails(nine.read(await nine.at('file'), 0, 1), 'EBADF');
    await fails(nine.write(await nine.at('file'), 0, 'x'), 'EBADF');
    await fails(nine.read(12_345, 0, 1), 'EBADF');
    await fails(nine.write(12_345, 0, 'x'), 'EBADF');
  });
});

const WRITABLE = {
  ram: () => ram({ owner: GLENDA }),
  'slow ram': () => slow(ram({ owner: GLENDA })),
};

describe.each(everywhere(WRITABLE))('Twrite, %s, %s', (dialect, _, tree) => {
  async function begin(): Promise<{ nine: Nine; fid: number }> {
    const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA, MSIZE);
    const fid = await nine.at();
    await nine.create(fid, 'file');
    return { nine, fid };
  }

  test('all of it, to the full size of a message', async () => {
    const { nine, fid } = await begin();
    for (const count of [0, 1, PAYLOAD, MSIZE - 23]) {
      expect(await nine.write(fid, 0, content.slice(0, count))).toBe(count);
      expect((await nine.info(fid)).size).toBe(count);
      expectSame(await nine.read(fid, 0, PAYLOAD), content.slice(0, Math.min(count, PAYLOAD)));
    }
  });

  test('nothing written at an offset makes the file no longer', async () => {
    const { nine, fid } = await begin();
    expect(await nine.write(fid, 1000, '')).toBe(0);
    expect((await nine.info(fid)).size).toBe(0);
  });

  test('beyond the end: zeroes between', async () => {
    const { nine, fid } = await begin();
    await nine.write(fid, 0, 'ab');
    await nine.write(fid, 5, 'f');
    expect(await nine.read(fid, 0, 100)).toEqual(Uint8Array.of(0x61, 0x62, 0, 0, 0, 0x66));
    await nine.write(fid, 1_000_000, 'x');
    expect((await nine.info(fid)).size).toBe(1_000_001);
    expect((await nine.read(fid, 500_000, PAYLOAD)).every((byte) => byte === 0)).toBe(true);
  });

  test('far out: sparse', async () => {
    const { nine, fid } = await begin();
    for (const offset of [2 ** 31, 2 ** 32 + 5, 2 ** 40]) {
      await nine.write(fid, offset, 'far');
      expect((await nine.info(fid)).size).toBe(offset + 3);
      expect(await nine.text(fid, offset, 10)).toBe('far');
    }
    expect((await nine.read(fid, 2 ** 39, 100)).every((byte) => byte === 0)).toBe(true);
  });

  test.each([2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 2n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n])(
    'offset %s: an error, and nothing is written',
    async (offset) => {
      const { nine, fid } = await begin();
      await refused(nine.write(fid, offset, 'abc'));
      expect((await nine.info(fid)).size).toBe(0);
      await nine.write(fid, 0, 'x');
      expect(await nine.text(fid)).toBe('x');
    },
  );

  test('cut and grown again: zeroes, not what was there', async () => {
    const { nine, fid } = await begin();
    await nine.write(fid, 0, content.slice(0, 8000));
    await nine.truncate(fid, 10);
    await nine.truncate(fid, 8000);
    const again = await nine.read(fid, 0, 8000);
    expect(again.slice(0, 10)).toEqual(content.slice(0, 10));
    expect(again.slice(10).every((byte) => byte === 0)).toBe(true);
    await nine.truncate(fid, 0);
    await nine.write(fid, 100, 'x');
    expect((await nine.read(fid, 0, 100)).every((byte) => byte === 0)).toBe(true);
  });

  test('as a plain array would have it', async () => {
    const { nine, fid } = await begin();
    const model = new Uint8Array(300_000);
    let size = 0;
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state % below;
    };
    for (let i = 0; i < 150; i++) {
      const offset = random(290_000);
      const data = pattern(random(PAYLOAD), i);
      if (i % 25 === 24) {
        await nine.truncate(fid, offset);
        model.fill(0, offset);
        size = offset;
      } else {
        await nine.write(fid, offset, data);
        model.set(data, offset);
        if (data.length > 0) size = Math.max(size, offset + data.length);
      }
      const at = random(290_000);
      const expected = model.subarray(at, Math.max(at, Math.min(size, at + 4000)));
      expectSame(await nine.read(fid, at, 4000), expected);
    }
    expect((await nine.info(fid)).size).toBe(size);
  });

  test('on a fid that may not write, and reading from one that may not read', async () => {
    const { nine, fid } = await begin();
    await nine.write(fid, 0, 'abc');
    await fails(nine.write(await nine.opened(['file'], OREAD), 0, 'x'), 'EBADF');
    await fails(nine.read(await nine.opened(['file'], OWRITE), 0, 1), 'EBADF');
    expect(await nine.content('file')).toBe('abc');
  });

  test('to a directory', async () => {
    const { nine } = await begin();
    await refused(nine.write(await nine.opened([]), 0, 'x'));
    await refused(nine.write(0, 0, 'x'));
  });

  test('several at once: all of them arrive', async () => {
    const { nine, fid } = await begin();
    const posted = nine.postAll(
      Array.from({ length: 100 }, (_, i) => [
        T.write,
        u32(fid),
        u64(i * 100),
        counted(pattern(100, i * 100)),
      ]),
    );
    await Promise.all(posted.map(({ body }) => body));
    expect((await nine.info(fid)).size).toBe(10_000);
    expectSame(await nine.read(fid, 0, PAYLOAD), pattern(10_000).slice(0, PAYLOAD));
  });

  test('what one fid has written another reads', async () => {
    const { nine, fid } = await begin();
    const other = await nine.opened(['file'], ORDWR);
    await nine.write(fid, 0, 'one');
    expect(await nine.text(other)).toBe('one');
    await nine.write(other, 3, 'two');
    expect(await nine.text(fid)).toBe('onetwo');
  });

  test('a removed file lives as long as it is open', async () => {
    const { nine, fid } = await begin();
    await nine.write(fid, 0, 'kept');
    await nine.remove(await nine.at('file'));
    expect(await nine.list()).toEqual([]);
    expect(await nine.text(fid)).toBe('kept');
    await nine.write(fid, 4, '!');
    expect((await nine.info(fid)).size).toBe(5);
    await nine.truncate(fid, 1);
    expect(await nine.text(fid)).toBe('k');
    await nine.clunk(fid);
  });
});

describe.each(DIALECTS)('space, %s', (dialect) => {
  test('a write without space fails, changes nothing, and takes none', async () => {
    const root = ram({ owner: GLENDA, size: 400_000 });
    const nine = await session(serverOf(root, TRUSTING), dialect, GLENDA, 1 << 20);
    await nine.make(['a'], 'content');
    const fid = await nine.opened(['a'], ORDWR);
    for (let i = 0; i < 3; i++) {
      await fails(nine.write(fid, 3, new Uint8Array(500_000).fill(1)), 'ENOSPC');
      await fails(nine.write(fid, 1_000_000, new Uint8Array(500_000).fill(1)), 'ENOSPC');
    }
    expect(await nine.text(fid)).toBe('content');
    const other = await nine.at();
    await nine.create(other, 'b');
    expect(await nine.write(other, 0, new Uint8Array(250_000))).toBe(250_000);
    await nine.remove(other);
    expect(await nine.write(fid, 0, new Uint8Array(250_000))).toBe(250_000);
    await nine.truncate(fid, 0);
    await nine.make(['c'], new Uint8Array(250_000));
  });

  test('comes back when the last user of a removed file is gone', async () => {
    const root = ram({ owner: GLENDA, size: 400_000 });
    const nine = await session(serverOf(root, TRUSTING), dialect, GLENDA, 1 << 20);
    for (let i = 0; i < 5; i++) {
      await nine.make(['a'], new Uint8Array(250_000));
      const fid = await nine.opened(['a']);
      await nine.remove(await nine.at('a'));
      await nine.create(await nine.at(), `b${i}`).then(
        () => nine.remove(nine.fid() - 1).catch(() => undefined),
        () => undefined,
      );
      await nine.clunk(fid);
    }
  });
});

describe.each(CLASSIC)('append only, %s', (dialect) => {
  test('several writers at once: nothing is overwritten', async () => {
    const { nine } = await ramSession(dialect);
    const fid = await nine.at();
    await nine.create(fid, 'log', (DMAPPEND | 0o644) >>> 0, OWRITE);
    const others = [await nine.opened(['log'], OWRITE), await nine.opened(['log'], OWRITE)];
    const posted = nine.postAll(
      Array.from({ length: 90 }, (_, i) => [
        T.write,
        u32([fid, ...others][i % 3]),
        u64(0),
        counted(`${i}\n`.padStart(4, ' ')),
      ]),
    );
    await Promise.all(posted.map(({ body }) => body));
    const lines = (await nine.content('log')).trimEnd().split('\n');
    expect(lines.map(Number)).toEqual(Array.from({ length: 90 }, (_, i) => i));
  });
});

describe.each(DIALECTS)('files that wait, %s', (dialect) => {
  test('a stream ends with count 0, again and again', async () => {
    const source = async function* (): AsyncGenerator<string> {
      yield 'one\n';
      yield '';
      yield 'two\n';
    };
    const nine = await session(serverOf(dir({ s: stream(source) })), dialect);
    const fid = await nine.opened(['s']);
    expect([await nine.text(fid, 0), await nine.text(fid, 4), await nine.text(fid, 8)]).toEqual([
      'one\n',
      'two\n',
      '',
    ]);
    expect(await nine.text(fid, 0)).toBe('');
  });

  test('a datum that is larger than a message', async () => {
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield content;
    };
    const nine = await session(serverOf(dir({ s: stream(source) })), dialect, undefined, MSIZE);
    const fid = await nine.opened(['s']);
    const parts: Uint8Array[] = [];
    for (let part = await nine.read(fid, 0, LARGE); part.length > 0; part = await nine.read(fid, 0, LARGE)) {
      parts.push(part);
    }
    expect(Buffer.concat(parts).equals(content)).toBe(true);
  });

  test('text is what it was at the open', async () => {
    let version = 0;
    const nine = await session(serverOf(dir({ t: text(() => `version ${++version}\n`) })), dialect);
    const one = await nine.opened(['t']);
    const two = await nine.opened(['t']);
    expect([await nine.text(one), await nine.text(two), await nine.text(one, 8)]).toEqual([
      'version 1\n',
      'version 2\n',
      '1\n',
    ]);
  });
});
