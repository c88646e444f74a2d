import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { MAFTER, MBEFORE, MCACHE, MCREATE, MREPL } from '../../../src/namespaces/flags.ts';
import { formatCommand, parseCommand, type Operation } from '../../../src/namespaces/script/command.ts';
import { ScriptError } from '../../../src/namespaces/script/error.ts';
import { parseScript, type ScriptSource } from '../../../src/namespaces/script/parse.ts';
import { operation } from './commands.ts';

/** Files by their paths, for includes. */
function including(files: Readonly<Record<string, string>>): Pick<ScriptSource, 'include'> {
  return {
    include: async (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return text;
    },
  };
}

const parse = (text: string, source: Partial<ScriptSource> = {}) =>
  parseScript(text, { file: 'world', ...source });

/** What the lines mean, without where they stand. */
async function operations(text: string, source: Partial<ScriptSource> = {}): Promise<readonly Operation[]> {
  return (await parse(text, source)).map(({ file: _file, line: _line, ...rest }) => rest as Operation);
}

async function failure(text: string, source: Partial<ScriptSource> = {}): Promise<ScriptError> {
  const error: unknown = await parse(text, source).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ScriptError);
  expect((error as ScriptError).message).not.toContain('\n');
  return error as ScriptError;
}

const message = async (text: string, source: Partial<ScriptSource> = {}) =>
  (await failure(text, source)).message;

describe('the verbs', () => {
  test.each<[string, Operation]>([
    ["mount 'tcp://h:564' /n/x", { verb: 'mount', url: 'tcp://h:564', old: '/n/x', flags: MREPL }],
    [
      'mount -ac tcp://h /n/x main/archive',
      { verb: 'mount', url: 'tcp://h', old: '/n/x', aname: 'main/archive', flags: MAFTER | MCREATE },
    ],
    ['mount ram: /tmp ""', { verb: 'mount', url: 'ram:', old: '/tmp', aname: '""', flags: MREPL }],
    ["mount ram: /tmp ''", { verb: 'mount', url: 'ram:', old: '/tmp', aname: '', flags: MREPL }],
    ['bind -b -c /a /b', { verb: 'bind', from: '/a', old: '/b', flags: MBEFORE | MCREATE }],
    ['bind -C /a /b', { verb: 'bind', from: '/a', old: '/b', flags: MCACHE }],
    ['bind -aa -- -a -b', { verb: 'bind', from: '-a', old: '-b', flags: MAFTER }],
    ['bind - -a', { verb: 'bind', from: '-', old: '-a', flags: MREPL }],
    ['unmount /a', { verb: 'unmount', old: '/a' }],
    ['unmount /a /b', { verb: 'unmount', from: '/a', old: '/b' }],
    ['cd /usr', { verb: 'cd', dir: '/usr' }],
    ['cd -- -x', { verb: 'cd', dir: '-x' }],
    ['clear', { verb: 'clear' }],
    ['listen tcp!*!564', { verb: 'listen', url: 'tcp!*!564' }],
    [
      'export nbd /disk unix:///run/disk',
      { verb: 'export', kind: 'nbd', path: '/disk', address: 'unix:///run/disk' },
    ],
    ['allow glenda rw /usr/glenda', { verb: 'allow', user: 'glenda', access: 'rw', path: '/usr/glenda' }],
    ["allow '*' ro /", { verb: 'allow', user: '*', access: 'ro', path: '/' }],
  ])('%s', async (line, meaning) => {
    expect(await operations(line)).toEqual([meaning]);
    expect(parseCommand(['mount', 'ram:', '/x'])).toMatchObject({ verb: 'mount' });
  });

  test('each command knows where it stands', async () => {
    const text = '# a comment\r\n\r\n  cd /a # another\r\ncd \\\r\n  /b\r\n\tclear\r\n';
    expect(await parse(text)).toEqual([
      { verb: 'cd', dir: '/a', file: 'world', line: 3 },
      { verb: 'cd', dir: '/b', file: 'world', line: 4 },
      { verb: 'clear', file: 'world', line: 6 },
    ]);
    expect(await parse('')).toEqual([]);
  });
});

