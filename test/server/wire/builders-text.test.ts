/** The conventions of a tree, as text and bytes of src/file promise them, over 9P. */
import { describe, expect, test } from '@jest/globals';
import { FileError, bytes, dir, text } from '../../../src/file/index.ts';
import { DIALECTS, ORDWR, OREAD, OTRUNC, OWRITE, T, u32 } from './codec.ts';
import { settle } from './peer.ts';
import { fails, refused, says } from './refusal.ts';
import { Gate } from './slow.ts';
import { KEN, agree, serve } from './worlds.ts';

describe.each(DIALECTS)('text, %s', (dialect) => {
  test('a constant: its size, its bytes, at any offset', async () => {
    const nine = await serve(dir({ t: text('héllo\n') }), dialect);
    const fid = await nine.opened(['t']);
    expect((await nine.info(fid)).size).toBe(7);
    expect(await nine.text(fid)).toBe('héllo\n');
    expect(await nine.text(fid, 3, 2)).toBe('ll');
    expect(await nine.text(fid, 7)).toBe('');
  });

  test('what is generated is generated once, at open, and told who asks', async () => {
    let made = 0;
    const tree = dir({ who: text(async (r) => `${r.user.name} ${r.aname} ${++made}\n`) });
    const nine = await serve(tree, dialect);
    await nine.attach(1, { uname: 'ken', n_uname: KEN.uid, aname: '/' });
    const [mine, his] = [await nine.opened(['who']), nine.fid()];
    await nine.walk(1, his, 'who');
    await nine.open(his);
    for (let i = 0; i < 2; i++) {
      expect(await nine.text(mine)).toBe('glenda  1\n');
      expect(await nine.text(his)).toBe('ken / 2\n');
    }
    expect(made).toBe(2);
  });

  test('a generator that fails is an error of the open', async () => {
    const tree = dir({
      t: text(() => {
        throw new FileError('ENXIO', 'no such device');
      }),
    });
    const nine = await serve(tree, dialect);
    await says(nine.opened(['t']), 'ENXIO', 'no such device');
  });

  describe('that is written', () => {
    function note(initial = '') {
      const committed: string[] = [];
      const file = text(() => committed.at(-1) ?? initial, {
        write(content) {
          if (content.includes('bad')) throw new FileError('EINVAL', 'that is bad');
          committed.push(content);
        },
      });
      return { tree: dir({ note: file }), committed };
    }

    test('commits at clunk, as one text, and not before', async () => {
      const { tree, committed } = note();
      const nine = await serve(tree, dialect);
      const fid = await nine.opened(['note'], OWRITE | OTRUNC);
      await nine.write(fid, 0, 'one ');
      await nine.write(fid, 4, 'two\n');
      expect(committed).toEqual([]);
      await nine.clunk(fid);
      expect(committed).toEqual(['one two\n']);
      expect(await nine.content('note')).toBe('one two\n');
    });

    test('the error of the commit is that of the clunk', async () => {
      const { tree, committed } = note();
      const nine = await serve(tree, dialect);
      const fid = await nine.opened(['note'], OWRITE);
      await nine.write(fid, 0, 'bad');
      await says(nine.clunk(fid), 'EINVAL', 'that is bad');
      await fails(nine.clunk(fid), 'EBADF');
      expect(committed).toEqual([]);
    });

    test('echo >file: a length of 0 succeeds, and by itself does nothing', async () => {
      const { tree, committed } = note('before');
      const nine = await serve(tree, dialect);
      const walked = await nine.at('note');
      await nine.truncate(walked, 0);
      const truncated = await nine.opened(['note'], OWRITE | OTRUNC);
      await nine.clunk(truncated);
      const opened = await nine.opened(['note'], OWRITE);
      await nine.truncate(opened, 0);
      await nine.clunk(opened);
      expect(committed).toEqual([]);
      const fid = await nine.opened(['note'], OWRITE);
      await nine.truncate(fid, 0);
      await nine.write(fid, 0, 'x');
      await nine.clunk(fid);
      expect(committed).toEqual(['x']);
    });

    test('any other length is refused', async () => {
      const { tree } = note('before');
      const nine = await serve(tree, dialect);
      await refused(nine.truncate(await nine.at('note'), 5));
      await refused(nine.truncate(await nine.opened(['note'], OWRITE), 5));
    });

    test('after a cut, what was there does not come back', async () => {
      const { tree, committed } = note('secret content');
      const nine = await serve(tree, dialect);
      const fid = await nine.opened(['note'], ORDWR);
      await nine.truncate(fid, 0);
      await nine.write(fid, 7, 'x');
      expect(await nine.text(fid)).toBe('\0'.repeat(7) + 'x');
      await nine.clunk(fid);
      expect(committed).toEqual(['\0'.repeat(7) + 'x']);
    });

    test('without a cut it is changed where it was written', async () => {
      const { tree, committed } = note('hello world');
      const nine = await serve(tree, dialect);
      const fid = await nine.opened(['note'], ORDWR);
      await nine.write(fid, 0, 'J');
      expect(await nine.text(fid)).toBe('Jello world');
      await nine.write(fid, 11, '!');
      await nine.clunk(fid);
      expect(committed).toEqual(['Jello world!']);
    });

    test('read only, or not written: nothing is committed', async () => {
      const { tree, committed } = note('x');
      const nine = await serve(tree, dialect);
      for (const mode of [OREAD, OWRITE, ORDWR]) await nine.clunk(await nine.opened(['note'], mode));
      expect(committed).toEqual([]);
    });

    test('cut off in the middle: nothing is committed', async () => {
      const { tree, committed } = note();
      for (const how of ['cut', 'version'] as const) {
        const nine = await serve(tree, dialect);
        const fid = await nine.opened(['note'], OWRITE);
        await nine.write(fid, 0, 'half');
        if (how === 'cut') nine.cut();
        else await agree(nine, dialect);
        await settle();
      }
      expect(committed).toEqual([]);
    });

    test('two writers: each commits its own whole text', async () => {
      const { tree, committed } = note();
      const nine = await serve(tree, dialect);
      const [one, two] = [await nine.opened(['note'], OWRITE), await nine.opened(['note'], OWRITE)];
      await nine.write(one, 0, 'first');
      await nine.write(two, 0, 'second');
      await nine.write(one, 5, '!');
      await nine.clunk(two);
      await nine.clunk(one);
      expect(committed).toEqual(['second', 'first!']);
    });

    test('bounded', async () => {
      const tree = dir({ note: text('', { write: () => {}, limit: 100 }) });
      const nine = await serve(tree, dialect);
      const fid = await nine.opened(['note'], OWRITE);
      await nine.write(fid, 0, 'x'.repeat(100));
      await says(nine.write(fid, 100, 'x'), 'EFBIG', 'more than 100 bytes');
      await says(nine.write(fid, 2 ** 50, 'x'), 'EFBIG', 'more than 100 bytes');
      await nine.clunk(fid);
    });

    test('a commit that takes time: the clunk waits, and others do not', async () => {
      const gate = new Gate('commit');
      gate.close();
      const slowNote = text('', { write: () => gate.pause('commit', undefined as never) });
      const nine = await serve(dir({ note: slowNote, other: text('o') }), dialect);
      const fid = await nine.opened(['note'], OWRITE);
      await nine.write(fid, 0, 'x');
      const clunk = nine.post(T.clunk, u32(fid));
      expect(await nine.content('other')).toBe('o');
      expect(nine.isAnswered(clunk.tag)).toBe(false);
      gate.open();
      await clunk.body;
    });
  });
});

describe.each(DIALECTS)('bytes, %s', (dialect) => {
  test('a buffer of its size, written in place', async () => {
    const buffer = Uint8Array.from({ length: 10 }, (_, i) => i);
    const nine = await serve(dir({ b: bytes(buffer, { writable: true }) }), dialect);
    const fid = await nine.opened(['b'], ORDWR);
    expect((await nine.info(fid)).size).toBe(10);
    expect(await nine.read(fid, 4, 3)).toEqual(Uint8Array.of(4, 5, 6));
    await nine.write(fid, 8, Uint8Array.of(88, 99));
    expect(buffer.slice(7)).toEqual(Uint8Array.of(7, 88, 99));
    await fails(nine.write(fid, 9, Uint8Array.of(1, 2)), 'ENOSPC');
    await fails(nine.write(fid, 2 ** 40, Uint8Array.of(1)), 'ENOSPC');
    expect(buffer.slice(7)).toEqual(Uint8Array.of(7, 88, 99));
    expect(await nine.read(fid, 10, 3)).toHaveLength(0);
    await nine.truncate(fid, 0);
    expect((await nine.info(fid)).size).toBe(10);
    await refused(nine.truncate(fid, 5));
  });
});
