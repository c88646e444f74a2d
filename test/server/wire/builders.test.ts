/** The conventions of a tree, as the builders of src/file promise them, over 9P. */
import { describe, expect, test } from '@jest/globals';
import {
  FileError,
  bytes,
  clone,
  ctl,
  dir,
  lookup,
  stream,
  text,
  type File,
} from '../../../src/file/index.ts';
import { DIALECTS, ORDWR, OREAD, OTRUNC, OWRITE, T, u16, u32, u64, type Dialect } from './codec.ts';
import type { Nine } from './nine.ts';
import { serverOf, settle } from './peer.ts';
import { fails, refused, says } from './refusal.ts';
import { Gate } from './slow.ts';
import { GLENDA, KEN, TRUSTING, agree, session } from './worlds.ts';

const serve = (tree: File, dialect: Dialect): Promise<Nine> =>
  session(serverOf(tree, TRUSTING), dialect, GLENDA);

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

describe.each(DIALECTS)('ctl, %s', (dialect) => {
  function device() {
    const state = { level: '1', name: 'none', log: [] as string[] };
    const file = ctl(
      {
        level: {
          usage: 'N',
          run: ([level]) => {
            if (Number.isNaN(Number(level))) throw new FileError('EINVAL', `level ${level}: a number`);
            state.level = level;
          },
        },
        name: {
          usage: 'NAME [SUFFIX]',
          run: ([name, suffix = '']) => void (state.name = name + suffix),
        },
        say: { usage: 'WORD…', run: (words) => void state.log.push(words.join('|')) },
        later: async () => {
          await settle(1);
          state.log.push('later');
        },
      },
      () => `level ${state.level}\nname '${state.name}'\n`,
    );
    return { tree: dir({ ctl: file }), state };
  }

  test('one command a line; reading gives commands that restore the state', async () => {
    const { tree, state } = device();
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['ctl'], OWRITE);
    await nine.write(fid, 0, 'level 5\nname other\n');
    expect(state).toMatchObject({ level: '5', name: 'other' });
    const commands = await nine.content('ctl');
    expect(commands).toBe("level 5\nname 'other'\n");
    await nine.write(fid, 0, 'level 9');
    await nine.write(fid, 0, commands);
    expect(await nine.content('ctl')).toBe(commands);
  });

  test('quotes, blanks, empty lines', async () => {
    const { tree, state } = device();
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['ctl'], OWRITE);
    await nine.write(fid, 0, "\n  \nsay  'it''s' \t'two words' ''\n\nsay x'y z'w");
    expect(state.log).toEqual(["it's|two words|", 'xy zw']);
    await says(nine.write(fid, 0, "say 'open"), 'EINVAL', 'quote');
  });

  test.each([
    ['an unknown verb', 'jump 5', /jump.*level.*name.*say/],
    ['too few words', 'level', /usage: level N/],
    ['too many words', 'level 1 2', /usage: level N/],
    ['too many optional words', 'name a b c', /usage: name NAME \[SUFFIX\]/],
    ['none for a repeated one', 'say', /usage: say WORD/],
  ])('%s fails the write, names verb and usage, and changes nothing', async (_, command, words) => {
    const { tree, state } = device();
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['ctl'], OWRITE);
    await says(nine.write(fid, 0, `level 7\n${command}\nname x\n`), 'EINVAL', words);
    expect(state).toEqual({ level: '1', name: 'none', log: [] });
    await nine.write(fid, 0, 'level 2');
    expect(state.level).toBe('2');
  });

  test('a verb of which objects know by themselves is unknown', async () => {
    const { tree } = device();
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['ctl'], OWRITE);
    for (const verb of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      await says(nine.write(fid, 0, verb), 'EINVAL', 'unknown verb');
    }
  });

  test('echo cmd >ctl, and offsets that grow', async () => {
    const { tree, state } = device();
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['ctl'], OWRITE | OTRUNC);
    await nine.truncate(fid, 0);
    await nine.truncate(await nine.at('ctl'), 0);
    await nine.write(fid, 0, 'level 3\n');
    await nine.write(fid, 8, 'later\n');
    await nine.write(fid, 14, 'say done\n');
    await nine.clunk(fid);
    expect(state).toMatchObject({ level: '3', log: ['later', 'done'] });
  });

  test('is read and written by one fid', async () => {
    const { tree } = device();
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['ctl'], ORDWR);
    expect(await nine.text(fid)).toBe("level 1\nname 'none'\n");
    await nine.write(fid, 0, 'level 4');
    // What it read stays what it was at its open.
    expect(await nine.text(fid)).toBe("level 1\nname 'none'\n");
    expect(await nine.content('ctl')).toBe("level 4\nname 'none'\n");
  });
});

