/** Section 1 of the corners: Tversion, and what a new one ends. */
import { describe, expect, test } from '@jest/globals';
import { dir, stream, text, type File } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { DIALECTS, NOTAG, ORCLOSE, T, frame, s, u16, u32, type Dialect } from './codec.ts';
import { Nine } from './nine.ts';
import { inTime, serverOf, settle } from './peer.ts';
import { fails } from './refusal.ts';
import { Gate, slow } from './slow.ts';
import { GLENDA, TRUSTING, agree, ramSession, session } from './worlds.ts';

const MIB = 1 << 20;

const empty = (): File => dir({});

const never = (): File => stream(waitForEver);

// oxlint-disable-next-line require-yield
async function* waitForEver(signal: AbortSignal): AsyncGenerator<string> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

describe('the version that is agreed', () => {
  test.each(DIALECTS)('%s is answered with the very same string', async (dialect) => {
    const nine = Nine.to(serverOf(empty()));
    expect(await nine.version(8192, dialect)).toEqual({ msize: 8192, version: dialect });
    await nine.attach(0);
  });

  test.each([
    ['9P2000.foo', '9P2000'],
    ['9P2000.', '9P2000'],
    ['9P2000.l', '9P2000'],
    ['9P2000.Lx', '9P2000'],
    ['9P2000.u.extra', '9P2000.u'],
    ['9P2000.L.Google.7', '9P2000.L'],
    ['9P2000.L.n', '9P2000.L'],
  ])('suffix rule: %s gets %s', async (asked, answered) => {
    const nine = Nine.to(serverOf(empty()));
    expect((await nine.version(8192, asked)).version).toBe(answered);
    await nine.attach(0);
  });

  test.each(['', 'unknown', '9p2000', '9P2000L', '9P200', '9P1999', 'NFSv4', '9P2000\0', ' 9P2000'])(
    'unknown version %j: Rversion "unknown", never Rerror, and another one may be asked for',
    async (version) => {
      const nine = Nine.to(serverOf(empty()));
      expect((await nine.version(8192, version)).version).toBe('unknown');
      expect((await nine.version(8192, '9P2000')).version).toBe('9P2000');
      await nine.attach(0);
    },
  );

  test('msize 0 with an unknown version, as hugelgupf/p9 has it', async () => {
    const nine = Nine.to(serverOf(empty()));
    expect((await nine.version(0, 'unknown')).version).toBe('unknown');
    expect((await nine.version(8192, '9P2000.L')).version).toBe('9P2000.L');
  });

  test('after "unknown" there is no session: a request ends the connection', async () => {
    const nine = await session(serverOf(empty()), '9P2000');
    expect((await nine.version(8192, 'other')).version).toBe('unknown');
    nine.raw(frame(T.stat, 1, u32(0)));
    await inTime(nine.ended, 'the end');
    expect(nine.replies.at(-1)?.code).toBe(T.version + 1);
  });
});

describe('tag of Tversion', () => {
  test.each([NOTAG, 0, 1, 0x1234])('%i is accepted and echoed', async (tag) => {
    const nine = Nine.to(serverOf(empty()));
    await nine.version(8192, '9P2000.L', tag);
    expect(nine.replies.map((reply) => reply.tag)).toEqual([tag]);
  });

  test.each(DIALECTS)(
    '%s: that of a request which is under way: one answer, the Rversion',
    async (dialect) => {
      const nine = await session(serverOf(dir({ never: never() })), dialect);
      const fid = await nine.opened(['never']);
      const { tag } = nine.post(T.read, u32(fid), u32(0), u32(0), u32(10));
      await settle();
      nine.forget(tag);
      expect((await nine.version(8192, dialect, tag)).version).toBe(dialect);
      await settle();
      expect(nine.replies.filter((reply) => reply.tag === tag && reply.code === T.read + 1)).toEqual([]);
      await nine.attach(0);
    },
  );
});