describe('what is wrong is said in one line', () => {
  test.each<[string, string]>([
    ['mount ram:', 'mount: OLD is missing; usage: mount [-abcC] URL OLD [ANAME]'],
    ['mount', 'mount: URL is missing; usage: mount [-abcC] URL OLD [ANAME]'],
    ['mount ram: /a b c', "mount: 'c' is one word too many; usage: mount [-abcC] URL OLD [ANAME]"],
    ['bind -x /a /b', 'bind: there is no flag -x; usage: bind [-abcC] NEW OLD'],
    ['bind -ab /a /b', 'bind: -a and -b are two places, and one is needed; usage: bind [-abcC] NEW OLD'],
    ['bind -a -b /a /b', 'bind: -a and -b are two places, and one is needed; usage: bind [-abcC] NEW OLD'],
    ['bind #c /dev', 'bind: NEW is missing; usage: bind [-abcC] NEW OLD'],
    ['unmount', 'unmount: OLD is missing; usage: unmount [NEW] OLD'],
    ['unmount -a /x', "unmount: it has no flags, and '-a' looks like one; usage: unmount [NEW] OLD"],
    ['clear /x', "clear: '/x' is one word too many; usage: clear"],
    ['allow glenda rx /', "allow: 'rx' is neither ro nor rw; usage: allow USER ro|rw PATH"],
    [
      'allow glenda ro usr',
      "allow: 'usr' is not a path from the root without '..'; usage: allow USER ro|rw PATH",
    ],
    [
      'allow glenda ro /a/../b',
      "allow: '/a/../b' is not a path from the root without '..'; usage: allow USER ro|rw PATH",
    ],
    [
      'import helix /proc',
      'import: no such verb: one of mount, bind, unmount, cd, clear, listen, export, allow was expected',
    ],
    ["'' x", "'': no such verb: one of mount, bind, unmount, cd, clear, listen, export, allow was expected"],
    [
      'constructor',
      'constructor: no such verb: one of mount, bind, unmount, cd, clear, listen, export, allow was expected',
    ],
    ['cd $NOWHERE', '$NOWHERE is not set'],
    ['cd ${__proto__}', '$__proto__ is not set'],
    ['cd a$', 'a $ is followed by a name, or stands in quotes: a$'],
    ['cd ${', 'a $ is followed by a name, or stands in quotes: ${'],
    ['cd ${}', 'a $ is followed by a name, or stands in quotes: ${}'],
    ["cd 'a", "a quote is not closed: 'a"],
    ['.', '.: one file was expected; usage: . FILE'],
    ['. a b', '.: one file was expected; usage: . FILE'],
    ['. a', '.: files cannot be included here'],
  ])('%s', async (line, what) => {
    const error = await failure(`clear\n\n${line}\nclear\n`);
    expect(error.message).toBe(`world:3: ${what}`);
    expect(error).toMatchObject({ code: 'EINVAL', file: 'world', line: 3 });
  });

  test('an address that cannot be one', async () => {
    expect(await message('mount /srv/boot /n/dump')).toMatch(
      /^world:1: mount: .*\/srv\/boot.*no scheme.*; usage: mount \[-abcC\] URL OLD \[ANAME\]$/,
    );
    expect(await message('listen tcp:')).toMatch(/^world:1: listen: .*; usage: listen URL$/);
  });

  test('a quote that was forgotten is looked for where it was opened, whatever is quoted below', async () => {
    expect(await message("clear\nbind '/a /b\nclear\ncd 'c'\n")).toMatch(/^world:2: a quote is not closed/);
  });

  test('a line of more than 64 KiB, a file of more than 1 MiB', async () => {
    const line = `cd ${'x'.repeat(64 * 1024 - 3)}`;
    expect(await parse(`clear\n${line}`)).toHaveLength(2);
    expect(await message(`clear\n${line}y\n`)).toBe('world:2: a line has at most 64 KiB');
    expect(await message('\n'.repeat(1024 * 1024 + 1))).toBe('world:1: a namespace file has at most 1 MiB');
  });

  test('one wrong line among many: none of them comes to anything', async () => {
    const lines = ['clear', 'cd /a', 'cd /b', 'cd /c', 'cd /d', 'cd /e', 'mount x', 'clear'];
    expect(await message(lines.join('\n'))).toMatch(/^world:7: mount: /);
  });
});

