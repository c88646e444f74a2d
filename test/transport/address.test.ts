import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { formatAddress, parseAddress, treePath, type Address } from '../../src/transport/address.ts';
import { TransportError } from '../../src/transport/errors.ts';

/** The parts of an address that are there, with its options as an object. */
function parts(text: string): Record<string, unknown> {
  const { options, ...rest } = parseAddress(text);
  const there = Object.entries({
    ...rest,
    ...(options.size > 0 && { options: Object.fromEntries(options) }),
  });
  return Object.fromEntries(there.filter(([, value]) => value !== undefined));
}

describe('parseAddress', () => {
  test.each<[string, Record<string, unknown>]>([
    ['tcp://host', { scheme: 'tcp', host: 'host', port: 564, path: '' }],
    ['TCP://host:5640/', { scheme: 'tcp', host: 'host', port: 5640, path: '/' }],
    ['tcp://host:564/usr/glenda', { scheme: 'tcp', host: 'host', port: 564, path: '/usr/glenda' }],
    [
      'tcp://host/?aname=a%2Fb',
      { scheme: 'tcp', host: 'host', port: 564, path: '/', options: { aname: 'a/b' } },
    ],
    ['tcp://[::1]:0', { scheme: 'tcp', host: '::1', port: 0, path: '' }],
    ['tcp://[fe80::1%25eth0]', { scheme: 'tcp', host: 'fe80::1%eth0', port: 564, path: '' }],
    ['tcp://*:564', { scheme: 'tcp', host: '*', port: 564, path: '' }],
    [
      'tls://host?fingerprint=SHA256:a/b+c',
      { scheme: 'tls', host: 'host', port: 564, path: '', options: { fingerprint: 'SHA256:a/b+c' } },
    ],
    ['ws://host/a', { scheme: 'ws', host: 'host', port: 80, path: '/a' }],
    ['wss://host?token=x=y', { scheme: 'wss', host: 'host', port: 443, path: '', options: { token: 'x=y' } }],
    ['ssh://me@host:22/home/me', { scheme: 'ssh', user: 'me', host: 'host', port: 22, path: '/home/me' }],
    ['ssh://host/d#/e', { scheme: 'ssh', host: 'host', path: '/d', fragment: '/e' }],
    ['vnc://host:1', { scheme: 'vnc', host: 'host', port: 1, path: '' }],
    ['unix:///run/x.sock', { scheme: 'unix', path: '/run/x.sock' }],
    ['unix:///run/x.sock#/usr/glenda', { scheme: 'unix', path: '/run/x.sock', fragment: '/usr/glenda' }],
    ['unix:/run/x.sock', { scheme: 'unix', path: '/run/x.sock' }],
    ['unix:x.sock', { scheme: 'unix', path: 'x.sock' }],
    ['file:../x', { scheme: 'file', path: '../x' }],
    ['file:', { scheme: 'file', path: '' }],
    ['file:///a//b/../c', { scheme: 'file', path: '/a//b/../c' }],
    ['file:my%20dir/a%23b?ro', { scheme: 'file', path: 'my dir/a#b', options: { ro: '' } }],
    ['file:why?/x?ro', { scheme: 'file', path: 'why?/x', options: { ro: '' } }],
    ['file:a#b#/c', { scheme: 'file', path: 'a#b', fragment: '/c' }],
    ['block:disk.img?size=1GiB&ro', { scheme: 'block', path: 'disk.img', options: { size: '1GiB', ro: '' } }],
    [
      'cow:block:disk.img%3Fro?over=ram:',
      { scheme: 'cow', path: 'block:disk.img?ro', options: { over: 'ram:' } },
    ],
    ['ram:64MiB', { scheme: 'ram', path: '64MiB' }],
    ['ram:?', { scheme: 'ram', path: '' }],
    ['x:?__proto__=1', { scheme: 'x', path: '', options: { ['__proto__']: '1' } }],
    ['exec:diod -f -l 0', { scheme: 'exec', path: 'diod -f -l 0' }],
    ['exec:ls ?x | cat', { scheme: 'exec', path: 'ls ?x | cat' }],
    ['exec://bin/x', { scheme: 'exec', path: '//bin/x' }],
    ['exec:echo $%23 100%25#/sub', { scheme: 'exec', path: 'echo $# 100%', fragment: '/sub' }],
    ['tcp!host!5640', { scheme: 'tcp', host: 'host', port: 5640, path: '' }],
    ['net!host!9fs', { scheme: 'tcp', host: 'host', port: 564, path: '' }],
    ['net!host', { scheme: 'tcp', host: 'host', port: 564, path: '' }],
    ['tls!::1!9pfs', { scheme: 'tls', host: '::1', port: 564, path: '' }],
    ['tcp![::1]!1#/usr', { scheme: 'tcp', host: '::1', port: 1, path: '', fragment: '/usr' }],
    ['tcp!*!564', { scheme: 'tcp', host: '*', port: 564, path: '' }],
    ['unix!/tmp/a%20b!c', { scheme: 'unix', path: '/tmp/a%20b!c' }],
  ])('%s', (text, expected) => {
    expect(parts(text)).toEqual(expected);
    expect(parseAddress(formatAddress(parseAddress(text)))).toEqual(parseAddress(text));
  });

  test.each<[string, RegExp]>([
    ['', /no scheme/],
    ['/run/x', /no scheme/],
    [' tcp://host', /no scheme/],
    ['tcp:host:564', /no host; expected 'tcp:\/\/host'/],
    ['tcp://', /host is missing/],
    ['tcp://:564', /host is missing/],
    ['tcp://a b', /no name of a host/],
    ['tcp://a%2Fb', /no name of a host/],
    ['tcp://host:', /'' is no port/],
    ['tcp://host:65536', /'65536' is no port; expected a number from 0 to 65535/],
    ['tcp://host:5x', /no port/],
    ['tcp://::1:564', /IPv6 in brackets/],
    ['tcp://[::1', /host is unclear/],
    ['tcp://[::1]5', /host is unclear/],
    ['tcp://[host]', /host is unclear/],
    ['tcp://host/a#/b', /two paths/],
    ['ssh://@host/', /user before the @/],
    ['unix://run/x.sock', /'run' stands where a host would.*'unix:\/\/\/path'/],
    ['unix:///x#usr', /no path; expected '#\/path/],
    ['unix:///x#', /no path/],
    ['file:a%', /%25 for a % itself/],
    ['file:a%zz', /%25/],
    ['file:%FF', /%25/],
    ['file:a%00b', /zero byte/],
    ['file:a\0b', /zero byte/],
    ['ram:?=1', /option has no name/],
    ['ram:?a&&b', /option has no name/],
    ['ram:?a=1&a=2', /'a' is there twice/],
    ['il!host!9fs', /'il' is no network/],
    ['tcp!host!http', /'http' is no port/],
    ['tcp!host!564!x', /too many !/],
    ['tcp!!564', /host is missing/],
    ['tcp!host#usr', /no path/],
  ])('refuses %j', (text, message) => {
    let error: unknown;
    try {
      parseAddress(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ code: 'EINVAL', address: text });
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toMatch(/[\n\0]/);
  });
});

describe('formatAddress', () => {
  test.each([
    ['tcp://host', 'tcp://host:564'],
    ['tls://[::1]/a%20b', 'tls://[::1]:564/a%20b'],
    ['unix:/run/x', 'unix:///run/x'],
    ['unix!x', 'unix:x'],
    ['file:/a b', 'file:/a%20b'],
    ['file:////a', 'file:////a'],
    ['exec:a "b"  c?', 'exec:a "b"  c?'],
    ['ssh://a%40b@host', 'ssh://a%40b@host'],
    ['block:x?ro=&size=1', 'block:x?ro&size=1'],
  ])('%s is %s', (text, formatted) => {
    expect(formatAddress(parseAddress(text))).toBe(formatted);
  });
});

test.each([
  ['tcp://host', '/'],
  ['tcp://host/usr', '/usr'],
  ['tcp!host!9fs#/usr', '/usr'],
  ['wss://host/proxied#/usr', '/usr'],
  ['unix:///run/x', '/'],
  ['unix:///run/x#/usr', '/usr'],
  ['ssh://host/dir', '/'],
  ['ssh://host/dir#/sub', '/sub'],
  ['ram:64MiB', '/'],
])('the path in the tree of %s is %s', (text, path) => {
  expect(treePath(parseAddress(text))).toBe(path);
});

const word = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''));
const options = fc
  .uniqueArray(
    fc.tuple(
      word.filter((key) => key !== ''),
      word,
    ),
    { selector: ([key]) => key },
  )
  .map((pairs) => new Map(pairs));
