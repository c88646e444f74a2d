import { describe, expect, test } from '@jest/globals';
import { Connection, ConnectionError, RemoteError, type Question } from '../../src/client/index.ts';
import { encodeMessage, type MessageOf, type RMessage } from '../../src/protocol/index.ts';
import { FakeServer, QID, failureOf, settled, welcoming, type Script } from './fake-server.ts';
import { Tap } from './tap.ts';

const READ = { type: 'Tread', fid: 1, offset: 0, count: 10 } as const;
const bytes = (text: string) => new TextEncoder().encode(text);

async function connected(script: Script, msize?: number) {
  const server = welcoming(script, msize);
  const connection = await Connection.open(server.stream);
  return { server, connection };
}

describe('calls', () => {
  test('are answered in any order', async () => {
    const { server, connection } = await connected(() => undefined);
    const calls = [1, 2, 3].map((fid) => connection.call({ ...READ, fid }));
    await server.until(4);
    for (const request of server.seen.slice(1).toReversed()) {
      const { tag, fid } = request as MessageOf<'Tread'>;
      server.send({ type: 'Rread', tag, data: bytes(`of ${fid}`) });
    }
    const answers = await Promise.all(calls);
    expect(answers.map(({ data }) => new TextDecoder().decode(data))).toEqual(['of 1', 'of 2', 'of 3']);
  });

  test('that are made in one turn leave in one write', async () => {
    const server = welcoming(() => ({ type: 'Rclunk' }));
    const tap = new Tap(server.stream);
    const connection = await Connection.open(tap.stream);
    tap.reset();
    await Promise.all(Array.from({ length: 5000 }, (_, fid) => connection.call({ type: 'Tclunk', fid })));
    expect([tap.writes, tap.messages.length]).toEqual([1, 5000]);
  });

  test('get bytes that stay what they are', async () => {
    const { connection } = await connected((request) => {
      if (request.type !== 'Tread') return undefined;
      return { type: 'Rread', data: new Uint8Array(request.count).fill(request.fid) };
    }, 1 << 17);
    const sizes = [5, 100_000, 16_384, 70_000, 3];
    const calls = sizes.map((count, fid) => connection.call({ ...READ, fid, count }));
    const answers = await Promise.all(calls);
    expect(answers.map(({ data }) => data.length)).toEqual(sizes);
    answers.forEach(({ data }, fid) => expect(data.every((byte) => byte === fid)).toBe(true));
  });

  test('keep large payloads where they are until they have left', async () => {
    const { server, connection } = await connected(() => undefined, 1 << 17);
    const data = new Uint8Array(100_000).fill(1);
    const controller = new AbortController();
    const call = connection.call({ type: 'Twrite', fid: 1, offset: 0, data }, { signal: controller.signal });
    const failure = failureOf(call).then(() => data.fill(2));
    controller.abort();
    await failure;
    await server.until(2);
    expect(server.request('Twrite').data.every((byte) => byte === 1)).toBe(true);
  });

  test('carry an error of each dialect', async () => {
    const { connection } = await connected(() => ({ type: 'Rlerror', ecode: 2 }));
    const error = await failureOf(connection.call({ type: 'Tclunk', fid: 1 }, { at: { path: '/a' } }));
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ code: 'ENOENT', errno: 2, op: 'Tclunk', path: '/a', text: undefined });
    expect(error.message).toBe('no such file or directory');
  });

  test.each([
    ['9P2000', 'file does not exist', undefined, 'ENOENT', 2, 'no such file or directory'],
    ['9P2000', 'the dog ate it', undefined, 'EIO', 5, 'the dog ate it'],
    ['9P2000.u', 'the dog ate it', 13, 'EACCES', 13, 'the dog ate it'],
    ['9P2000.u', 'Permission denied', 0, 'EACCES', 13, 'permission denied'],
    ['9P2000.u', 'odd', 527, 'EIO', 5, 'odd'],
  ] as const)('in %s: %p %p', async (dialect, ename, errno, code, number, message) => {
    const server = welcoming(() => ({ type: 'Rerror', ename, ...(errno !== undefined && { errno }) }));
    server.dialect = dialect;
    await using connection = await Connection.open(server.stream, { dialects: [dialect] });
    const error = await failureOf(connection.call({ type: 'Tclunk', fid: 1 }));
    expect(error).toMatchObject({ code, errno: number, text: ename, message });
  });

  test('with a name that no message can hold', async () => {
    const { server, connection } = await connected(() => undefined, 512);
    const walk = (name: string) => connection.call({ type: 'Twalk', fid: 1, newfid: 2, wname: [name] });
    expect((await failureOf(walk('x'.repeat(600)))).code).toBe('ENAMETOOLONG');
    expect((await failureOf(walk('x'.repeat(70_000)))).code).toBe('ENAMETOOLONG');
    expect(server.types).toEqual([]);
  });

  test('wait for a tag when all are in use, and are not made if they are given up before', async () => {
    const { server, connection } = await connected(() => undefined);
    const count = 0xffff;
    const calls = Array.from({ length: count + 2 }, (_, fid) => connection.call({ type: 'Tclunk', fid }));
    const controller = new AbortController();
    const late: unknown[] = [];
    const limits = { signal: controller.signal, late: (reply: unknown) => late.push(reply) };
    const givenUp = failureOf(connection.call(READ, limits));
    calls.push(connection.call({ type: 'Tclunk', fid: count + 2 }));
    await server.until(1 + count);
    controller.abort();
    await givenUp;
    expect(late).toEqual([undefined]);
    expect(server.seen).toHaveLength(1 + count);
    const tags = new Set(server.seen.slice(1).map(({ tag }) => tag));
    expect([tags.size, Math.max(...tags)]).toEqual([count, 0xfffe]);
    for (const tag of [3, 2, 1]) server.send({ type: 'Rclunk', tag });
    await server.until(1 + count + 3);
    expect(server.seen.slice(-3)).toMatchObject([3, 2, 1].map((tag) => ({ type: 'Tclunk', tag })));
    for (let tag = 0; tag < count; tag++) server.send({ type: 'Rclunk', tag });
    await Promise.all(calls);
  }, 20_000);
});