describe.each(DIALECTS)('stream, %s', (dialect) => {
  test('each open has a source of its own, that is told when it ends', async () => {
    const signals: AbortSignal[] = [];
    const tree = dir({
      s: stream(async function* (signal) {
        signals.push(signal);
        yield `reader ${signals.length}\n`;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }),
    });
    const nine = await serve(tree, dialect);
    const [one, two] = [await nine.opened(['s']), await nine.opened(['s'])];
    expect([await nine.text(one), await nine.text(two)]).toEqual(['reader 1\n', 'reader 2\n']);
    await nine.clunk(one);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    nine.cut();
    await settle();
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
  });

  test('an error of the source is that of the read, and once', async () => {
    const tree = dir({
      // oxlint-disable-next-line require-yield
      s: stream(async function* () {
        throw new FileError('EPIPE', 'the line is dead');
      }),
    });
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['s']);
    await says(nine.read(fid, 0, 10), 'EPIPE', 'the line is dead');
    expect(await nine.text(fid)).toBe('');
  });

  test('an error of the source is not lost to a flush', async () => {
    let fail: () => void = () => {};
    const tree = dir({
      // oxlint-disable-next-line require-yield
      s: stream(async function* () {
        await new Promise<void>((_, reject) => (fail = () => reject(new FileError('EPIPE'))));
      }),
    });
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['s']);
    const { tag } = nine.post(T.read, u32(fid), u64(0), u32(10));
    await settle();
    nine.forget(tag);
    await nine.flush(tag);
    fail();
    await settle();
    await fails(nine.read(fid, 0, 10), 'EPIPE');
  });

  test('is written', async () => {
    const said: string[] = [];
    const write = (data: Uint8Array): void => void said.push(new TextDecoder().decode(data));
    const tree = dir({ s: stream(async function* () {}, { write }) });
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['s'], ORDWR);
    expect(await nine.write(fid, 0, 'one')).toBe(3);
    expect(await nine.write(fid, 0, 'two')).toBe(3);
    expect(said).toEqual(['one', 'two']);
    await fails(serve(dir({ s: stream(async function* () {}) }), dialect).then((n) => n.opened(['s'], OWRITE)), 'EACCES'); // prettier-ignore
  });
});

describe.each(DIALECTS)('clone, %s', (dialect) => {
  function net() {
    const ended: number[] = [];
    let gate: Promise<void> | undefined;
    const tree = clone(async (number, r) => {
      await gate;
      return {
        files: {
          ctl: ctl({}, () => `${number}\n`),
          data: text(`data of ${number} for ${r.user.name}\n`),
        },
        ended: () => void ended.push(number),
      };
    });
    const hold = (until: Promise<void>): void => void (gate = until);
    return { tree: dir({ net: tree }), ended, hold };
  }

  test('opening it makes a numbered directory; the open file is its ctl, and reads back the number', async () => {
    const { tree } = net();
    const nine = await serve(tree, dialect);
    expect(await nine.list('net')).toEqual(['clone']);
    const fid = await nine.opened(['net', 'clone'], ORDWR);
    expect(await nine.text(fid)).toBe('0\n');
    expect(await nine.list('net')).toEqual(['0', 'clone']);
    expect(await nine.list('net', '0')).toEqual(['ctl', 'data']);
    expect((await nine.info(fid)).qid).toEqual((await nine.info(await nine.at('net', '0', 'ctl'))).qid);
    expect(await nine.content('net', '0', 'data')).toBe('data of 0 for glenda\n');
    const second = await nine.opened(['net', 'clone'], ORDWR);
    expect(await nine.text(second)).toBe('1\n');
    expect(await nine.list('net')).toEqual(['0', '1', 'clone']);
  });

  test('lasts as long as any of its files is open', async () => {
    const { tree, ended } = net();
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['net', 'clone']);
    const data = await nine.opened(['net', '0', 'data']);
    await nine.clunk(fid);
    expect(await nine.list('net')).toEqual(['0', 'clone']);
    const again = await nine.opened(['net', '0', 'ctl']);
    await nine.clunk(data);
    expect(ended).toEqual([]);
    await nine.clunk(again);
    expect(ended).toEqual([0]);
    expect(await nine.list('net')).toEqual(['clone']);
    expect(await nine.text(await nine.opened(['net', 'clone']))).toBe('0\n');
  });

  test('ends with the connection', async () => {
    const { tree, ended } = net();
    const server = serverOf(tree, TRUSTING);
    const nine = await session(server, dialect, GLENDA);
    await nine.opened(['net', 'clone']);
    await nine.opened(['net', 'clone']);
    nine.cut();
    await settle();
    expect(new Set(ended)).toEqual(new Set([0, 1]));
    expect(await (await session(server, dialect)).list('net')).toEqual(['clone']);
  });

  test('an open of it that is flushed leaves nothing, and can be done again', async () => {
    const { tree, ended, hold } = net();
    let letGo: () => void = () => {};
    hold(new Promise((resolve) => (letGo = resolve)));
    const nine = await serve(tree, dialect);
    const fid = await nine.at('net', 'clone');
    const { tag } = nine.post(...nine.openFields(fid, ORDWR));
    await settle();
    nine.forget(tag);
    await nine.post(T.flush, u16(tag)).body;
    letGo();
    await settle();
    expect(ended).toEqual([0]);
    expect(await nine.list('net')).toEqual(['clone']);
    await nine.open(fid, ORDWR);
    expect(await nine.text(fid)).toBe('0\n');
    expect(await nine.list('net')).toEqual(['0', 'clone']);
    await nine.clunk(fid);
    expect(ended).toEqual([0, 0]);
  });

  test('a maker that fails leaves nothing', async () => {
    const tree = clone(() => {
      throw new FileError('ENXIO', 'no line is free');
    });
    const nine = await serve(tree, dialect);
    await says(nine.opened(['clone']), 'ENXIO', 'no line is free');
    expect(await nine.list()).toEqual(['clone']);
  });

  test('a ctl that cannot be opened so leaves nothing, and the maker is told', async () => {
    const ended: number[] = [];
    const tree = clone((number) => ({
      files: { ctl: text('read only') },
      ended: () => void ended.push(number),
    }));
    const nine = await serve(tree, dialect);
    await fails(nine.opened(['clone'], ORDWR), 'EACCES');
    expect(await nine.list()).toEqual(['clone']);
    expect(ended).toEqual([0]);
  });

  test('as many as the limit says', async () => {
    const tree = clone((number) => ({ files: { ctl: text(String(number)) } }), { limit: 2 });
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['clone']);
    await nine.opened(['clone']);
    await says(nine.opened(['clone']), 'EAGAIN', '2 conversations');
    await nine.clunk(fid);
    expect(await nine.text(await nine.opened(['clone']))).toBe('0');
  });
});

