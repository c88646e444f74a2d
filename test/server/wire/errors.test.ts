/** Section 7 of the corners: errors. */
import { describe, expect, test } from '@jest/globals';
import { FileError, dir, text, type Code, type File } from '../../../src/file/index.ts';
import { LINUX_TEXTS } from '../../data/linux-errors.ts';
import { CLASSIC, DIALECTS, OWRITE, T, u16, u32 } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, TRUSTING, ramSession, session } from './worlds.ts';

/** A file whose open fails with whatever it is. */
const failing = (error: unknown): File => ({
  ...text(''),
  open: () => {
    throw error;
  },
});

async function openFailing(dialect: (typeof DIALECTS)[number], error: unknown, log?: (p: string) => void) {
  const server = serverOf(dir({ file: failing(error) }), { ...TRUSTING, ...(log && { log }) });
  const nine = await session(server, dialect, GLENDA);
  return { nine, answer: refused(nine.opened(['file'])) };
}

const hostError = (code: string): Error =>
  Object.assign(new Error(`${code}: it failed, open '/secret/path'`), { code, errno: -66, syscall: 'open' });

describe.each(DIALECTS)('what goes wrong in a handler, %s', (dialect) => {
  test.each([
    ['ENOENT', 2],
    ['EACCES', 13],
    ['EEXIST', 17],
    ['ENOTEMPTY', 39],
    ['EOPNOTSUPP', 95],
    ['ENOTSUP', 95],
    ['ENODATA', 61],
    ['ELOOP', 40],
    ['ETIMEDOUT', 110],
    ['ECONNREFUSED', 111],
    ['EDQUOT', 122],
    ['EXDEV', 18],
  ])("a host's %s is Linux's number %i, whatever the host's number is", async (code, errno) => {
    const { answer } = await openFailing(dialect, hostError(code));
    expect((await answer).errno).toBe(errno);
  });

  test.each([
    ['an Error', new Error('boom')],
    ['a TypeError', new TypeError('x is not a function')],
    ['a code that is none', Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' })],
    ['a code that is an own property of objects', Object.assign(new Error('x'), { code: 'constructor' })],
    ['a string', 'boom'],
    ['undefined', undefined],
    ['an object', {}],
  ])('%s is EIO, and says nothing of the inside', async (_, error) => {
    const { answer } = await openFailing(dialect, error);
    const refusal = await answer;
    expect(refusal.errno).toBe(5);
    if (dialect !== '9P2000.L') expect(refusal.ename).toBe('i/o error');
  });

  test('a path of the host is not told', async () => {
    const { answer } = await openFailing(dialect, hostError('EACCES'));
    expect((await answer).ename).not.toContain('/secret');
  });

  test("a handler's own fault is told to whoever serves, and the session goes on", async () => {
    const problems: string[] = [];
    const { nine, answer } = await openFailing(dialect, new Error('boom'), (p) => void problems.push(p));
    await answer;
    expect(problems).toHaveLength(1);
    await fails(nine.walk(0, nine.fid(), 'nowhere'), 'ENOENT');
    expect(problems).toHaveLength(1);
  });

  test('an answer that makes no sense is an error of that request, and told to whoever serves', async () => {
    const problems: string[] = [];
    const senseless = { type: 0, version: 0, path: 'path' as unknown as bigint };
    const now: File = { ...text('x'), qid: senseless };
    const later: File = { ...now, open: async () => ({ read: () => 0 }) };
    const options = { ...TRUSTING, log: (problem: string) => void problems.push(problem) };
    const nine = await session(serverOf(dir({ now, later, good: text('good') }), options), dialect, GLENDA);
    await fails(nine.walk(0, 1, 'now'), 'EIO');
    await nine.walk(0, 2).then(() => nine.clunk(2));
    await fails(nine.walk(0, 1, 'later'), 'EIO').catch(() => undefined);
    expect(problems.length).toBeGreaterThan(0);
    expect(await nine.content('good')).toBe('good');
  });

  test('what is thrown and what is rejected is the same', async () => {
    const file: File = { ...text(''), open: () => Promise.reject(new FileError('ENXIO')) };
    const nine = await session(serverOf(dir({ file }), TRUSTING), dialect, GLENDA);
    await fails(nine.opened(['file']), 'ENXIO');
    const attr: File = {
      ...text(''),
      attr: () => {
        throw new FileError('EIO');
      },
    };
    const other = await session(serverOf(dir({ attr }), TRUSTING), dialect, GLENDA);
    await fails(other.info(await other.at('attr')), 'EIO');
  });
});

describe.each(CLASSIC)('texts, %s', (dialect) => {
  async function textOf(error: unknown): Promise<string> {
    const { answer } = await openFailing(dialect, error);
    return (await answer).ename;
  }

  const codes: readonly Code[] = [
    'E2BIG', 'EACCES', 'EAGAIN', 'EBADF', 'EBUSY', 'EDQUOT', 'EEXIST', 'EFBIG', 'EINTR', 'EINVAL', 'EIO', 'EISDIR',
    'ELOOP', 'EMFILE', 'EMLINK', 'EMSGSIZE', 'ENAMETOOLONG', 'ENOBUFS', 'ENODATA', 'ENOENT', 'ENOLCK', 'ENOSPC',
    'ENOSYS', 'ENOTDIR', 'ENOTEMPTY', 'ENXIO', 'EOPNOTSUPP', 'EPERM', 'EPIPE', 'ERANGE', 'EROFS', 'ESPIPE',
    'ETIMEDOUT', 'EXDEV',
  ]; // prettier-ignore

  test.each(codes)('%s: one that Linux knows to the letter', async (code) => {
    const text = await textOf(new FileError(code));
    const { answer } = await openFailing('9P2000.L', new FileError(code));
    expect(LINUX_TEXTS.get((await answer).errno)).toContain(text);
    expect(text.endsWith('.')).toBe(false);
  });

  test.each([
    ['no period, as Linux has it', 'ENOENT', 'file does not exist'],
    ['EPERM', 'EACCES', 'permission denied'],
    ['a fid', 'EBADF', 'fid unknown or out of range'],
    ['a directory read', 'ESPIPE', 'bad offset in directory read'],
  ] as const)('%s', async (_, code, text) => {
    expect(await textOf(new FileError(code))).toBe(text);
  });

  test("a file's own words", async () => {
    expect(await textOf(new FileError('EINVAL', 'usage: level N'))).toBe('usage: level N');
    expect(await textOf(new FileError('EINVAL', 'größer als 5 €'))).toBe('größer als 5 €');
  });

  test.each([126, 127, 128, 129, 5000, 70_000])('%i bytes are cut to 127', async (length) => {
    const text = await textOf(new FileError('EINVAL', 'x'.repeat(length)));
    expect(text).toBe('x'.repeat(Math.min(length, 127)));
  });

  test.each(['é', '€', '😀'])('cut between characters: %s', async (letter) => {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const text = await textOf(new FileError('EINVAL', before + letter.repeat(200)));
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(127);
      expect(Buffer.byteLength(text)).toBeGreaterThan(123);
      expect((before + letter.repeat(200)).startsWith(text)).toBe(true);
    }
  });

  test('an empty one is not sent', async () => {
    expect((await textOf(new FileError('EINVAL', ''))).length).toBeGreaterThan(0);
  });
});

