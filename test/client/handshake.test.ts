import { describe, expect, test } from '@jest/globals';
import { Connection, ConnectionError } from '../../src/client/index.ts';
import type { Dialect } from '../../src/protocol/index.ts';
import { FakeServer, failureOf, type Reply } from './fake-server.ts';

/** A server that answers each version that is offered as the table says. */
function speaking(answers: Readonly<Record<string, Reply>>): FakeServer {
  return new FakeServer((request, server) => {
    if (request.type !== 'Tversion') return undefined;
    const answer = answers[request.version];
    if (answer.type === 'Rerror') server.dialect = '9P2000';
    return answer;
  });
}

const version = (version: string, msize = 8192): Reply => ({ type: 'Rversion', version, msize });

describe('agreeing on a version', () => {
  test('offers 9P2000.L and 1 MiB, with no tag', async () => {
    const server = speaking({ '9P2000.L': version('9P2000.L') });
    await using connection = await Connection.open(server.stream);
    expect(server.seen).toEqual([{ type: 'Tversion', tag: 0xffff, msize: 1 << 20, version: '9P2000.L' }]);
    expect([connection.dialect, connection.msize]).toEqual(['9P2000.L', 8192]);
  });

  const unknown = version('unknown');
  const error: Reply = { type: 'Rerror', ename: 'no such version' };
  const number: Reply = { type: 'Rlerror', ecode: 22 };

  test.each<[string, Record<string, Reply>, Dialect, number]>([
    ['"unknown"', { '9P2000.L': unknown, '9P2000.u': version('9P2000.u') }, '9P2000.u', 2],
    [
      '"unknown" twice',
      { '9P2000.L': unknown, '9P2000.u': unknown, '9P2000': version('9P2000') },
      '9P2000',
      3,
    ],
    ['an Rerror', { '9P2000.L': error, '9P2000.u': version('9P2000.u') }, '9P2000.u', 2],
    ['an Rlerror', { '9P2000.L': number, '9P2000.u': version('9P2000.u') }, '9P2000.u', 2],
    ['a lower dialect', { '9P2000.L': version('9P2000') }, '9P2000', 1],
    [
      'one that was never offered',
      { '9P2000.L': version('9P2000.L.Z'), '9P2000.u': version('9P2000.u') },
      '9P2000.u',
      2,
    ],
  ])('goes on after %s', async (_, answers, dialect, messages) => {
    const server = speaking(answers);
    await using connection = await Connection.open(server.stream);
    expect(connection.dialect).toBe(dialect);
    expect(server.seen).toHaveLength(messages);
  });

  test('only dialects that are asked for are taken', async () => {
    const server = speaking({ '9P2000.L': version('9P2000') });
    const failure = await failureOf(Connection.open(server.stream, { dialects: ['9P2000.L'] }));
    expect(failure).toBeInstanceOf(ConnectionError);
    expect(failure.message).toBe(
      'pipe: speaks no dialect of 9P that was offered (9P2000.L: answered "9P2000")',
    );
  });

  test('a server that knows none of them', async () => {
    const server = speaking({ '9P2000.L': unknown, '9P2000.u': number, '9P2000': error });
    const failure = await failureOf(Connection.open(server.stream));
    expect(failure.code).toBe('EPROTONOSUPPORT');
    await server.ended;
  });

  test('a server that answers with more than was offered gets no more', async () => {
    const server = speaking({ '9P2000.L': version('9P2000.L', 1 << 24) });
    await using connection = await Connection.open(server.stream, { msize: 4096 });
    expect(connection.msize).toBe(4096);
  });

  test('messages that are too small to be of use', async () => {
    const server = speaking({ '9P2000.L': version('9P2000.L', 255) });
    const failure = await failureOf(Connection.open(server.stream));
    expect(failure.message).toBe('pipe: allows messages of 255 bytes only; 256 are needed');
  });
});

describe('what is no 9P server', () => {
  const saying = (text: string) =>
    new FakeServer((_, server) => {
      server.raw(text);
      return undefined;
    });

  test.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a message of another type', '\x07\0\0\0\x6d\xff\xff'],
    ['a message with too little in it', '\x09\0\0\0\x65\xff\xff..'],
    ['nothing but zeros', '\0\0\0\0\0\0\0\0'],
  ])('%s', async (_, text) => {
    const server = saying(text);
    const failure = await failureOf(Connection.open(server.stream));
    expect(failure.message).toBe('pipe: does not speak 9P');
    expect(failure.code).toBe('EPROTO');
    await server.ended;
  });

  test('one that says nothing', async () => {
    const server = new FakeServer(() => undefined);
    const failure = await failureOf(Connection.open(server.stream, { timeout: 20 }));
    expect(failure.message).toBe('pipe: has not answered within 0.02 s: is it a 9P server?');
    expect(failure.code).toBe('ETIMEDOUT');
    await server.ended;
  });

  test('one that hangs up', async () => {
    const server = new FakeServer((_, server) => void server.hangUp());
    const failure = await failureOf(Connection.open(server.stream));
    expect(failure.code).toBe('ECONNRESET');
    expect(failure.message).toMatch(/^pipe: closed the connection before/);
  });

  test('a caller who gives up', async () => {
    const server = new FakeServer(() => undefined);
    const controller = new AbortController();
    const opening = failureOf(Connection.open(server.stream, { signal: controller.signal }));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await opening).toBe(reason);
    await server.ended;
  });
});