describe('a call that is given up', () => {
  const abortable = async (script: Script = () => undefined) => {
    const { server, connection } = await connected(script);
    const controller = new AbortController();
    const late: (RMessage | undefined)[] = [];
    const call = connection.call(READ, { signal: controller.signal, late: (reply) => late.push(reply) });
    await server.until(2);
    return { server, connection, controller, call, late };
  };

  test('fails at once, and the server is told; both tags stay reserved until it has answered', async () => {
    const { server, connection, controller, call, late } = await abortable();
    controller.abort(new Error('enough'));
    expect((await failureOf(call)).message).toBe('enough');
    await server.until(3);
    const [read, flush] = [server.request('Tread'), server.request('Tflush')];
    expect(flush.oldtag).toBe(read.tag);
    const used = () => new Set(server.seen.slice(3).map(({ tag }) => tag));
    connection.call({ type: 'Tclunk', fid: 5 }).catch(() => undefined);
    await server.until(4);
    expect(used().has(read.tag) || used().has(flush.tag)).toBe(false);
    server.send({ type: 'Rflush', tag: flush.tag });
    await settled();
    expect(late).toEqual([undefined]);
    for (const fid of [6, 7]) connection.call({ type: 'Tclunk', fid }).catch(() => undefined);
    await server.until(6);
    expect(used()).toEqual(new Set([...used(), read.tag, flush.tag]));
  });

  test('may be answered in spite of that: the reply is honoured, and its tag stays reserved', async () => {
    const { server, connection, controller, call, late } = await abortable();
    controller.abort();
    await failureOf(call);
    await server.until(3);
    const [read, flush] = [server.request('Tread'), server.request('Tflush')];
    server.send({ type: 'Rread', tag: read.tag, data: bytes('late') });
    await settled();
    expect(late).toMatchObject([{ type: 'Rread', data: bytes('late') }]);
    connection.call({ type: 'Tclunk', fid: 5 }).catch(() => undefined);
    await server.until(4);
    expect(server.request('Tclunk').tag).not.toBe(read.tag);
    server.send({ type: 'Rflush', tag: flush.tag });
    await settled();
    expect(late).toHaveLength(1);
  });

  test('may fail in spite of that', async () => {
    const { server, controller, call, late } = await abortable();
    controller.abort();
    await failureOf(call);
    await server.until(3);
    server.send({ type: 'Rlerror', tag: server.request('Tread').tag, ecode: 4 });
    server.send({ type: 'Rflush', tag: server.request('Tflush').tag });
    await settled();
    expect(late).toEqual([undefined]);
  });

  test('to a server that refuses to flush: the reply comes when it comes', async () => {
    const { server, connection, controller, call, late } = await abortable();
    controller.abort();
    await failureOf(call);
    await server.until(3);
    server.send({ type: 'Rlerror', tag: server.request('Tflush').tag, ecode: 95 });
    await settled();
    expect(late).toEqual([]);
    server.send({ type: 'Rread', tag: server.request('Tread').tag, data: bytes('x') });
    await settled();
    expect(late).toHaveLength(1);
    await connection.drain();
  });

  test('by its timeout', async () => {
    const { server, connection } = await connected(() => undefined);
    const error = await failureOf(connection.call(READ, { timeout: 10 }));
    expect(error.code).toBe('ETIMEDOUT');
    await server.until(3);
    expect(server.types).toEqual(['Tread', 'Tflush']);
  });

  test('before it was made is not made', async () => {
    const { server, connection } = await connected(() => undefined);
    const late: unknown[] = [];
    const call = connection.call(READ, { signal: AbortSignal.abort(), late: (reply) => late.push(reply) });
    expect((await failureOf(call)).name).toBe('AbortError');
    await settled();
    expect([server.types, late]).toEqual([[], [undefined]]);
  });
});

