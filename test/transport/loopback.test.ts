import { expect, test } from '@jest/globals';
import { isLoopback } from '../../src/transport/loopback.ts';

test.each(['localhost', 'LocalHost', 'a.localhost', '127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
  '%s is this machine',
  (host) => expect(isLoopback(host)).toBe(true),
);

test.each([
  '*',
  '',
  '0.0.0.0',
  '::',
  '::ffff:10.0.0.1',
  '10.0.0.1',
  '127.0.0.1.example.org',
  'example.org',
  'notlocalhost',
  '127.1',
])('%s may be reached by others', (host) => expect(isLoopback(host)).toBe(false));
