import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { parseAddress } from '../../src/transport/address.ts';
import { connect, listen, type ListenOptions, type TransportError } from '../../src/transport/index.ts';
import { connectBrowserWebSocket } from '../../src/transport/websocket-browser.ts';
import { upgrader } from '../../src/transport/websocket-listen.ts';
import { acceptor, echo, failure, hangUp, pattern, scratchDirectory, Sink, take } from './tools.ts';

const anywhere = 'ws://127.0.0.1:0';

/** The HTTP status that a request for a WebSocket gets; 101 if it is let in. */
function status(address: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, { headers });
    socket.once('open', () => {
      socket.close();
      resolve(101);
    });
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

describe('who is let in', () => {
  const own = (address: string): string => address.replace('ws:', 'http:');

  test.each<[string, ListenOptions, (address: string) => Record<string, string>, number]>([
    ['a program', {}, () => ({}), 101],
    ['a page of the same host and port', {}, (a) => ({ origin: own(a) }), 101],
    ['a page of another port', {}, () => ({ origin: 'http://127.0.0.1:1' }), 403],
    ['a page of another host', {}, () => ({ origin: 'https://example.org' }), 403],
    ['a page without a place', {}, () => ({ origin: 'null' }), 403],
    [
      'a page of a host whose name was made to point here',
      {},
      () => ({ origin: 'http://evil.example', host: 'evil.example' }),
      403,
    ],
    [
      'such a page with the token',
      { token: 'x' },
      () => ({ origin: 'http://my.example', host: 'my.example', authorization: 'Bearer x' }),
      101,
    ],
    [
      'a page on the list',
      { origins: ['https://example.org'] },
      () => ({ origin: 'https://example.org' }),
      101,
    ],
    [
      'a page on the list without the token',
      { origins: ['https://example.org'], token: 'x' },
      () => ({ origin: 'https://example.org' }),
      401,
    ],
    ['a program without the token', { token: 'secret' }, () => ({}), 401],
    ['a wrong token', { token: 'secret' }, () => ({ authorization: 'Bearer secre' }), 401],
    ['the token', { token: 'secret' }, () => ({ authorization: 'Bearer secret' }), 101],
  ])('%s', async (_who, options, headers, expected) => {
    const problems: TransportError[] = [];
    await using listener = await listen(anywhere, hangUp, {
      ...options,
      problem: (error) => problems.push(error),
    });
    expect(await status(`${listener.address}/any/path`, headers(listener.address))).toBe(expected);
    expect(problems.map(({ code }) => code)).toEqual(expected === 101 ? [] : ['EACCES']);
  });

  test('the token in the address, from a program and from a browser', async () => {
    await using listener = await listen(anywhere, echo, { token: 'a b&c' });
    await using program = await connect(`${listener.address}/usr?token=a%20b%26c`);
    take(program);
    Object.assign(globalThis, { WebSocket });
    await using page = await connectBrowserWebSocket(parseAddress(`${listener.address}/?token=a%20b%26c`));
    take(page);
    const error = await failure(connect(`${listener.address}?token=x`));
    expect(error).toMatchObject({ code: 'EACCES', message: expect.stringContaining("'?token=…'") });
    expect(error.message).not.toContain('token=x');
    expect(await failure(connectBrowserWebSocket(parseAddress(listener.address)))).toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test('nobody from beyond this machine, without TLS and a token', async () => {
    const scratch = scratchDirectory();
    const certificate = makeCertificate(scratch.path);
    scratch.remove();
    expect(await failure(listen('ws://*:0', hangUp, { token: 'x' }))).toMatchObject({ code: 'EPERM' });
    expect(await failure(listen('wss://*:0', hangUp, { certificate }))).toMatchObject({ code: 'EPERM' });
    await (await listen('wss://*:0', hangUp, { certificate, token: 'x' })).close();
    await (await listen('ws://*:0', hangUp, { insecure: true })).close();
    expect(await failure(listen('wss://localhost:0', hangUp))).toMatchObject({ code: 'EINVAL' });
  });
});

test('wss, with a certificate', async () => {
  const scratch = scratchDirectory();
  const certificate = makeCertificate(scratch.path);
  scratch.remove();
  await using listener = await listen('wss://localhost:0', echo, { certificate });
  const address = listener.address.replace(/\/\/.*:/, '//localhost:');
  await using stream = await connect(address, { ca: certificate.chain });
  const sink = new Sink();
  stream.start(sink);
  stream.write([pattern(100_000)], () => {});
  await sink.has(100_000);
  expect(sink.bytes.equals(pattern(100_000))).toBe(true);
  expect((await failure(connect(address))).message).toMatch(/self-signed certificate/);
});

test('an HTTP server of somebody else takes WebSockets too', async () => {
  const { accept, next } = acceptor();
  const server = http.createServer();
  server.on('upgrade', upgrader('ws', accept, {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await using near = await connect(`ws://127.0.0.1:${port}`);
  await using far = await next();
  take(near);
  expect(far.peer).toEqual({ address: expect.stringMatching(/^ws:\/\/127/), identity: 'loopback' });
  server.close();
});

describe('what goes wrong', () => {
  test('a plain HTTP request is told what this is', async () => {
    await using listener = await listen(anywhere, hangUp);
    const response = await fetch(listener.address.replace('ws:', 'http:'));
    expect([response.status, await response.text()]).toEqual([426, expect.stringContaining('9P server')]);
  });

  test('a message of text ends the stream', async () => {
    const { accept, next } = acceptor();
    await using listener = await listen(anywhere, accept);
    const socket = new WebSocket(listener.address);
    socket.once('open', () => socket.send('hello'));
    await using far = await next();
    const sink = new Sink();
    far.start(sink);
    const code = new Promise((resolve) => socket.on('close', resolve));
    expect(await sink.end).toMatchObject({ code: 'EPROTO', message: expect.stringContaining('text') });
    expect(await code).toBe(1003);
  });

  test('a message that is too long ends the stream', async () => {
    const { accept, next } = acceptor();
    await using listener = await listen(anywhere, accept);
    const socket = new WebSocket(listener.address).on('error', () => {});
    socket.once('open', () => socket.send(new Uint8Array(5_000_000)));
    await using far = await next();
    const sink = new Sink();
    far.start(sink);
    expect(await sink.end).toBeInstanceOf(Error);
    expect(sink.total).toBe(0);
  });

  test('a peer that dies, and one that says why it ends', async () => {
    const { accept, next } = acceptor();
    await using listener = await listen(anywhere, accept);
    for (const [end, code] of [
      [(socket: WebSocket) => socket.terminate(), 'ECONNRESET'],
      [(socket: WebSocket) => socket.close(1011, 'broken'), 'EPROTO'],
    ] as const) {
      const socket = new WebSocket(listener.address);
      socket.once('open', () => end(socket));
      await using far = await next();
      const sink = new Sink();
      far.start(sink);
      expect(await sink.end).toMatchObject({ code });
    }
  });

  test('nobody listens; a server that is none; no answer', async () => {
    const listener = await listen(anywhere, hangUp);
    await listener.close();
    expect(await failure(connect(listener.address))).toMatchObject({ code: 'ECONNREFUSED' });
    const server = http.createServer((_request, response) => void response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    expect((await failure(connect(`ws://127.0.0.1:${port}`))).message).toContain('HTTP status 404');
    server.close();
    await using silent = await listen('tcp://127.0.0.1:0', take);
    expect(await failure(connect(silent.address.replace('tcp', 'ws'), { timeout: 50 }))).toMatchObject({
      code: 'ETIMEDOUT',
    });
  });

  test('a server that splits its messages as it likes is understood', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => {
      for (const [bytes, fin] of [
        ['ab', false],
        ['c', false],
        ['def', true],
      ] as const) {
        socket.send(Buffer.from(bytes), { fin, binary: true });
      }
      socket.close(1000);
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    await using stream = await connect(`ws://127.0.0.1:${port}`);
    const sink = new Sink(2);
    stream.start(sink);
    expect(await sink.end).toBeUndefined();
    expect(sink.bytes.toString()).toBe('abcdef');
    server.close();
  });
});

/** A certificate for localhost. */
function makeCertificate(directory: string): { chain: string; privateKey: string } {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ed25519',
    '-nodes',
    '-days',
    '1',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' });
  return { chain: readFileSync(cert, 'utf8'), privateKey: readFileSync(key, 'utf8') };
}