describe('msize', () => {
  test.each([
    [4096, 4096],
    [8192, 8192],
    [131072 + 24, 131072 + 24],
    [MIB, MIB],
    [MIB + 1, MIB],
    [0xffff_ffff, MIB],
  ])("%i gives %i: at most the client's, at most 1 MiB", async (asked, given) => {
    const nine = Nine.to(serverOf(empty()));
    expect((await nine.version(asked, '9P2000.L')).msize).toBe(given);
  });

  test('the cap is an option', async () => {
    const nine = Nine.to(serverOf(empty(), { limits: { msize: 5000 } }));
    expect((await nine.version(MIB, '9P2000')).msize).toBe(5000);
  });

  test.each([0, 1, 6, 7, 23, 24, 100, 255])('too small: %i is refused, and never raised', async (asked) => {
    const nine = Nine.to(serverOf(empty()));
    const answer = await nine.version(asked, '9P2000');
    expect(answer.version).toBe('unknown');
    expect(answer.msize).toBeLessThanOrEqual(asked);
    expect((await nine.version(8192, '9P2000')).version).toBe('9P2000');
  });

  test.each(DIALECTS)('%s: the least that is agreed carries every reply', async (dialect) => {
    const { nine } = await ramSession(dialect);
    await nine.make(['n'.repeat(60)], 'x'.repeat(100));
    const { msize } = await nine.version(256, dialect);
    await nine.attach(0);
    const fid = await nine.at('n'.repeat(60));
    expect((await nine.info(fid)).size).toBe(100);
    await nine.open(fid);
    expect(await nine.text(fid, 0, 0xffff_ffff)).toBe('x'.repeat(100));
    expect(await nine.list()).toEqual(['n'.repeat(60)]);
    expect(Math.max(...nine.replies.slice(-6).map((reply) => reply.size))).toBeLessThanOrEqual(msize);
  });

  test.each(DIALECTS)('%s: a reply that would be larger is an error of that request', async (dialect) => {
    const { nine } = await ramSession(dialect);
    const name = 'n'.repeat(215);
    await nine.make([name]);
    const link = nine.isLinux ? nine.rpc(T.symlink, u32(0), s('l'), s('t'.repeat(300)), u32(0)) : undefined;
    await link;
    await nine.version(256, dialect);
    await nine.attach(0);
    const fid = await nine.at(name);
    if (link)
      await fails(nine.rpc(T.readlink, u32(await nine.at('l'))), 'EMSGSIZE', 'ENAMETOOLONG', 'ERANGE');
    else await fails(nine.stat(fid), 'EMSGSIZE', 'ENAMETOOLONG', 'ERANGE');
    await fails(nine.list());
    await nine.info(0);
  });
});

describe('requests before Rversion', () => {
  test.each([
    ['Tattach', frame(T.attach, 1, u32(0), u32(0xffff_ffff), s('glenda'), s(''))],
    ['Tflush', frame(T.flush, 1, u16(3))],
    ['Tclunk', frame(T.clunk, 1, u32(0))],
    ['an unknown type', frame(200, 1)],
  ])('%s ends that connection, unanswered', async (_, bytes) => {
    const server = serverOf(empty());
    const other = await session(server, '9P2000');
    const nine = Nine.to(server);
    nine.raw(bytes);
    await inTime(nine.ended, 'the end');
    expect(nine.replies).toEqual([]);
    await other.info(0);
  });
});

