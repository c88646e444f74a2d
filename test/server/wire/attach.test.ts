/** Section 2 of the corners: attach and auth. */
import { describe, expect, test } from '@jest/globals';
import { dir, text } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { CLASSIC, DIALECTS, NOFID, NONE32, T, s, u32, u64 } from './codec.ts';
import { Nine } from './nine.ts';
import { serverOf } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { GLENDA, KEN, ROB, SYNTHETIC_TREE, TRUSTING, USERS, agree, ramTree, session } from './worlds.ts';

describe.each(DIALECTS)('%s', (dialect) => {
  async function unattached(): Promise<Nine> {
    const nine = Nine.to(serverOf(SYNTHETIC_TREE()));
    await agree(nine, dialect);
    return nine;
  }

  test.each([0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe])('fid %i is valid', async (fid) => {
    const nine = await unattached();
    expect((await nine.attach(fid)).type).toBe(0x80);
    expect((await nine.info(fid)).isDir).toBe(true);
    expect(await nine.walk(fid, fid === 0 ? 5 : 0, 'top')).toHaveLength(1);
    await nine.clunk(fid);
    await fails(nine.clunk(fid), 'EBADF');
  });

  test('NOFID is no fid', async () => {
    const nine = await unattached();
    await refused(nine.attach(NOFID));
    await nine.attach(0);
    await refused(nine.walk(0, NOFID));
    await fails(nine.clunk(NOFID), 'EBADF');
  });

  test('a used fid is refused, and stays what it is', async () => {
    const nine = await unattached();
    await nine.attach(0);
    await nine.walk(0, 1, 'top');
    await refused(nine.attach(0));
    await refused(nine.attach(1));
    expect((await nine.info(0)).isDir).toBe(true);
    expect((await nine.info(1)).isDir).toBe(false);
  });

  test('Tauth: an error, since no authentication is required; then attach with NOFID', async () => {
    const nine = await unattached();
    const error = await refused(nine.auth(7, 'glenda', '', 1000));
    if (dialect !== '9P2000.L') expect(error.ename).toBe('authentication not required');
    await fails(nine.clunk(7), 'EBADF');
    await nine.attach(0);
  });

  test.each([0, 1, 42])('an afid that is none, %i: an error, and the fid stays free', async (afid) => {
    const nine = await unattached();
    if (afid === 1) await nine.attach(1);
    await refused(nine.attach(0, { afid }));
    await nine.attach(0);
  });

  test('several attaches of one connection', async () => {
    const nine = await unattached();
    const qids = [await nine.attach(0), await nine.attach(1), await nine.attach(2, { aname: '/d' })];
    expect(qids[1]).toEqual(qids[0]);
    expect(qids[2]).not.toEqual(qids[0]);
    await nine.clunk(0);
    expect(await nine.walk(1, 9, 'd')).toEqual([qids[2]]);
    expect(await nine.walk(2, 8, 'f')).toHaveLength(1);
  });

  test('an attach that fails leaves its fid free', async () => {
    const nine = await unattached();
    await fails(nine.attach(0, { aname: '/nowhere' }), 'ENOENT');
    await fails(nine.clunk(0), 'EBADF');
    await nine.attach(0);
  });

  describe.each([
    ['synthetic', SYNTHETIC_TREE],
    ['ram', ramTree],
  ])('aname, %s tree', (_, tree) => {
    test.each([
      ['', '', 'd'],
      ['/', '', 'd'],
      ['/d', 'd', 'e'],
      ['/d/', 'd', 'e'],
      ['//d//e', 'd/e', 'g'],
      ['/d/e', 'd/e', 'g'],
    ])('%j is the subtree %j', async (aname, path, inside) => {
      const server = serverOf(await tree(), TRUSTING);
      const nine = await session(server, dialect, GLENDA);
      const names = path.split('/').filter(Boolean);
      const expected = (await nine.info(await nine.at(...names))).qid;
      expect(await nine.attach(1, { aname })).toEqual(expected);
      expect(await nine.walk(1, nine.fid(), inside)).toHaveLength(1);
    });

    test.each([
      '/nowhere',
      '/d/nowhere',
      '/top/f',
      'nowhere',
      'd/nowhere',
      '..',
      '/..',
      '/d/..',
      '/d/../top',
      'tree\0',
    ])('%j is an error', async (aname) => {
      const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
      await refused(nine.attach(1, { aname }));
      await nine.attach(1);
    });

    test('a path without a slash before it is one from the root, as diodload has it', async () => {
      const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
      expect(await nine.attach(1, { aname: 'd' })).toEqual(await nine.attach(2, { aname: '/d' }));
    });

    test("'..' stays at the root of the attach, also of a subtree", async () => {
      const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
      for (const aname of ['', '/', '/d', '/d/e']) {
        const fid = nine.fid();
        const root = await nine.attach(fid, { aname });
        expect(await nine.walk(fid, nine.fid(), '..')).toEqual([root]);
        expect(await nine.walk(fid, nine.fid(), '..', '..', '..')).toEqual([root, root, root]);
      }
      await nine.attach(1, { aname: '/d' });
      await fails(nine.walk(1, 2, 'top'), 'ENOENT');
      expect(await nine.walk(1, 2, '..', 'top')).toHaveLength(1);
      await fails(nine.clunk(2), 'EBADF');
      // From below: up to the root of the attach, and no further.
      await nine.walk(1, 3, 'e');
      const [d, again] = await nine.walk(3, 4, '..', '..');
      expect(again).toEqual(d);
      expect(d).toEqual((await nine.info(1)).qid);
    });

    test("the directory's `..` is the root of the attach itself", async () => {
      const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
      await nine.attach(1, { aname: '/d' });
      if (nine.isLinux) {
        await nine.open(1);
        const [dot, dotdot] = await nine.readdir(1, 0);
        expect(dotdot.qid).toEqual(dot.qid);
      } else expect((await nine.stat(1)).name).toBe('/');
    });

    test('the root of an attach can be neither removed nor renamed', async () => {
      const nine = await session(serverOf(await tree(), TRUSTING), dialect, GLENDA);
      await nine.attach(1, { aname: '/d/e' });
      await refused(nine.rename(1, 'other'));
      await refused(nine.remove(1));
      await fails(nine.clunk(1), 'EBADF');
      expect(await nine.list('d')).toContain('e');
    });
  });
});

