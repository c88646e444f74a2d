import { describe, expect, test } from '@jest/globals';
import net from 'node:net';
import { connect, isLoopback, listen } from '../../src/transport/index.ts';
import { acceptor, failure, hangUp, pattern, Sink, take } from './tools.ts';

const anywhere = 'tcp://127.0.0.1:0';

describe('tcp', () => {
  test('says who is there, and the real port', async () => {
    const { accept, next } = acceptor();
    await using listener = await listen('tcp://localhost:0', accept);
    expect(listener.address).toMatch(/^tcp:\/\/(127\.0\.0\.1|\[::1\]):[1-9]\d*$/);
    await using near = await connect(listener.address);
    await using far = await next();
    take(near);
    expect(near.peer).toEqual({ address: listener.address, identity: 'loopback' });
    expect(far.peer).toEqual({ address: expect.stringMatching(/^tcp:\/\/.*:\d+$/), identity: 'loopback' });
  });

  test('reads straight into the receiver: more at once than a copy through Node would bring', async () => {
    const { accept, next } = acceptor();
    await using listener = await listen(anywhere, accept);
    await using near = await connect(listener.address);
    await using far = await next();
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const sink = take(to, new Sink(4_000_000));
      let largest = 0;
      sink.onPiece = (count) => (largest = Math.max(largest, count));
      for (let i = 0; i < 20; i++) from.write([pattern(1_000_000)], () => {});
      await sink.has(20_000_000);
      expect(largest).toBeGreaterThan(64 * 1024);
    }
  });

  test('calls sent at once when the kernel takes all, so that memory can be used again', async () => {
    const { accept, next } = acceptor();
    await using listener = await listen(anywhere, accept);
    await using near = await connect(listener.address);
    await using far = await next();
    take(near);
    take(far);
    let sent = 0;
    near.write([pattern(100), pattern(100)], () => sent++);
    near.write([pattern(100)], () => sent++);
    expect(sent).toBe(2);
    expect(near.queued).toBe(0);
  });

  test('a listener that closes leaves its streams alone, and lets the port go', async () => {
    const { accept, next } = acceptor();
    const listener = await listen(anywhere, accept);
    await using near = await connect(listener.address);
    await using far = await next();
    await listener.close();
    await listener.close();
    take(near);
    const sink = take(far);
    near.write([pattern(10)], () => {});
    await sink.has(10);
    await using again = await listen(listener.address, accept);
    expect(again.address).toBe(listener.address);
  });

  test('a signal closes a listener, and stops an attempt to connect', async () => {
    const controller = new AbortController();
    const listener = await listen(anywhere, hangUp, { signal: controller.signal });
    controller.abort(new Error('enough'));
    expect(await failure(connect(listener.address))).toMatchObject({ code: 'ECONNREFUSED' });
    expect(await failure(connect(anywhere, { signal: controller.signal }))).toMatchObject({
      message: 'enough',
    });
    expect(await failure(listen(anywhere, hangUp, { signal: controller.signal }))).toMatchObject({
      message: 'enough',
    });
  });

  test('a peer that resets ends the stream with an error, once', async () => {
    const { accept, next } = acceptor();
    await using listener = await listen(anywhere, accept);
    const socket = net.connect(Number(/\d+$/.exec(listener.address)), '127.0.0.1');
    await using far = await next();
    const sink = new Sink();
    far.start(sink);
    socket.resetAndDestroy();
    expect(await sink.end).toMatchObject({
      code: 'ECONNRESET',
      message: expect.stringContaining('broke it off'),
    });
    await far.close();
    expect(sink.ends.length).toBe(1);
  });
});

describe('what goes wrong is told in one line', () => {
  test('nobody listens', async () => {
    const listener = await listen(anywhere, hangUp);
    await listener.close();
    const error = await failure(connect(listener.address));
    expect(error).toMatchObject({ name: 'TransportError', code: 'ECONNREFUSED', address: listener.address });
    expect(error.message).toBe(
      `cannot connect to ${listener.address}: connection refused: nobody listens there; is the server running, and is this its port?`,
    );
  });

  test('the port is in use', async () => {
    await using listener = await listen(anywhere, hangUp);
    const error = await failure(listen(listener.address, hangUp));
    expect(error).toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining('the address is in use; stop'),
    });
  });

  test('no such host, no such address of this machine', async () => {
    const error = await failure(connect('tcp://no-such-host.invalid', { timeout: 5000 }));
    expect(['ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT']).toContain(error.code);
    expect(await failure(listen('tcp://192.0.2.1:0', hangUp, { insecure: true }))).toMatchObject({
      code: 'EADDRNOTAVAIL',
      message: expect.stringContaining('this machine has no such address'),
    });
  });

  test.each(['tcp://0.0.0.0:0', 'tcp://*:0', 'tcp://[::]:0'])('%s is open to all', async (address) => {
    const error = await failure(listen(address, hangUp));
    expect(error).toMatchObject({
      code: 'EPERM',
      message: expect.stringMatching(/listen on tls:\/\/ instead.*--insecure/),
    });
    await using listener = await listen(address, hangUp, { insecure: true });
    expect(listener.address).toMatch(/^tcp:\/\/(0\.0\.0\.0|\[::\]):\d+$/);
    expect(isLoopback('0.0.0.0')).toBe(false);
  });

  test('a kind of address that is no stream', async () => {
    expect(await failure(connect('ram:64MiB'))).toMatchObject({ code: 'EPROTONOSUPPORT' });
    expect((await failure(connect('localhost:564'))).message).toContain(
      "did you mean 'tcp://localhost:564'?",
    );
    expect((await failure(listen('exec:cat', hangUp))).message).toContain('use tcp, unix, tls, ws or wss');
  });
});