describe.each(DIALECTS)('a second Tversion, %s', (dialect) => {
  test('clunks all fids: their numbers are free', async () => {
    const { nine } = await ramSession(dialect);
    const fid = await nine.at();
    await agree(nine, dialect);
    await fails(nine.clunk(fid), 'EBADF');
    await fails(nine.clunk(0), 'EBADF');
    await nine.attach(0);
    await nine.walk(0, fid);
  });

  test('aborts blocked reads: no answer, also when data come later', async () => {
    let push: (line: string) => void = () => {};
    const source = async function* (): AsyncGenerator<string> {
      for (;;) yield await new Promise<string>((resolve) => (push = resolve));
    };
    const nine = await session(serverOf(dir({ news: stream(source) })), dialect);
    const fid = await nine.opened(['news']);
    const reads = [1, 2, 3].map(() => nine.post(T.read, u32(fid), u32(0), u32(0), u32(10)));
    await settle();
    for (const { tag } of reads) nine.forget(tag);
    await agree(nine, dialect);
    push('late\n');
    await settle();
    expect(nine.replies.at(-1)?.code).toBe(T.version + 1);
    await nine.attach(0);
  });

  test('a handler that ends late brings nothing into the new session', async () => {
    const gate = new Gate('walk');
    const root = ram({ owner: GLENDA });
    const server = serverOf(slow(root, gate.pause), TRUSTING);
    const nine = await session(server, dialect, GLENDA);
    await nine.make(['f'], 'x');
    gate.close();
    const walk = nine.post(T.walk, ...Nine.walkFields(0, 7, ['f']));
    await settle();
    nine.forget(walk.tag);
    const agreed = agree(nine, dialect);
    await settle();
    gate.open();
    await agreed;
    await nine.attach(0);
    await settle();
    await fails(nine.clunk(7), 'EBADF');
  });

  test('commits nothing that was not clunked', async () => {
    const written: string[] = [];
    const note = text('', { write: (content) => void written.push(content) });
    const nine = await session(serverOf(dir({ note }), { owner: GLENDA }), dialect);
    const fid = await nine.opened(['note'], 1);
    await nine.write(fid, 0, 'half');
    await agree(nine, dialect);
    await nine.attach(0);
    expect(written).toEqual([]);
  });

  test.each(DIALECTS)('and %s is spoken from then on', async (next: Dialect) => {
    const { nine } = await ramSession(dialect);
    await agree(nine, next);
    await nine.attach(0);
    await nine.make(['f'], 'new');
    expect(await nine.content('f')).toBe('new');
  });

  test('changes the msize', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f'], 'x'.repeat(20_000));
    await agree(nine, dialect, 4096);
    await nine.attach(0);
    const fid = await nine.opened(['f']);
    expect((await nine.read(fid, 0, 20_000)).length).toBe(4096 - 24);
    nine.raw(u32(4097));
    await inTime(nine.ended, 'the end');
  });

  test('to no known version leaves nothing behind either', async () => {
    const { nine, server } = await ramSession(dialect);
    await nine.version(8192, 'nonsense');
    await agree(nine, dialect);
    await fails(nine.clunk(0), 'EBADF');
    expect(server.connections).toBe(1);
  });
});

test.each(['9P2000', '9P2000.u'] as const)('%s: a second Tversion has ORCLOSE effects', async (dialect) => {
  const { nine } = await ramSession(dialect);
  await nine.make(['keep']);
  const fid = await nine.at();
  await nine.create(fid, 'gone', 0o644, 2 | ORCLOSE);
  await agree(nine, dialect);
  await nine.attach(0);
  expect(await nine.list()).toEqual(['keep']);
});

test('9P2000.L: a second Tversion drops xattr writes', async () => {
  const { nine } = await ramSession('9P2000.L');
  await nine.make(['f']);
  const fid = await nine.at('f');
  await nine.rpc(T.xattrcreate, u32(fid), s('user.x'), u32(2), u32(0), u32(0));
  await nine.write(fid, 0, 'ab');
  await agree(nine, '9P2000.L');
  await nine.attach(0);
  await fails(nine.rpc(T.xattrwalk, u32(await nine.at('f')), u32(50), s('user.x')), 'ENODATA');
});

test('a second Tversion: a handler that never ends holds the Rversion up for a while only', async () => {
  const gate = new Gate('walk');
  const nine = await session(serverOf(slow(empty(), gate.pause)), '9P2000');
  gate.close();
  const walk = nine.post(T.walk, ...Nine.walkFields(0, 7, ['f']));
  await settle();
  nine.forget(walk.tag);
  await agree(nine, '9P2000');
  await nine.attach(0);
  gate.open();
});