describe.each(DIALECTS)('dir and lookup, %s', (dialect) => {
  test('names that objects know by themselves are not there', async () => {
    const nine = await serve(dir({ a: text('a') }), dialect);
    for (const name of ['constructor', '__proto__', 'hasOwnProperty']) await fails(nine.at(name), 'ENOENT');
    const odd = await serve(dir(new Map([['__proto__', text('p')]])), dialect);
    expect(await odd.content('__proto__')).toBe('p');
  });

  test('a Map is looked at each time', async () => {
    const files = new Map([['a', text('a')]]);
    const nine = await serve(dir(files), dialect);
    files.set('b', text('b'));
    files.delete('a');
    expect(await nine.list()).toEqual(['b']);
    await fails(nine.at('a'), 'ENOENT');
    expect(await nine.content('b')).toBe('b');
  });

  test('a directory without a list can be walked', async () => {
    const tree = lookup((name) => (/^\d+$/.test(name) ? text(`${Number(name) ** 2}\n`) : undefined));
    const nine = await serve(tree, dialect);
    expect(await nine.content('12')).toBe('144\n');
    await fails(nine.at('twelve'), 'ENOENT');
    expect(await nine.list()).toEqual([]);
  });

  test('a million names: only those that are asked for are made', async () => {
    let made = 0;
    const names = function* (): Generator<readonly [string, File]> {
      for (let i = 0; i < 1_000_000; i++) {
        made++;
        yield [`n${i}`, text('')];
      }
    };
    const nine = await serve(
      lookup(() => undefined, names),
      dialect,
    );
    const fid = await nine.opened([]);
    if (nine.isLinux) await nine.readdir(fid, 0, 2000);
    else await nine.read(fid, 0, 2000);
    expect(made).toBeLessThan(200);
  });

  test('who may: modes of directories and files', async () => {
    const tree = dir({
      open: dir({ f: text('f') }),
      shut: dir({ f: text('f') }, { mode: 0o700, owner: 'ken' }),
      mine: text('m', { mode: 0o400 }),
    });
    const nine = await serve(tree, dialect);
    expect(await nine.content('open', 'f')).toBe('f');
    expect(await nine.walk(0, nine.fid(), 'shut', 'f')).toHaveLength(1);
    expect(await nine.content('mine')).toBe('m');
    await nine.attach(1, { uname: 'ken', n_uname: KEN.uid });
    expect(await nine.walk(1, nine.fid(), 'shut', 'f')).toHaveLength(2);
    const fid = nine.fid();
    await nine.walk(1, fid, 'mine');
    await fails(nine.open(fid), 'EACCES');
  });
});
