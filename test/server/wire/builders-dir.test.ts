/** The conventions of a tree, as clone, dir and lookup of src/file promise them, over 9P. */
import { describe, expect, test } from '@jest/globals';
import { FileError, clone, ctl, dir, lookup, text, type File } from '../../../src/file/index.ts';
import { DIALECTS, ORDWR, T, u16 } from './codec.ts';
import { serverOf, settle } from './peer.ts';
import { fails, says } from './refusal.ts';
import { KEN, GLENDA, TRUSTING, serve, session } from './worlds.ts';

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
