/** What lines mean together. */
import { describe, expect, test } from '@jest/globals';
import type { User } from '../../../src/file/index.ts';
import { restrict, type Rule } from '../../../src/namespaces/allow/index.ts';
import { Grant, type Sight } from '../../../src/namespaces/allow/grant.ts';
import { ram } from '../../../src/resources/index.ts';

function rulesOf(text: string): readonly Rule[] {
  return text.split(', ').map((line) => {
    const [user, access, path] = line.split(' ');
    return { user, access: access as Rule['access'], path };
  });
}

function sight(rules: string, user: string | User, path: string): Sight {
  let grant = Grant.of(rulesOf(rules));
  for (const name of path.split('/').filter(Boolean)) grant = grant.child(name);
  return grant.sight(typeof user === 'string' ? { name: user } : user);
}

test.each<[string, string, string, Sight]>([
  ['ken rw /pub', 'ken', '/', 'way'],
  ['ken rw /pub', 'ken', '/pub', 'rw'],
  ['ken rw /pub', 'ken', '/pub/a/b/c', 'rw'],
  ['ken rw /pub', 'ken', '/public', 'none'],
  ['ken rw /pub', 'rob', '/', 'none'],
  ['ken rw /pub', 'rob', '/pub', 'none'],
  ['ken rw /', 'ken', '/', 'rw'],
  ['ken rw //pub/./a/', 'ken', '/pub/a', 'rw'],
  ['ken rw /a/b/c', 'ken', '/a/b', 'way'],
  ['ken rw /a/b/c', 'ken', '/a/b/d', 'none'],
  ['ken rw /pub, ken ro /pub/old', 'ken', '/pub/old/x', 'ro'],
  ['ken ro /pub/old, ken rw /pub', 'ken', '/pub/old/x', 'ro'],
  ['ken ro /pub, ken rw /pub/in', 'ken', '/pub/in/x', 'rw'],
  ['ken ro /pub, ken rw /pub/in', 'ken', '/pub/x', 'ro'],
  ['ken ro /pub, ken rw /pub', 'ken', '/pub', 'rw'],
  ['ken rw /pub, ken ro /pub', 'ken', '/pub', 'ro'],
  ['* ro /pub', 'anyone', '/pub/x', 'ro'],
  ['* ro /pub', '*', '/pub/x', 'ro'],
  ['* ro /pub, ken rw /pub', 'ken', '/pub', 'rw'],
  ['ken rw /pub, * ro /pub', 'ken', '/pub', 'rw'],
  ['ken rw /pub, * ro /pub', 'rob', '/pub', 'ro'],
  ['ken rw /, * ro /pub', 'ken', '/pub', 'ro'],
  ['* ro /a/b, ken rw /c', 'ken', '/', 'way'],
  ['* ro /a/b, ken rw /c', 'ken', '/a', 'way'],
  ['* ro /a/b, ken rw /c', 'rob', '/c', 'none'],
  ['ken rw /__proto__', 'ken', '/constructor', 'none'],
])('%s: %s at %s has %s', (rules, user, path, expected) => {
  expect(sight(rules, user, path)).toBe(expected);
});

test('whoever serves has all, whatever is said of the name', () => {
  expect(sight('glenda ro /pub', { name: 'glenda', serves: true }, '/')).toBe('rw');
  expect(sight('glenda ro /pub', { name: 'glenda' }, '/')).toBe('way');
});

describe('a path that is none', () => {
  test.each(['pub', '', '../x', '/a/../b'])('%j', (path) => {
    expect(() => restrict(ram(), [{ user: '*', access: 'ro', path }])).toThrow(
      expect.objectContaining({
        code: 'EINVAL',
        message: `'${path}' is not a path from the root without '..'`,
      }),
    );
  });
});

test('a deep path of many names that no line has costs nothing to remember', () => {
  const root = Grant.of(rulesOf('ken rw /pub'));
  const pub = root.child('pub');
  expect(pub.child('a').child('b')).toBe(pub.child('c'));
  expect(root.child('x')).toBe(root.child('y').child('z'));
});
