/** readFile, writeFile, appendFile, truncate, open. */
import { Readable } from 'node:stream';
import { expect } from '@jest/globals';
import type { Checks } from '../battery.ts';
import { fails, failure, refuses, wrong } from '../ground.ts';

const PATTERN = Buffer.from(Array.from({ length: 1_000_003 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

async function* slowly<T>(parts: readonly T[]): AsyncGenerator<T> {
  for (const part of parts) {
    await new Promise((resolve) => setImmediate(resolve));
    yield part;
  }
}

const PATH_TYPES = 'must be of type string or an instance of Buffer or URL.';

export const content: Checks = {
  'readFile gives a Buffer': async ({ fs, at }) => {
    const bytes = await fs.readFile(at('f'));
    expect(Buffer.isBuffer(bytes)).toBe(true);
    expect(bytes.toString()).toBe('hello');
  },
  'readFile gives text': async ({ fs, at }) => {
    expect(await fs.readFile(at('f'), 'utf8')).toBe('hello');
    expect(await fs.readFile(at('f'), { encoding: 'utf-8' })).toBe('hello');
    expect(await fs.readFile(at('f'), { encoding: 'base64' })).toBe('aGVsbG8=');
    expect(await fs.readFile(at('f'), 'hex')).toBe('68656c6c6f');
  },
  'readFile of no encoding': async ({ fs, at }) => {
    expect(Buffer.isBuffer(await fs.readFile(at('f'), null))).toBe(true);
    expect(Buffer.isBuffer(await fs.readFile(at('f'), { encoding: null }))).toBe(true);
  },
  'a byte order mark stays': async ({ fs, at }) => {
    await fs.writeFile(at('bom'), '\ufeffx');
    expect(await fs.readFile(at('bom'), 'utf8')).toBe('\ufeffx');
  },
  'what was read is the reader’s own': async ({ fs, at, text }) => {
    (await fs.readFile(at('f'))).fill(0);
    expect(await text('f')).toBe('hello');
  },
  'readFile of nothing': async ({ fs, at }) => {
    await fs.writeFile(at('empty'), '');
    expect(await fs.readFile(at('empty'))).toEqual(Buffer.alloc(0));
    expect(await fs.readFile(at('empty'), 'utf8')).toBe('');
  },
  'a large file': async ({ fs, at }) => {
    await fs.writeFile(at('large'), PATTERN);
    expect((await fs.readFile(at('large'))).equals(PATTERN)).toBe(true);
    expect((await fs.stat(at('large'))).size).toBe(PATTERN.length);
  },
  'readFile by Buffer and URL': async ({ fs, at }) => {
    expect(await fs.readFile(Buffer.from(at('f')), 'utf8')).toBe('hello');
    await fs.writeFile(at('a b%c'), 'odd');
    expect(await fs.readFile(new URL(`file://${at('a%20b%25c')}`), 'utf8')).toBe('odd');
  },
  'readFile by a relative path': async ({ fs, from }) => {
    expect(await fs.readFile(from('f'), 'utf8')).toBe('hello');
    await fails(() => fs.readFile(from('no')), 'ENOENT', 'open', from('no'));
  },
  'readFile of what is not there': async ({ fs, at }) => {
    await fails(() => fs.readFile(at('no')), 'ENOENT', 'open', at('no'));
    await fails(() => fs.readFile(at('no/x')), 'ENOENT', 'open', at('no/x'));
    await fails(() => fs.readFile(''), 'ENOENT', 'open', '');
  },
  'readFile below a file': async ({ fs, at }) => {
    await fails(() => fs.readFile(at('f/x')), 'ENOTDIR', 'open', at('f/x'));
    await fails(() => fs.readFile(at('f/')), 'ENOTDIR', 'open', at('f/'));
    await fails(() => fs.readFile(at('f/.')), 'ENOTDIR', 'open', at('f/.'));
    await fails(() => fs.readFile(at('f/..')), 'ENOTDIR', 'open', at('f/..'));
  },
  'readFile of a directory': ({ fs, at }) => fails(() => fs.readFile(at('d')), 'EISDIR', 'read'),
  'readFile with a flag': async ({ fs, at }) => {
    expect(await fs.readFile(at('new'), { encoding: 'utf8', flag: 'a+' })).toBe('');
    await fails(() => fs.readFile(at('f'), { flag: 'wx' }), 'EEXIST', 'open', at('f'));
    await fails(() => fs.readFile(at('f'), { flag: 'a' }), 'EBADF', 'read');
  },
  'readFile with a signal': async ({ fs, at }) => {
    const reason = new Error('why');
    const signal = AbortSignal.abort(reason);
    const read = () => fs.readFile(at('f'), { signal });
    await refuses(read, 'AbortError', 'ABORT_ERR', 'The operation was aborted');
    expect((await failure(read)).cause).toBe(reason);
    const { signal: other } = new AbortController();
    expect(await fs.readFile(at('f'), { signal: other, encoding: 'utf8' })).toBe('hello');
  },
  'readFile with a wrong encoding': async ({ fs, at }) => {
    const said = (value: string) => `The argument 'encoding' is invalid encoding. Received ${value}`;
    const code = 'ERR_INVALID_ARG_VALUE';
    await refuses(() => fs.readFile(at('f'), wrong('zz')), 'TypeError', code, said("'zz'"));
    await refuses(() => fs.readFile(at('f'), wrong({ encoding: 5 })), 'TypeError', code, said('5'));
  },
  'readFile with wrong options': async ({ fs, at }) => {
    const said = 'The "options" argument must be one of type string or object. Received type number (5)';
    await refuses(() => fs.readFile(at('f'), wrong(5)), 'TypeError', 'ERR_INVALID_ARG_TYPE', said);
    const signal =
      'The "options.signal" property must be an instance of AbortSignal. Received type number (5)';
    await refuses(
      () => fs.readFile(at('f'), wrong({ signal: 5 })),
      'TypeError',
      'ERR_INVALID_ARG_TYPE',
      signal,
    );
  },
  'what is no path': async ({ fs }) => {
    const cases: readonly (readonly [unknown, string])[] = [
      [undefined, 'undefined'],
      [null, 'null'],
      [true, 'type boolean (true)'],
      [{}, 'an instance of Object'],
      [[], 'an instance of Array'],
      [7n, 'type bigint (7n)'],
    ];
    for (const [value, received] of cases) {
      const said = `The "path" argument ${PATH_TYPES} Received ${received}`;
      await refuses(() => fs.open(wrong(value)), 'TypeError', 'ERR_INVALID_ARG_TYPE', said);
      await refuses(() => fs.readFile(wrong(value)), 'TypeError', 'ERR_INVALID_ARG_TYPE', said);
    }
  },
  'a path with a null byte': async ({ fs }) => {
    const said = "The argument 'path' must be a string, Uint8Array, or URL without null bytes.";
    const code = 'ERR_INVALID_ARG_VALUE';
    await refuses(() => fs.readFile('a\0b'), 'TypeError', code, `${said} Received 'a\\x00b'`);
    await refuses(
      () => fs.readFile(Buffer.from('a\0b')),
      'TypeError',
      code,
      `${said} Received <Buffer 61 00 62>`,
    );
  },
  'a URL that is no path': async ({ fs }) => {
    const open = (url: string) => () => fs.open(new URL(url));
    await refuses(
      open('http://x/y'),
      'TypeError',
      'ERR_INVALID_URL_SCHEME',
      'The URL must be of scheme file',
    );
    const host = 'File URL host must be "localhost" or empty on linux';
    await refuses(open('file://x/y'), 'TypeError', 'ERR_INVALID_FILE_URL_HOST', host);
    const slash = 'File URL path must not include encoded / characters';
    await refuses(open('file:///x%2Fy'), 'TypeError', 'ERR_INVALID_FILE_URL_PATH', slash);
  },

  'writeFile makes a file': async ({ fs, at, text }) => {
    expect(await fs.writeFile(at('new'), 'text')).toBe(undefined);
    expect(await text('new')).toBe('text');
    expect((await fs.stat(at('new'))).mode).toBe(0o100644);
  },
  'writeFile takes the place of what was there': async ({ fs, at, text }) => {
    await fs.writeFile(at('f'), 'he');
    expect(await text('f')).toBe('he');
  },
  'writeFile of bytes of all kinds': async ({ fs, at }) => {
    await fs.writeFile(at('u8'), Uint8Array.of(1, 2, 3).subarray(1));
    expect([...(await fs.readFile(at('u8')))]).toEqual([2, 3]);
    await fs.writeFile(at('u16'), Uint16Array.of(0x0201));
    expect([...(await fs.readFile(at('u16')))]).toEqual([1, 2]);
    await fs.writeFile(at('view'), new DataView(Uint8Array.of(7, 8).buffer, 1));
    expect([...(await fs.readFile(at('view')))]).toEqual([8]);
  },
  'writeFile with an encoding': async ({ fs, at, text }) => {
    await fs.writeFile(at('new'), 'aGVsbG8=', 'base64');
    expect(await text('new')).toBe('hello');
    await fs.writeFile(at('new'), 'é', { encoding: 'latin1' });
    expect([...(await fs.readFile(at('new')))]).toEqual([0xe9]);
  },
  'writeFile of what comes bit by bit': async ({ fs, at, text }) => {
    await fs.writeFile(at('new'), slowly(['one ', 'two ', Buffer.from('three')]));
    expect(await text('new')).toBe('one two three');
    await fs.writeFile(at('new'), ['a', 'b']);
    expect(await text('new')).toBe('ab');
    await fs.writeFile(at('new'), Readable.from(['x', 'y']));
    expect(await text('new')).toBe('xy');
  },
  'writeFile of what fails on the way': async ({ fs, at, text }) => {
    const reason = new Error('no more');
    async function* half(): AsyncGenerator<string> {
      yield 'half';
      throw reason;
    }
    expect(await failure(() => fs.writeFile(at('new'), half()))).toBe(reason);
    expect(await text('new')).toBe('half');
  },
  'writeFile with a mode': async ({ fs, at }) => {
    await fs.writeFile(at('new'), '', { mode: 0o600 });
    expect((await fs.stat(at('new'))).mode & 0o777).toBe(0o600);
    await fs.writeFile(at('more'), '', { mode: '777' });
    expect((await fs.stat(at('more'))).mode & 0o777).toBe(0o755);
  },
  'writeFile with a flag': async ({ fs, at, text }) => {
    await fails(() => fs.writeFile(at('f'), 'x', { flag: 'wx' }), 'EEXIST', 'open', at('f'));
    await fs.writeFile(at('f'), '!', { flag: 'a' });
    expect(await text('f')).toBe('hello!');
    await fs.writeFile(at('f'), 'J', { flag: 'r+' });
    expect(await text('f')).toBe('Jello!');
    await fails(() => fs.writeFile(at('f'), 'x', { flag: 'r' }), 'EBADF', 'write');
    await fails(() => fs.writeFile(at('no'), 'x', { flag: 'r+' }), 'ENOENT', 'open', at('no'));
  },
  'writeFile where nothing can be made': async ({ fs, at }) => {
    await fails(() => fs.writeFile(at('d'), 'x'), 'EISDIR', 'open', at('d'));
    await fails(() => fs.writeFile(at('no/x'), 'x'), 'ENOENT', 'open', at('no/x'));
    await fails(() => fs.writeFile(at('f/x'), 'x'), 'ENOTDIR', 'open', at('f/x'));
    await fails(() => fs.writeFile(at('new/'), 'x'), 'EISDIR', 'open', at('new/'));
  },
  'writeFile of what is no data': async ({ fs, at, names }) => {
    const before = await names();
    const said =
      'The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView.';
    for (const [value, received] of [
      [5, 'type number (5)'],
      [null, 'null'],
      [{}, 'an instance of Object'],
      [undefined, 'undefined'],
    ] as const) {
      const write = () => fs.writeFile(at('new'), wrong(value));
      await refuses(write, 'TypeError', 'ERR_INVALID_ARG_TYPE', `${said} Received ${received}`);
    }
    expect(await names()).toEqual(before);
  },
  'writeFile with a signal': async ({ fs, at }) => {
    const signal = AbortSignal.abort();
    const write = () => fs.writeFile(at('new'), 'x', { signal });
    await refuses(write, 'AbortError', 'ABORT_ERR', 'The operation was aborted');
    const controller = new AbortController();
    async function* endless(): AsyncGenerator<string> {
      for (let i = 0; ; i++) {
        if (i === 3) controller.abort();
        yield 'x';
      }
    }
    const on = () => fs.writeFile(at('new'), endless(), { signal: controller.signal });
    await refuses(on, 'AbortError', 'ABORT_ERR', 'The operation was aborted');
  },
  'writeFile through a link': async ({ fs, at, text }) => {
    await fs.writeFile(at('l'), 'through');
    expect(await text('f')).toBe('through');
    await fs.writeFile(at('dang'), 'made');
    expect(await text('nowhere')).toBe('made');
    await fails(() => fs.writeFile(at('loop'), 'x'), 'ELOOP', 'open', at('loop'));
  },
  'many files at a time': async ({ fs, at, names, text }) => {
    await fs.mkdir(at('many'));
    await Promise.all(Array.from({ length: 50 }, (_, i) => fs.writeFile(at(`many/${i}`), `${i}`)));
    expect(await names('many')).toHaveLength(50);
    expect(await text('many/37')).toBe('37');
  },

  appendFile: async ({ fs, at, text }) => {
    await fs.appendFile(at('f'), ' world');
    await fs.appendFile(at('f'), Buffer.from('!'));
    expect(await text('f')).toBe('hello world!');
    await fs.appendFile(at('new'), 'made', { mode: 0o600 });
    expect(await text('new')).toBe('made');
    expect((await fs.stat(at('new'))).mode & 0o777).toBe(0o600);
  },
  truncate: async ({ fs, at, text }) => {
    await fs.truncate(at('f'), 2);
    expect(await text('f')).toBe('he');
    await fs.truncate(at('f'), 4);
    expect(await text('f')).toBe('he\0\0');
    await fs.truncate(at('l'));
    expect(await text('f')).toBe('');
    await fs.truncate(at('f'), -3);
  },
  'truncate of what has no length': async ({ fs, at }) => {
    await fails(() => fs.truncate(at('d')), 'EISDIR', 'open', at('d'));
    await fails(() => fs.truncate(at('no')), 'ENOENT', 'open', at('no'));
    const said = `The "len" argument must be of type number. Received type string ('3')`;
    await refuses(() => fs.truncate(at('f'), wrong('3')), 'TypeError', 'ERR_INVALID_ARG_TYPE', said);
  },

  'open with wrong flags': async ({ fs, at }) => {
    const said = (value: string) => `The argument 'flags' is invalid. Received ${value}`;
    for (const [value, shown] of [
      ['zz', "'zz'"],
      ['', "''"],
      [{}, '{}'],
    ] as const)
      await refuses(() => fs.open(at('f'), wrong(value)), 'TypeError', 'ERR_INVALID_ARG_VALUE', said(shown));
  },
  'open with a wrong mode': async ({ fs, at }) => {
    const open = (mode: unknown) => () => fs.open(at('f'), 'w', wrong(mode));
    const octal = 'must be a 32-bit unsigned integer or an octal string';
    await refuses(
      open('zz'),
      'TypeError',
      'ERR_INVALID_ARG_VALUE',
      `The argument 'mode' ${octal}. Received 'zz'`,
    );
    const range = 'The value of "mode" is out of range. It must be';
    await refuses(open(-1), 'RangeError', 'ERR_OUT_OF_RANGE', `${range} >= 0 && <= 4294967295. Received -1`);
    await refuses(open(1.5), 'RangeError', 'ERR_OUT_OF_RANGE', `${range} an integer. Received 1.5`);
    const type = 'The "mode" argument must be of type number. Received an instance of Object';
    await refuses(open({}), 'TypeError', 'ERR_INVALID_ARG_TYPE', type);
  },
  'open to make exclusively': async ({ fs, at }) => {
    await fails(() => fs.open(at('f'), 'wx'), 'EEXIST', 'open', at('f'));
    await fails(() => fs.open(at('dang'), 'wx'), 'EEXIST', 'open', at('dang'));
    await fails(() => fs.open(at('d'), 'ax+'), 'EEXIST', 'open', at('d'));
    await (await fs.open(at('new'), 'wx')).close();
  },
  'open by Linux’s numbers': async ({ fs, at, text }) => {
    const { O_RDWR, O_CREAT, O_NOFOLLOW, O_DIRECTORY, O_TRUNC } = fs.constants;
    const made = await fs.open(at('new'), O_RDWR | O_CREAT, 0o640);
    await made.write('numbers');
    await made.close();
    expect(await text('new')).toBe('numbers');
    expect((await fs.stat(at('new'))).mode & 0o777).toBe(0o640);
    await (await fs.open(at('new'), O_RDWR | O_TRUNC)).close();
    expect(await text('new')).toBe('');
    await fails(() => fs.open(at('l'), O_NOFOLLOW), 'ELOOP', 'open', at('l'));
    await fails(() => fs.open(at('f'), O_DIRECTORY), 'ENOTDIR', 'open', at('f'));
    await (await fs.open(at('ld'), O_DIRECTORY)).close();
  },
  'open of a directory to write': async ({ fs, at }) => {
    for (const flags of ['w', 'r+', 'a'])
      await fails(() => fs.open(at('d'), flags), 'EISDIR', 'open', at('d'));
    await fails(() => fs.open(at('l/'), 'w'), 'EISDIR', 'open', at('l/'));
  },
};
