/** ns serve: where it listens, what it serves, how it ends. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { World, failure, program } from './world.ts';

const world = new World();
afterAll(() => world[Symbol.asyncDispose]());

/** A command that runs `ns`, for the shell. */
const ns = `'${process.execPath}' '${program}'`;

describe('ns serve', () => {
  test('alone: a tree in memory with a README, and what to try next', async () => {
    const server = await world.serve();
    const [address] = server.addresses;
    expect(address).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    const [ls, readme] = await Promise.all([world.ns('ls', address), world.ns('cat', `${address}/README`)]);
    expect(ls).toMatchObject({ status: 0, stdout: 'README\n' });
    expect(readme.stdout).toContain('npx ns ls -l');
    const ended = await server.stop('SIGTERM');
    expect(ended).toMatchObject({ status: 0, stdout: `serving ${address}\n` });
    expect(ended.stderr).toBe('whoever connects from this machine acts as you\n');
  });

  test('several addresses and several trees', async () => {
    world.file('music/song', 'la\n');
    const socket = world.path('run/s.sock');
    const server = await world.serve(
      '-l', 'tcp://127.0.0.1:0', '-l', `unix://${socket}`, '-l', 'ws://127.0.0.1:0',
      '-m', 'file:music /music', '-m', 'ram:1MiB /tmp/scratch',
    ); // prettier-ignore
    const [tcp, unix, ws] = server.addresses;
    expect([unix, statSync(socket).mode & 0o777, statSync(world.path('run')).mode & 0o777]).toEqual([
      `unix://${socket}`,
      0o600,
      0o700,
    ]);
    expect(ws).toMatch(/^ws:\/\/127\.0\.0\.1:\d+/);
    await world.start(['write', `${tcp}/tmp/scratch/x`], { input: 'shared' }).ended;
    const results = await Promise.all([
      world.ns('ls', tcp),
      world.ns('cat', `${unix}#/tmp/scratch/x`),
      world.ns('cat', `${ws}/tmp/scratch/x`, `${ws}/music/song`),
      world.ns('cat', `tcp!127.0.0.1!${tcp.split(':').at(-1)}#/music/song`),
      world.ns('cat', `unix!${socket}#/music/song`),
    ]);
    expect(results.map(({ status, stdout }) => [status, stdout])).toEqual([
      [0, 'music\ntmp\n'],
      [0, 'shared'],
      [0, 'sharedla\n'],
      [0, 'la\n'],
      [0, 'la\n'],
    ]);
    expect(await server.stop('SIGTERM')).toMatchObject({ status: 0 });
    expect(existsSync(socket)).toBe(false);
  });

  test('--ro refuses every change', async () => {
    world.file('fixed/x', 'x');
    const { addresses } = await world.serve('--ro', '-m', 'file:fixed /');
    const results = await Promise.all([
      world.start(['write', `${addresses[0]}/x`], { input: 'y' }).ended,
      world.ns('rm', `${addresses[0]}/x`),
      world.ns('mkdir', `${addresses[0]}/d`),
    ]);
    for (const result of results) {
      const { status, line } = failure(result);
      expect([status, line]).toEqual([
        1,
        expect.stringMatching(/: read-only; its server allows no changes$/),
      ]);
    }
    expect(world.read('fixed/x')).toBe('x');
  });

  test('another server’s tree, which is given up at the end', async () => {
    const inner = await world.serve('-m', 'ram: /');
    const outer = await world.serve('-m', `${inner.addresses[0]} /far`);
    const [address] = outer.addresses;
    expect(await world.start(['write', `${address}/far/x`], { input: 'there' }).ended).toMatchObject({
      status: 0,
    });
    expect((await world.ns('cat', `${inner.addresses[0]}/x`)).stdout).toBe('there');
    expect(await outer.stop('SIGINT')).toMatchObject({ status: 0 });
    expect(await inner.stop()).toMatchObject({ status: 0 });
  });

  test('a client that waits does not keep it from ending', async () => {
    const server = await world.serve('-m', 'ram: /');
    const [address] = server.addresses;
    await world.start(['write', `${address}/x`], { input: 'here\n' }).ended;
    const tail = world.start(['tail', '-f', `${address}/x`]);
    await tail.until(({ stdout }) => stdout === 'here\n');
    expect(await server.stop()).toMatchObject({ status: 0 });
    const { status, stderr } = await tail.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^ns: cannot read \S+: the server at \S+ closed the connection; is it still running\?\n$/,
    );
  });

  test('--socket-mode, and a stale socket that makes way', async () => {
    const socket = world.path('open.sock');
    const first = await world.serve('--socket-mode', '660', '-l', 'unix:open.sock', '-m', 'ram: /');
    expect(statSync(socket).mode & 0o777).toBe(0o660);
    await first.stop('SIGKILL');
    expect(existsSync(socket)).toBe(true);
    const second = await world.serve('-l', `unix://${socket}`, '-m', 'ram: /');
    expect(await world.ns('ls', `unix://${socket}`)).toMatchObject({ status: 0, stdout: '' });
    await second.stop();
    expect(existsSync(socket)).toBe(false);
  });
});

describe('through a program', () => {
  test('exec: runs a server on standard input and output', async () => {
    world.file('by exec/x', 'found\n');
    const place = `exec:exec ${ns} serve --stdio -m 'file:by%2520exec /'#/x`;
    const [cat, silent, missing] = await Promise.all([
      world.ns('cat', place),
      world.ns('ls', 'exec:true'),
      world.ns('ls', 'exec:no-such-program-here'),
    ]);
    expect(cat).toMatchObject({ status: 0, stdout: 'found\n', stderr: 'serving stdio\n' });
    expect(silent.status).toBe(1);
    expect(silent.stderr).toMatch(/^ns: exec:true closed the connection .*: is it a 9P server\?\n$/);
    expect(missing.status).toBe(1);
    expect(missing.stderr.split('\n').at(-2)).toMatch(
      /^ns: exec:no-such-program-here: the command exited with status 127/,
    );
  });

  test('ssh: runs one on another machine', async () => {
    world.file('far away/a b', 'over there\n');
    world.file('bin/ns', `#!/bin/sh\nexec ${ns} "$@"\n`, 0o755);
    // In place of ssh and the machine at its other end: what it is told, and the command that it is to run there.
    world.file(
      'bin/ssh',
      '#!/bin/sh\necho "$*" >>ssh.log\nfor command; do :; done\nexec sh -c "$command"\n',
      0o755,
    );
    const env = { PATH: `${world.path('bin')}:${process.env['PATH']}` };
    const place = `ssh://glenda@far.example:2222${world.path('far away')}`;
    const cat = await world.start(['cat', `${place}#/a%20b`.replaceAll(' ', '%20')], { env }).ended;
    expect(cat).toMatchObject({ status: 0, stdout: 'over there\n' });
    const told = world.read('ssh.log');
    expect(told).toContain('-p2222 -- glenda@far.example ns serve --stdio -m ');
    expect(told).toContain('-oBatchMode=yes');
  });

  test('--stdio ends with its client, and at SIGTERM', async () => {
    const alone = await world.start(['serve', '--stdio', '-m', 'ram: /']).ended;
    expect(alone).toMatchObject({ status: 0, stdout: '', stderr: 'serving stdio\n' });
    const waiting = spawn(process.execPath, [program, 'serve', '--stdio', '-m', 'ram: /'], { stdio: 'pipe' });
    await new Promise((resolve) => waiting.stderr.once('data', resolve));
    const ended = new Promise((resolve) => waiting.once('close', resolve));
    waiting.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
