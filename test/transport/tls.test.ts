import { describe, expect, test } from '@jest/globals';
import net from 'node:net';
import tls from 'node:tls';
import {
  connect,
  listen,
  type ConnectOptions,
  type ListenOptions,
  type TransportError,
} from '../../src/transport/index.ts';
import { fingerprint, makeIdentity, type PublicKey } from '../../src/transport/keys.ts';
import type { Accept, Listener } from '../../src/transport/stream.ts';
import { acceptor, echo, failure, hangUp, pattern, Sink, take } from './tools.ts';

const server = makeIdentity();
const client = makeIdentity();
const stranger = makeIdentity();
const users = new Map([[client.publicKey, 'glenda']]);

function serve(accept: Accept, options: ListenOptions = {}): Promise<Listener> {
  const authorized = (key: PublicKey): string | undefined => users.get(key);
  return listen('tls://127.0.0.1:0', accept, { identity: server, authorized, ...options });
}

const known: ConnectOptions = { identity: client, knownServer: () => server.publicKey };

describe('both sides are known', () => {
  test('the user is the one to whom the key belongs', async () => {
    const { accept, next } = acceptor();
    await using listener = await serve(accept);
    await using near = await connect(listener.address, known);
    await using far = await next();
    take(near);
    expect(near.peer).toEqual({ address: listener.address, identity: 'key' });
    expect(far.peer).toEqual({
      address: expect.stringMatching(/^tls:\/\/127/),
      identity: 'key',
      user: 'glenda',
    });
  });

  test('a fingerprint in the address is enough', async () => {
    await using listener = await serve(echo);
    const address = `${listener.address}/usr?fingerprint=${fingerprint(server.publicKey)}`;
    await using near = await connect(address, { identity: client });
    take(near);
    const wrong = `${listener.address}?fingerprint=${fingerprint(stranger.publicKey)}`;
    expect(await failure(connect(wrong, known))).toMatchObject({ code: 'EKEYREJECTED' });
  });

  test('the name looked up is host and port as they were given', async () => {
    await using listener = await serve(echo);
    const asked: string[] = [];
    const address = listener.address.replace('127.0.0.1', 'localhost');
    const knownServer = (name: string): PublicKey => (asked.push(name), server.publicKey);
    await using near = await connect(address, { identity: client, knownServer });
    take(near);
    expect(asked).toEqual([address.slice('tls://'.length)]);
  });
});

describe('the first contact', () => {
  test('asks, without holding a connection meanwhile, and then connects', async () => {
    const { accept, next } = acceptor();
    await using listener = await serve(accept);
    const questions: [string, PublicKey][] = [];
    const verify = async (name: string, key: PublicKey): Promise<boolean> => {
      questions.push([name, key]);
      const first = await next();
      await take(first).end;
      return true;
    };
    await using near = await connect(listener.address, { identity: client, verify });
    await using far = await next();
    expect(questions).toEqual([[listener.address.slice('tls://'.length), server.publicKey]]);
    take(near);
    const sink = take(far);
    near.write([pattern(10)], () => {});
    await sink.has(10);
  });

  test('is refused where the answer is no, or nobody is asked', async () => {
    await using listener = await serve(hangUp);
    for (const options of [{ verify: () => false }, {}]) {
      const error = await failure(connect(listener.address, { identity: client, ...options }));
      expect(error).toMatchObject({ code: 'EKEYREJECTED' });
      expect(error.message).toContain(`?fingerprint=${fingerprint(server.publicKey)}'`);
    }
  });

  test('a key that has changed is refused, loudly, and nobody is asked', async () => {
    await using listener = await serve(hangUp);
    let asked = false;
    const options = { identity: client, knownServer: () => stranger.publicKey, verify: () => (asked = true) };
    const error = await failure(connect(listener.address, options));
    expect(error).toMatchObject({
      code: 'EKEYREJECTED',
      message: expect.stringMatching(/^THE KEY OF .* HAS CHANGED/),
    });
    expect(asked).toBe(false);
  });
});

describe('who is not let in', () => {
  test('a stranger: both sides are told', async () => {
    const problems: TransportError[] = [];
    let accepted = 0;
    await using listener = await serve(() => accepted++, { problem: (error) => problems.push(error) });
    for (const talkative of [false, true]) {
      await using near = await connect(listener.address, { ...known, identity: stranger });
      const sink = new Sink();
      near.start(sink);
      if (talkative) near.write([pattern(100_000)], () => {});
      expect(await sink.end).toMatchObject({
        code: 'EKEYREJECTED',
        message: expect.stringContaining(`ns key authorize USER ed25519 ${stranger.publicKey}`),
      });
    }
    expect(accepted).toBe(0);
    expect(problems[0]).toMatchObject({
      code: 'EKEYREJECTED',
      message: expect.stringContaining(
        `${fingerprint(stranger.publicKey)} (${stranger.publicKey}), which is not authorized`,
      ),
    });
  });

  test('a client without a key, one with another kind of TLS, one that talks something else', async () => {
    const problems: TransportError[] = [];
    const { promise, resolve } = withResolvers();
    const problem = (error: TransportError): void => void (problems.push(error) === 3 && resolve());
    await using listener = await serve(() => expect(true).toBe(false), { problem });
    const port = Number(/\d+$/.exec(listener.address));
    const target = { port, host: '127.0.0.1', rejectUnauthorized: false };
    tls
      .connect(target)
      .on('error', () => {})
      .resume();
    tls.connect({ ...target, maxVersion: 'TLSv1.2' }).on('error', () => {});
    net
      .connect(port, '127.0.0.1')
      .on('error', () => {})
      .end('this is no TLS at all');
    await promise;
    expect(problems.map((error) => error.code).toSorted()).toEqual(['EKEYREJECTED', 'EPROTO', 'EPROTO']);
  });

  test('a server that speaks no TLS, or has no key of ours', async () => {
    await using plain = await listen('tcp://127.0.0.1:0', echo);
    const error = await failure(connect(plain.address.replace('tcp', 'tls'), known));
    expect(error.message).toContain('is it a tcp:// address?');
    await using silent = await listen('tcp://127.0.0.1:0', hangUp);
    expect((await failure(connect(silent.address.replace('tcp', 'tls'), known))).message).toContain(
      'is it a tcp:// address?',
    );
  });

  test('a server that says nothing', async () => {
    await using silent = await listen('tcp://127.0.0.1:0', take);
    const error = await failure(connect(silent.address.replace('tcp', 'tls'), { ...known, timeout: 50 }));
    expect(error).toMatchObject({
      code: 'ETIMEDOUT',
      message: expect.stringContaining('no answer in 0.05 s'),
    });
  });

  test('nobody where the list of those who may cannot be read', async () => {
    const problems: TransportError[] = [];
    const authorized = (): never => {
      throw new Error('no such list');
    };
    await using listener = await serve(hangUp, { authorized, problem: (error) => problems.push(error) });
    await using near = await connect(listener.address, known);
    expect(await take(near).end).toMatchObject({ code: 'EKEYREJECTED' });
    expect(problems[0]?.message).toContain('no such list');
  });

  test('nobody without a key of his own', async () => {
    expect(await failure(connect('tls://127.0.0.1:1', {}))).toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('ns key make'),
    });
    expect(await failure(listen('tls://127.0.0.1:0', hangUp))).toMatchObject({ code: 'EINVAL' });
  });
});

test('listens beyond this machine without more ado', async () => {
  await using listener = await listen('tls://*:0', hangUp, { identity: server });
  expect(listener.address).toMatch(/:\d+$/);
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
