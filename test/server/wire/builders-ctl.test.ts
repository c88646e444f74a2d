/** The conventions of a tree, as ctl and stream of src/file promise them, over 9P. */
import { describe, expect, test } from '@jest/globals';
import { FileError, ctl, dir, stream } from '../../../src/file/index.ts';
import { DIALECTS, ORDWR, OTRUNC, OWRITE, T, u32, u64 } from './codec.ts';
import { settle } from './peer.ts';
import { fails, says } from './refusal.ts';
import { serve } from './worlds.ts';

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

  test('as many commands as a write has room for', async () => {
    const { tree, state } = device();
    const nine = await serve(tree, dialect);
    const fid = await nine.opened(['ctl'], OWRITE);
    await nine.write(fid, 0, 'say x\n'.repeat(10_000));
    expect(state.log).toHaveLength(10_000);
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