describe.each(DIALECTS)('every T but two may fail, %s', (dialect) => {
  test('of an unknown fid: EBADF', async () => {
    const { nine } = await ramSession(dialect);
    const all: Promise<unknown>[] = [
      nine.walk(99, 100),
      nine.open(99),
      nine.create(99, 'x'),
      nine.read(99, 0, 1),
      nine.write(99, 0, 'x'),
      nine.clunk(99),
      nine.remove(99),
    ];
    if (nine.isLinux) all.push(...linuxRequests(nine));
    else all.push(nine.stat(99), nine.wstat(99, {}));
    for (const answer of all) await fails(answer, 'EBADF');
  });

  test('Tflush and Tversion do not', async () => {
    const { nine } = await ramSession(dialect);
    for (const oldtag of [0, 500, 0xffff]) {
      expect((await nine.post(T.flush, u16(oldtag)).reply).code).toBe(T.flush + 1);
    }
    await nine.version(1, '');
    expect(nine.replies.at(-1)!.code).toBe(T.version + 1);
  });

  test('errors of the tree', async () => {
    const { nine } = await ramSession(dialect);
    await nine.make(['f']);
    await nine.mkdir(0, 'd');
    await nine.make(['d', 'g']);
    await fails(nine.at('nowhere'), 'ENOENT');
    await fails(nine.walk(await nine.at('f'), 98, 'x'), 'ENOTDIR');
    await fails(nine.remove(await nine.at('d')), 'ENOTEMPTY');
    await fails(nine.open(await nine.at('d'), OWRITE), 'EISDIR');
    await fails(nine.create(await nine.at(), 'f'), 'EEXIST');
    await fails(nine.create(await nine.at(), 'n'.repeat(300)), 'ENAMETOOLONG');
  });
});

function linuxRequests(nine: Nine): Promise<unknown>[] {
  const name = Uint8Array.of(1, 0, 0x61);
  const eight = new Uint8Array(8);
  return [
    nine.getattr(99),
    nine.setattr(99, { mode: 0 }),
    nine.readdir(99, 0),
    nine.rpc(T.statfs, u32(99)),
    nine.rpc(T.fsync, u32(99), u32(0)),
    nine.rpc(T.readlink, u32(99)),
    nine.rpc(T.symlink, u32(99), name, name, u32(0)),
    nine.rpc(T.mknod, u32(99), name, u32(0), u32(0), u32(0), u32(0)),
    nine.rpc(T.mkdir, u32(99), name, u32(0), u32(0)),
    nine.rpc(T.rename, u32(99), u32(0), name),
    nine.rpc(T.rename, u32(0), u32(99), name),
    nine.rpc(T.renameat, u32(99), name, u32(0), name),
    nine.rpc(T.renameat, u32(0), name, u32(99), name),
    nine.rpc(T.unlinkat, u32(99), name, u32(0)),
    nine.rpc(T.link, u32(99), u32(0), name),
    nine.rpc(T.link, u32(0), u32(99), name),
    nine.rpc(T.xattrwalk, u32(99), u32(98), name),
    nine.rpc(T.xattrcreate, u32(99), name, eight, u32(0)),
    nine.rpc(T.lock, u32(99), Uint8Array.of(0), u32(0), eight, eight, u32(1), name),
    nine.rpc(T.getlock, u32(99), Uint8Array.of(0), eight, eight, u32(1), name),
  ];
}
