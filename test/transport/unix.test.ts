import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { connect, listen, type TransportError } from '../../src/transport/index.ts';
import { acceptor, failure, hangUp, scratchDirectory, Sink, take } from './tools.ts';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());
afterEach(() => chmodSync(directory, 0o700));
let count = 0;
let directory = '';
let path = '';
let address = '';
beforeEach(() => {
  directory = join(scratch.path, `d${count++}`);
  mkdirSync(directory);
  path = join(directory, 's');
  address = `unix://${path}`;
});
const mode = (of: string): number => lstatSync(of).mode & 0o7777;

/** A socket file that nobody listens on: its process ended without removing it. */
function makeStale(at: string): void {
  const program = `require('net').createServer().listen(${JSON.stringify(at)}, () => process.kill(process.pid, 'SIGKILL'))`;
  try {
    execFileSync(process.execPath, ['-e', program], { stdio: 'ignore' });
  } catch {
    // Killed, as it should be.
  }
  expect(lstatSync(at).isSocket()).toBe(true);
}

describe('the socket file', () => {
  test('has mode 0600 or what was asked for, whatever the umask, and leaves nothing else behind', async () => {
    const umask = process.umask(0);
    try {
      await using plain = await listen(address, hangUp);
      expect(plain.address).toBe(address);
      expect(mode(path)).toBe(0o600);
      await using open = await listen(`${address}2`, hangUp, { mode: 0o666, insecure: true });
      expect(open.address).toBe(`${address}2`);
      expect(mode(`${path}2`)).toBe(0o666);
      expect(readdirSync(directory)).toEqual(['s', 's2']);
    } finally {
      process.umask(umask);
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  test('its directory is made, one level, mode 0700', async () => {
    await using listener = await listen(`unix://${directory}/new/s`, hangUp);
    expect(listener.address).toBe(`unix://${directory}/new/s`);
    expect(mode(join(directory, 'new'))).toBe(0o700);
    const error = await failure(listen(`unix://${directory}/a/b/s`, hangUp));
    expect(error).toMatchObject({
      code: 'ENOENT',
      message: expect.stringContaining(`${directory}/a/b does not exist`),
    });
  });

  test('a directory that all may write to is refused, unless it is sticky', async () => {
    chmodSync(directory, 0o777);
    expect(await failure(listen(address, hangUp))).toMatchObject({
      code: 'EPERM',
      message: expect.stringContaining('chmod o-w'),
    });
    await (await listen(address, hangUp, { insecure: true })).close();
    chmodSync(directory, 0o1777);
    await (await listen(address, hangUp)).close();
  });

  test('a stale one is replaced', async () => {
    makeStale(path);
    await using listener = await listen(address, hangUp);
    expect(listener.address).toBe(address);
    await using stream = await connect(address);
    take(stream);
    expect(readdirSync(directory)).toEqual(['s']);
  });

  test('a live one is not', async () => {
    const { accept, next } = acceptor();
    await using listener = await listen(address, accept);
    expect(listener.address).toBe(address);
    const error = await failure(listen(address, hangUp));
    expect(error).toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining('another server listens there; stop it'),
    });
    await using stream = await connect(address);
    take(stream);
    take(await next());
    take(await next());
    expect(readdirSync(directory)).toEqual(['s']);
  });

  test('of many servers that want a stale one, one gets it', async () => {
    makeStale(path);
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => listen(address, hangUp)));
    const won = attempts.flatMap((a) => (a.status === 'fulfilled' ? [a.value] : []));
    expect(won.length).toBe(1);
    await (await connect(address)).close();
    await won[0]?.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('what is no socket is never removed', async () => {
    writeFileSync(path, 'precious');
    expect(await failure(listen(address, hangUp))).toMatchObject({
      code: 'EEXIST',
      message: expect.stringContaining('no socket'),
    });
    expect(readFileSync(path, 'utf8')).toBe('precious');
    symlinkSync('/nowhere', `${path}2`);
    expect(await failure(listen(`${address}2`, hangUp))).toMatchObject({ code: 'EEXIST' });
    expect(lstatSync(`${path}2`).isSymbolicLink()).toBe(true);
  });

  test('is removed at the end, but not if another server has the name by then', async () => {
    const one = await listen(address, hangUp);
    execFileSync('rm', [path]);
    await using two = await listen(address, hangUp);
    expect(two.address).toBe(address);
    await one.close();
    expect(existsSync(path)).toBe(true);
    await using stream = await connect(address);
    take(stream);
  });

  test('a path that is too long is an error, the longest one is not', async () => {
    const longest = join(directory, 'x'.repeat(107 - directory.length - 1));
    await using listener = await listen(`unix://${longest}`, hangUp);
    expect(listener.address).toBe(`unix://${longest}`);
    await using stream = await connect(`unix://${longest}`);
    take(stream);
    const error = await failure(listen(`unix://${longest}x`, hangUp));
    expect(error).toMatchObject({ code: 'ENAMETOOLONG', message: expect.stringContaining('108 bytes') });
    expect(await failure(connect(`unix://${longest}x`))).toMatchObject({ code: 'ENAMETOOLONG' });
    const deep = join(directory, 'y'.repeat(100 - directory.length - 1));
    expect(await failure(listen(`unix://${deep}/s`, hangUp))).toMatchObject({ code: 'ENAMETOOLONG' });
  });
});

describe('connecting', () => {
  test('to nothing, to a stale socket, to a file, to a socket of others', async () => {
    expect(await failure(connect(address))).toMatchObject({
      code: 'ENOENT',
      message: expect.stringContaining('no such socket'),
    });
    expect(await failure(connect('unix:'))).toMatchObject({ code: 'EINVAL' });
    makeStale(path);
    expect(await failure(connect(address))).toMatchObject({
      code: 'ECONNREFUSED',
      message: expect.stringContaining('nobody listens on this socket'),
    });
    writeFileSync(`${path}2`, '');
    expect(await failure(connect(`${address}2`))).toMatchObject({ code: 'ENOTSOCK' });
  });
});

/** Root may do anything, so there is nothing to refuse: skipped, and the name says why. */
(process.getuid?.() === 0 ? test.skip : test)(
  'without permission (not as root, whom nothing is refused)',
  async () => {
    const told = { code: 'EACCES', message: expect.stringContaining('permission denied') };
    await using listener = await listen(address, hangUp);
    chmodSync(path, 0);
    expect(await failure(connect(listener.address))).toMatchObject(told);
    chmodSync(directory, 0o500);
    expect(await failure(listen(`${address}2`, hangUp))).toMatchObject(told);
    expect(await failure(listen(`unix://${directory}/new/s`, hangUp))).toMatchObject(told);
    chmodSync(directory, 0);
    expect(await failure(connect(address))).toMatchObject(told);
    chmodSync(directory, 0o700);
  },
);

describe('who is there', () => {
  test('the kernel says it, through the function given', async () => {
    const { accept, next } = acceptor();
    const fds: number[] = [];
    const credentials = (fd: number): { uid: number; gid: number; user: string } => {
      fds.push(fd);
      return { uid: 7, gid: 8, user: 'glenda' };
    };
    await using listener = await listen(address, accept, { credentials, mode: 0o666 });
    expect(listener.address).toBe(address);
    await using near = await connect(address);
    await using far = await next();
    take(near);
    expect(far.peer).toEqual({ address, identity: 'credentials', uid: 7, gid: 8, user: 'glenda' });
    expect(near.peer).toEqual({ address, identity: 'loopback' });
    expect(fds).toEqual([expect.any(Number)]);
  });

  test('nobody is let in as the owner through a socket open to all', async () => {
    expect(await failure(listen(address, hangUp, { mode: 0o660 }))).toMatchObject({ code: 'EPERM' });
    const problems: TransportError[] = [];
    const { accept } = acceptor();
    const credentials = (): never => {
      throw new Error('no koffi');
    };
    await using listener = await listen(address, accept, {
      mode: 0o660,
      credentials,
      problem: (e) => problems.push(e),
    });
    expect(listener.address).toBe(address);
    await using near = await connect(address);
    const sink = new Sink();
    near.start(sink);
    await sink.end;
    expect(problems[0]?.message).toContain('no koffi');
  });

  test('a socket of mode 0600 is proof enough', async () => {
    const { accept, next } = acceptor();
    await using listener = await listen(address, accept, { credentials: () => undefined });
    expect(listener.address).toBe(address);
    const socket = net.connect(path);
    await using far = await next();
    expect(far.peer.identity).toBe('loopback');
    socket.destroy();
  });
});