describe('who attaches', () => {
  /** Only rob's may see what is in `rob`. */
  const tree = () =>
    dir({ rob: dir({ secret: text('s\n') }, { owner: 'rob', mode: 0o700 }), all: dir({}, { mode: 0o777 }) });

  test.each(DIALECTS)('%s: whoever comes is the owner, unless unames are believed', async (dialect) => {
    const nine = await session(serverOf(tree(), { owner: ROB, users: USERS }), dialect, KEN);
    expect(await nine.walk(0, 1, 'rob', 'secret')).toHaveLength(2);
  });

  test('9P2000: several users on one connection', async () => {
    const nine = await session(serverOf(tree(), TRUSTING), '9P2000', KEN);
    await nine.attach(1, { uname: 'rob' });
    await nine.attach(2, { uname: 'nobody you know' });
    await nine.attach(3, { uname: '' });
    expect(await nine.walk(0, 10, 'rob', 'secret')).toHaveLength(1);
    expect(await nine.walk(1, 11, 'rob', 'secret')).toHaveLength(2);
    expect(await nine.walk(2, 12, 'rob', 'secret')).toHaveLength(1);
    expect(await nine.walk(3, 13, 'rob', 'secret')).toHaveLength(1);
  });

  test.each(['9P2000.u', '9P2000.L'] as const)('%s: n_uname counts, ~0 is "not given"', async (dialect) => {
    const nine = await session(serverOf(tree(), TRUSTING), dialect, KEN);
    const sees = async (uname: string, n_uname?: number): Promise<boolean> => {
      const fid = nine.fid();
      await nine.attach(fid, { uname, n_uname });
      return (await nine.walk(fid, nine.fid(), 'rob', 'secret')).length === 2;
    };
    expect(await sees('ken', ROB.uid)).toBe(true);
    expect(await sees('rob', KEN.uid)).toBe(false);
    expect(await sees('rob', NONE32)).toBe(true);
    expect(await sees('ken', NONE32)).toBe(false);
    expect(await sees('', ROB.uid)).toBe(true);
    expect(await sees('', NONE32)).toBe(false);
    expect(await sees('', 31337)).toBe(false);
    // Root may do everything, as on Linux.
    expect(await sees('root', 0)).toBe(true);
  });

  test.each(DIALECTS)('%s: the fids of an attach keep its user', async (dialect) => {
    const root = ram({ owner: GLENDA, mode: 0o777 });
    const nine = await session(serverOf(root, TRUSTING), dialect, GLENDA);
    await nine.attach(1, { uname: 'ken', n_uname: KEN.uid });
    await nine.walk(0, 10);
    await nine.walk(1, 11);
    await nine.create(11, 'of-ken');
    await nine.create(10, 'of-glenda');
    const ownerOf = async (name: string): Promise<string | number> => {
      const fid = await nine.at(name);
      return nine.isLinux ? (await nine.getattr(fid)).uid : (await nine.stat(fid)).uid;
    };
    expect(await ownerOf('of-ken')).toBe(nine.isLinux ? KEN.uid : 'ken');
    expect(await ownerOf('of-glenda')).toBe(nine.isLinux ? GLENDA.uid : 'glenda');
  });

  test.each(DIALECTS)('%s: a subtree behind a directory that the user may not enter', async (dialect) => {
    const nine = await session(serverOf(tree(), TRUSTING), dialect, KEN);
    await fails(nine.attach(1, { aname: '/rob/secret', uname: 'ken', n_uname: KEN.uid }), 'EACCES');
    await nine.attach(1, { aname: '/rob', uname: 'rob', n_uname: ROB.uid });
  });
});

test.each(CLASSIC)('%s: the text for a used fid is one that Linux knows', async (dialect) => {
  const nine = await session(serverOf(SYNTHETIC_TREE()), dialect);
  await fails(nine.attach(0), 'EBADF');
  await nine.walk(0, 1);
  await fails(nine.walk(0, 1), 'EBADF');
});

test('9P2000.L: the answers to Tauth and to a Tattach without n_uname are no hang', async () => {
  const nine = await session(serverOf(SYNTHETIC_TREE()), '9P2000.L');
  await fails(nine.auth(1, 'glenda', '/', 1000), 'ENOENT');
  const { tag } = nine.post(T.attach, u32(3), u32(NOFID), s('glenda'), s(''));
  nine.forget(tag);
  await nine.ended;
});

test('a fid of one connection is none of another', async () => {
  const server = serverOf(SYNTHETIC_TREE());
  const one = await session(server, '9P2000.L');
  const two = await session(server, '9P2000.L');
  await one.walk(0, 1, 'top');
  await fails(two.rpc(T.getattr, u32(1), u64(0x7ff)), 'EBADF');
  await two.walk(0, 1, 'd');
  expect((await one.info(1)).isDir).toBe(false);
  expect((await two.info(1)).isDir).toBe(true);
});