describe('a server that lies', () => {
  const write: Question = { type: 'Twrite', fid: 1, offset: 0, data: bytes('abc') };
  const walk: Question = { type: 'Twalk', fid: 1, newfid: 2, wname: ['a'] };
  const CASES: [string, Question, (tag: number, server: FakeServer) => void, RegExp][] = [
    ['a tag that nobody uses', READ, (_, s) => s.send({ type: 'Rclunk', tag: 9 }), /tag 9, for which nobody/],
    ['another type', READ, (tag, s) => s.send({ type: 'Rclunk', tag }), /: Rclunk in answer to Tread$/],
    [
      'the answer to a flush',
      READ,
      (tag, s) => s.send({ type: 'Rflush', tag }),
      /: Rflush in answer to Tread$/,
    ],
    [
      'too much',
      READ,
      (tag, s) => s.send({ type: 'Rread', tag, data: bytes('0123456789a') }),
      /: 11 bytes in answer/,
    ],
    [
      'too much written',
      write,
      (tag, s) => s.send({ type: 'Rwrite', tag, count: 4 }),
      /: 4 bytes written of the 3/,
    ],
    [
      'too many qids',
      walk,
      (tag, s) => s.send({ type: 'Rwalk', tag, wqid: [QID, QID] }),
      /: 2 qids in answer/,
    ],
    [
      'a message that is too large',
      READ,
      (_, s) => s.raw('\xff\xff\xff\xff\x75\0\0'),
      /a message of 4294967295 bytes/,
    ],
    ['a message that is too small', READ, (_, s) => s.raw('\x06\0\0\0\x75\0\0'), /a message of 6 bytes/],
    ['a type that there is not', READ, (_, s) => s.raw('\x07\0\0\0\x6a\0\0'), /no message of type 106/],
    [
      'a request',
      READ,
      (tag, s) => s.raw(encodeMessage({ ...READ, tag }, '9P2000.L')),
      /: Tread in answer to Tread$/,
    ],
    ['fields beyond its size', READ, (_, s) => s.raw('\x0b\0\0\0\x75\0\0\x09\0\0\0'), /ends within a field/],
    [
      'a message twice',
      READ,
      (tag, s) => s.raw(`\x0b\0\0\0\x75${tag}\0\0\0\0\0`.replace('1', '\x01').repeat(2)),
      /tag 1, for which/,
    ],
  ];

  test.each(CASES)('%s', async (_, question, lie, message) => {
    const { server, connection } = await connected((request, server) => {
      if (request.type === question.type) lie(request.tag, server);
      return undefined;
    });
    const other = failureOf(connection.call({ type: 'Tstatfs', fid: 9 }));
    connection.call(question).catch(() => undefined);
    const end = await connection.closed();
    expect(end).toBeInstanceOf(ConnectionError);
    expect(end).toMatchObject({ code: 'EPROTO', address: 'pipe:' });
    expect(end?.message).toMatch(/^the server at pipe: broke the protocol: /);
    expect(end?.message).toMatch(message);
    expect(await other).toMatchObject({ cause: end, question: { type: 'Tstatfs' } });
    expect(await failureOf(connection.call(READ))).toBe(end);
    await server.ended;
  });

  test('a number that is too large fails that call only', async () => {
    const { server, connection } = await connected((request) => {
      if (request.type !== 'Txattrwalk') return { type: 'Rclunk' };
      const reply = encodeMessage({ type: 'Rxattrwalk', tag: request.tag, size: 0 }, '9P2000.L');
      server.raw(reply.fill(0xff, 7));
      return undefined;
    });
    const call = connection.call({ type: 'Txattrwalk', fid: 1, newfid: 2, name: '' });
    expect((await failureOf(call)).code).toBe('EOVERFLOW');
    await connection.call({ type: 'Tclunk', fid: 1 });
  });
});