describe('variables', () => {
  const env = { home: '/usr/glenda', host: 'h', empty: '', quoted: "a 'b #c $home", ünïcode_1: 'u' };
  test.each<[string, string]>([
    ['$home', '/usr/glenda'],
    ['$home/bin', '/usr/glenda/bin'],
    ['${home}x$host', '/usr/glendaxh'],
    ['x$empty', 'x'],
    ['$empty', ''],
    ["'$home'$home'${home}'", '$home/usr/glenda${home}'],
    ['$quoted', "a 'b #c $home"],
    ['$ünïcode_1.x', 'u.x'],
    ["'$'", '$'],
  ])('%s', async (word, value) => {
    expect(await operations(`cd ${word}`, { env })).toEqual([{ verb: 'cd', dir: value }]);
  });

  test('in an address, and as a verb', async () => {
    const text = '$verb tcp://$host:564/x?y /n/$host';
    expect(await operations(text, { env: { verb: 'mount', host: 'h' } })).toEqual([
      { verb: 'mount', url: 'tcp://h:564/x?y', old: '/n/h', flags: MREPL },
    ]);
  });
});

describe('includes', () => {
  test('stand in the place of their line, relative to the file that names them', async () => {
    const asked: [string, string][] = [];
    const files = including({ 'etc/lib/a': 'cd a\n. ../b\n. /c\n', 'etc/b': 'cd b', '/c': 'cd c' });
    const commands = await parse('cd 1\n. ./lib/a\ncd 2\n', {
      file: 'etc/world',
      include: (path, from) => (asked.push([path, from]), files.include!(path, from)),
    });
    expect(commands.map((command) => [command.file, command.line, formatCommand(command)])).toEqual([
      ['etc/world', 1, 'cd 1'],
      ['etc/lib/a', 1, 'cd a'],
      ['etc/b', 1, 'cd b'],
      ['/c', 1, 'cd c'],
      ['etc/world', 3, 'cd 2'],
    ]);
    expect(asked).toEqual([
      ['etc/lib/a', 'etc/world'],
      ['etc/b', 'etc/lib/a'],
      ['/c', 'etc/lib/a'],
    ]);
  });

  test('a mistake in one is one of its lines', async () => {
    expect(await message('. a', including({ a: '\n\nmount' }))).toMatch(/^a:3: mount: URL is missing/);
  });

  test('one that cannot be read is a mistake of the line that names it', async () => {
    const error = await failure('clear\n. lib/a', including({}));
    expect(error).toMatchObject({ message: 'world:2: .: cannot read lib/a: no such file', code: 'ENOENT' });
  });

  test('a loop, more than 16 deep, more than 1000', async () => {
    expect(await message('. a', including({ a: '. b', b: '\n. x/../a' }))).toBe('b:2: .: a loop: a > b > a');
    expect(await message('. world')).toBe('world:1: .: files cannot be included here');
    expect(await message('. world', including({}))).toBe('world:1: .: a loop: world > world');
    const deep = (depth: number) => Array.from({ length: depth }, (_, i) => [`${i}`, `. ${i + 1}`]);
    expect(await parse('. 0', including(Object.fromEntries([...deep(15), ['15', 'clear']])))).toHaveLength(1);
    expect(await message('. 0', including(Object.fromEntries(deep(20))))).toBe(
      '15:1: .: more than 16 files that include each other',
    );
    const wide = including({ a: '. b\n'.repeat(40), b: '. c\n'.repeat(40), c: 'clear' });
    expect(await message('. a', wide)).toMatch(/^b:\d+: \.: more than 1000 includes$/);
  });
});

test('a command that was formatted is the same command', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 5 }), async (wanted) => {
      const lines = wanted.map(formatCommand);
      for (const end of ['\n', '\r\n', ' # comment\n']) {
        expect(await operations(lines.join(end))).toEqual(wanted);
      }
    }),
  );
});

test('whatever the text is, an error has a file and a line', async () => {
  const words = 'mount bind cd allow . - -a ram: /x $ ${'.split(' ');
  const piece = fc.constantFrom("'", '\n', '\r\n', ' ', '#', '\\\n', ...words);
  await fc.assert(
    fc.asyncProperty(fc.array(piece), async (pieces) => {
      const text = pieces.join('');
      try {
        await parse(text, including({}));
      } catch (error) {
        expect(error).toBeInstanceOf(ScriptError);
        const { file, line, message, code } = error as ScriptError;
        expect(message.startsWith(`${file}:${line}: `)).toBe(true);
        expect(message).not.toContain('\n');
        expect(line).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(text.split('\n').length);
        expect(code).not.toBe('EIO');
      }
    }),
  );
});
