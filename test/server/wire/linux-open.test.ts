/** Section 8 of the corners, 9P2000.L: Tlopen, Tfsync, and what there is no message for. */
import { describe, expect, test } from '@jest/globals';
import { dir, text } from '../../../src/file/index.ts';
import { T, s, u32, u8 } from './codec.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, TRUSTING, ramSession, session } from './worlds.ts';

const begin = (): ReturnType<typeof ramSession> => ramSession('9P2000.L');

describe("Tlopen: Linux's flags, translated", () => {
  test.each([
    ['O_RDONLY', 0, true, false],
    ['O_WRONLY', 1, false, true],
    ['O_RDWR', 2, true, true],
    ['O_RDWR|O_LARGEFILE', 0o100002, true, true],
    ['O_RDWR|O_CREAT|O_EXCL|O_NOCTTY|O_NONBLOCK', 0o4702, true, true],
    ['O_RDWR|O_DSYNC|O_FASYNC|O_DIRECT|O_NOATIME|O_CLOEXEC|O_SYNC', 0o7070002, true, true],
    ['O_RDONLY|O_NOFOLLOW', 0o400000, true, false],
  ])('%s', async (_, flags, mayRead, mayWrite) => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    const fid = await nine.at('f');
    const { qid, iounit } = await nine.lopen(fid, flags);
    expect(qid).toEqual((await nine.getattr(fid)).qid);
    expect(iounit === 0 || iounit <= nine.msize - 24).toBe(true);
    await (mayRead ? nine.read(fid, 0, 1) : fails(nine.read(fid, 0, 1), 'EBADF'));
    await (mayWrite ? nine.write(fid, 0, 'C') : fails(nine.write(fid, 0, 'C'), 'EBADF'));
    expect((await nine.getattr(fid)).size).toBe(7n);
  });

  test('O_TRUNC', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'content');
    await nine.lopen(await nine.at('f'), 0o1001);
    expect((await nine.getattr(await nine.at('f'))).size).toBe(0n);
  });

  test('O_APPEND: every write goes to the end', async () => {
    const { nine } = await begin();
    await nine.make(['f'], 'one');
    const fid = await nine.at('f');
    await nine.lopen(fid, 0o2001);
    await nine.write(await nine.opened(['f'], 1), 3, ' two');
    await nine.write(fid, 0, ' three');
    expect(await nine.content('f')).toBe('one two three');
    const created = await nine.at();
    await nine.lcreate(created, 'g', 0o2102);
    await nine.write(created, 5, 'a');
    await nine.write(created, 0, 'b');
    expect(await nine.content('g')).toBe('ab');
  });

  test('O_DIRECTORY of what is none: ENOTDIR; a directory for writing: EISDIR', async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    await nine.mkdir(0, 'd');
    await fails(nine.lopen(await nine.at('f'), 0o200000), 'ENOTDIR');
    await nine.lopen(await nine.at('d'), 0o200000);
    await nine.lopen(await nine.at('d'), 0o2300000);
    for (const flags of [1, 2, 0o1000, 0o200001])
      await fails(nine.lopen(await nine.at('d'), flags), 'EISDIR');
  });

  test('an access mode of 3 is none', async () => {
    const { nine } = await begin();
    await nine.make(['f']);
    await fails(nine.lopen(await nine.at('f'), 3), 'EINVAL');
  });
});

describe('Tfsync: both lengths', () => {
  test.each([
    ['with datasync 0', [u32(0)]],
    ['with datasync 1', [u32(1)]],
    ['without, as diod of 2010 to 2025', []],
  ])('%s', async (_, datasync) => {
    const { nine } = await begin();
    await nine.make(['f'], 'x');
    for (const fid of [await nine.opened(['f'], 2), await nine.opened([])]) {
      (await nine.rpc(T.fsync, u32(fid), ...datasync)).end();
    }
    await refused(nine.rpc(T.fsync, u32(await nine.at('f')), ...datasync));
  });

  test('commits a text, with its error', async () => {
    const committed: string[] = [];
    const note = text('', {
      write(content) {
        if (content.length > 5) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        committed.push(content);
      },
    });
    const nine = await session(serverOf(dir({ note }), TRUSTING), '9P2000.L', GLENDA);
    const fid = await nine.opened(['note'], 1);
    await nine.write(fid, 0, 'short');
    await nine.rpc(T.fsync, u32(fid), u32(0));
    expect(committed).toEqual(['short']);
    await nine.write(fid, 5, ' long');
    await fails(nine.rpc(T.fsync, u32(fid), u32(0)), 'ENOSPC');
    expect(committed).toEqual(['short']);
  });
});

test('what has no message is an error: types beyond 9P2000.L', async () => {
  const { nine } = await begin();
  for (const code of [4, 10, 28, 34, 56, 60, 78, 90, 128]) {
    const { reply } = nine.post(code, u32(0), u8(0), s(''));
    expect((await reply).code).toBe(7);
  }
  nine.violations.length = 0;
});