describe('the end', () => {
  test('a server that hangs up', async () => {
    const { server, connection } = await connected(() => undefined);
    const call = failureOf(connection.call(READ));
    await server.until(2);
    await server.hangUp();
    const error = await call;
    expect(error).toMatchObject({ code: 'ECONNRESET', message: 'the server at pipe: closed the connection' });
    const end = await connection.closed();
    expect(error).toMatchObject({ cause: end, question: { type: 'Tread' } });
    expect(await failureOf(connection.call(READ))).toBe(end);
    await connection.drain();
    await connection.close();
  });

  test('a connection that is lost', async () => {
    const { server, connection } = await connected(() => undefined);
    const call = failureOf(connection.call(READ));
    server.stream.abort(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    expect(await call).toMatchObject({ code: 'ECONNRESET' });
    expect((await call).message).toMatch(/^the connection to pipe: was lost: /);
  });

  test.each([
    ['hangs up', (server: FakeServer) => void server.hangUp()],
    ['says more than it was asked', (server: FakeServer) => server.send({ type: 'Rclunk', tag: 3 })],
  ])('a server that %s as soon as a version is agreed', async (_, end) => {
    const server = new FakeServer((_, server) => {
      server.send({ type: 'Rversion', tag: 0xffff, msize: 8192, version: '9P2000.L' });
      end(server);
      return undefined;
    });
    const connection = await Connection.open(server.stream);
    expect(await connection.closed()).toBeInstanceOf(ConnectionError);
    expect(await failureOf(connection.call(READ))).toBeInstanceOf(ConnectionError);
  });

  test('close sends what was sent, and fails what is not answered', async () => {
    const { server, connection } = await connected(() => undefined);
    const call = failureOf(connection.call(READ));
    await connection.close();
    expect(await call).toMatchObject({ code: 'ENOTCONN', message: 'the connection to pipe: is closed' });
    expect(server.types).toEqual(['Tread']);
    expect(await connection.closed()).toBeUndefined();
    expect((await failureOf(connection.call(READ))).code).toBe('ENOTCONN');
  });

  test('drain waits for what was asked, and takes no more', async () => {
    const { server, connection } = await connected(() => undefined);
    const call = connection.call(READ);
    const drained = connection.drain();
    expect((await failureOf(connection.call(READ))).code).toBe('ENOTCONN');
    await server.until(2);
    server.send({ type: 'Rread', tag: server.request('Tread').tag, data: bytes('x') });
    expect((await call).data).toEqual(bytes('x'));
    await drained;
    await server.ended;
  });
});