const fragment = fc.option(
  word.map((text) => `/${text}`),
  { nil: undefined },
);
const host = fc.oneof(
  fc.constantFrom('localhost', '127.0.0.1', '::1', 'fe80::1%eth0', '*'),
  fc.stringMatching(/^[a-z0-9.-]{1,20}$/),
);
const port = fc.option(fc.integer({ min: 0, max: 65535 }), { nil: undefined });
const hosted: fc.Arbitrary<Address> = fc.record({
  scheme: fc.constantFrom('ssh', 'vnc', 'nbd'),
  user: fc.option(
    word.filter((user) => user !== ''),
    { nil: undefined },
  ),
  host,
  port,
  path: fc.oneof(
    fc.constant(''),
    word.map((text) => `/${text}`),
  ),
  options,
  fragment,
});
const local: fc.Arbitrary<Address> = fc.record({
  scheme: fc.constantFrom('unix', 'file', 'ram', 'cow'),
  path: fc.oneof(
    word,
    fc.tuple(fc.constantFrom('/', '//', '///', '../'), word).map((pair) => pair.join('')),
  ),
  options,
  fragment,
});
const command: fc.Arbitrary<Address> = fc.record({
  scheme: fc.constant('exec'),
  path: word,
  options: fc.constant(new Map<string, string>()),
  fragment,
});

test('what is formatted is parsed as it was', () => {
  fc.assert(
    fc.property(fc.oneof(hosted, local, command), (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address);
    }),
    { numRuns: 1000 },
  );
});

test('an address goes into an address', () => {
  fc.assert(
    fc.property(local, local, (inner, outer) => {
      const nested = { ...outer, path: formatAddress(inner) };
      expect(parseAddress(parseAddress(formatAddress(nested)).path)).toEqual(inner);
    }),
  );
});

test('any text is an address, the same again after formatting, or a clear error', () => {
  const mark = fc.constantFrom(
    'tcp',
    'unix',
    'exec',
    'file',
    '://',
    ':',
    '!',
    '/',
    '#',
    '?',
    '%',
    '[',
    ']',
    '@',
    '&',
    '=',
    '564',
    'a',
    '%41',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(mark).map((marks) => marks.join('')),
      ),
      (text) => {
        let address: Address;
        try {
          address = parseAddress(text);
        } catch (error) {
          expect(error).toMatchObject({ name: 'TransportError', code: 'EINVAL' });
          return;
        }
        expect(parseAddress(formatAddress(address))).toEqual(address);
      },
    ),
    { numRuns: 3000 },
  );
});
