/** cp, mv, rm, mkdir. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { lookup, text } from '../../src/file/index.ts';
import { serve } from '../../src/serve.ts';
import { World, failure } from './world.ts';

const world = new World();
/** A served host directory, so that what became of it can be looked at; and a tree in memory. */
let disk: string;
let ram: string;
let small: string;

beforeAll(async () => {
  mkdirSync(world.path('disk'));
  mkdirSync(world.path('target'));
  const servers = await Promise.all([
    world.serve('-m', `file:${world.path('disk')} /`),
    world.serve('-m', 'ram: /'),
    world.serve('-m', 'ram:64KiB /'),
  ]);
  [disk, ram, small] = servers.map(({ addresses }) => addresses[0]);
  world.file('source/one', 'first\n', 0o640);
  world.file('source/sub/two', Buffer.alloc(700_000, 'second'));
  world.file('source/sub/deep/a#b? c%', 'odd name');
  mkdirSync(world.path('source/empty'));
  world.file('source/closed/inside', 'x');
  chmodSync(world.path('source/closed'), 0o555);
  symlinkSync('one', world.path('source/link'));
  symlinkSync('nowhere', world.path('source/dangling'));
  utimesSync(world.path('source/one'), 981173106, 981173106.5);
});
beforeEach(() => {
  for (const name of readdirSync(world.path('disk'))) rmSync(world.path(`disk/${name}`), { recursive: true });
});
afterAll(() => world[Symbol.asyncDispose]());

/** What differs between two directories, links being compared as links. */
function differences(one: string, two: string): string {
  try {
    execFileSync('diff', ['-r', '--no-dereference', world.path(one), world.path(two)], { encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const modeOf = (name: string): number => statSync(world.path(name)).mode & 0o777;

describe('cp', () => {
  test('-r there, from server to server, and back, gives the same tree', async () => {
    expect(await world.ns('cp', '-r', 'source', ram)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(await world.ns('cp', '-r', `${ram}/source`, `${disk}/copy`)).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(await world.ns('cp', '-r', `${disk}/copy`, 'back')).toMatchObject({ status: 0, stderr: '' });
    expect(differences('source', 'disk/copy')).toBe('');
    expect(differences('source', 'back')).toBe('');
    expect([modeOf('back/one'), modeOf('back/closed')]).toEqual([0o640, 0o555]);
    expect(statSync(world.path('back/one')).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
    expect(readlinkSync(world.path('back/dangling'))).toBe('nowhere');
    // Once more: what is there is overwritten.
    expect(await world.ns('cp', '-r', 'source/sub', 'source/link', 'back')).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(differences('source', 'back')).toBe('');
  });

  test('-p keeps modes and times', async () => {
    expect(await world.ns('cp', '-rp', 'source', `${disk}/kept`)).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(world.path('disk/kept/one')).mtimeMs).toBe(981173106500);
    expect(statSync(world.path('disk/kept/closed')).mtimeMs).toBe(
      statSync(world.path('source/closed')).mtimeMs,
    );
    expect(modeOf('disk/kept/closed')).toBe(0o555);
  });

  test('a root is copied as what is in it', async () => {
    world.file('disk/x', '1');
    expect(await world.ns('cp', '-r', `${disk}/`, 'all of it')).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(world.path('all of it'))).toEqual(['x']);
    world.file('disk/y', '2');
    await world.ns('cp', '-r', disk, 'all of it');
    expect(readdirSync(world.path('all of it'))).toEqual(['x', 'y']);
  });

  test('one file: to a name, over a file, into a directory, through links', async () => {
    world.file('disk/there', 'a longer text', 0o600);
    mkdirSync(world.path('disk/dir'));
    symlinkSync('dir', world.path('disk/dirlink'));
    const results = await Promise.all([
      world.ns('cp', 'source/one', `${disk}/named`),
      world.ns('cp', 'source/one', `${disk}/there`),
      world.ns('cp', 'source/one', 'source/sub/two', `${disk}/dirlink`),
      world.ns('cp', 'source/link', `${disk}/followed`),
    ]);
    expect(results.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect([world.read('disk/named'), modeOf('disk/named')]).toEqual(['first\n', 0o640]);
    expect([world.read('disk/there'), modeOf('disk/there')]).toEqual(['first\n', 0o600]);
    expect(readdirSync(world.path('disk/dir'))).toEqual(['one', 'two']);
    expect(lstatSync(world.path('disk/followed')).isFile()).toBe(true);
  });

  test('what cannot be copied is told, and the rest is copied', async () => {
    world.file('mixed/good', 'good');
    execFileSync('mkfifo', [world.path('mixed/fifo')]);
    const result = await world.ns('cp', '-r', 'mixed', 'missing', disk);
    expect(result.status).toBe(1);
    expect(result.stderr.split('\n')).toEqual([
      'ns: cannot copy mixed/fifo: it is a fifo, which has no content to copy',
      'ns: cannot copy missing: no such file or directory; check the name (ns ls lists a directory)',
      '',
    ]);
    expect(world.read('disk/mixed/good')).toBe('good');
  });

  test('mistakes, before which nothing is lost', async () => {
    world.file('disk/file', 'content');
    mkdirSync(world.path('disk/dir'));
    mkdirSync(world.path('disk/holds/file'), { recursive: true });
    const line = async (...args: string[]) => failure(await world.ns('cp', ...args));
    const [dir, itself, same, host, none, alone, over, under] = await Promise.all([
      line('source', `${disk}/copy`),
      line('-r', `${disk}/dir`, `${disk}/dir/inner`),
      line(`${disk}/file`, `${disk}/./file`),
      line('source/one', 'source/../source/one'),
      line('source/one', 'source/link', `${disk}/none`),
      line('source/one'),
      line('-r', 'source', `${disk}/file`),
      line(`${disk}/file`, `${disk}/holds`),
    ]);
    expect(dir).toEqual({
      status: 1,
      line: 'ns: cannot copy source: is a directory; ns cp -r copies directories',
    });
    expect(itself.line).toBe(`ns: cannot copy ${disk}/dir into itself, to ${disk}/dir/inner`);
    expect(same.line).toBe(`ns: cannot write ${disk}/./file: it is the same file as ${disk}/file`);
    expect(host.line).toBe('ns: cannot write source/../source/one: it is the same file as source/one');
    expect(none.line).toBe(
      `ns: cannot copy to ${disk}/none: several can be copied to a directory only; ns mkdir makes one`,
    );
    expect(alone).toMatchObject({
      status: 2,
      line: expect.stringContaining('ns cp takes two places or more'),
    });
    expect(over.line).toContain(`cannot make the directory ${disk}/file: a file has this name;`);
    expect(under.line).toContain(`cannot write ${disk}/holds/file: is a directory;`);
    expect(world.read('disk/file')).toBe('content');
    expect(world.read('source/one')).toBe('first\n');
  });

  test('a server cannot have files written beside the copy', async () => {
    const evil = text('evil');
    const tree = lookup(
      (name) => (name === 'good' ? text('good') : evil),
      () => [
        ['../escaped', evil],
        ['..', evil],
        ['good', text('good')],
      ],
    );
    const hostile = await serve(`unix://${world.path('hostile.sock')}`, tree);
    const { status, stderr } = await world.ns('cp', '-r', `${hostile.address}#/`, 'target/inner');
    await hostile.close();
    expect(status).toBe(1);
    expect(stderr).not.toContain('fault in ns');
    expect(existsSync(world.path('target/escaped'))).toBe(false);
  });

  test('a full tree', async () => {
    const { status, line } = failure(await world.ns('cp', 'source/sub/two', `${small}/two`));
    expect(status).toBe(1);
    expect(line).toMatch(/^ns: cannot copy source\/sub\/two to tcp:\S+\/two: no space left; .*more room$/);
  });

  test('a large file takes a bounded amount of memory', async () => {
    const SIZE = 256 << 20;
    truncateSync(world.file('large'), SIZE);
    const copy = world.start(['cp', 'large', `${disk}/large`]);
    let peak = 0;
    while (copy.child.exitCode === null) {
      peak = Math.max(peak, residentPeak(copy.child.pid!));
      await delay(10);
    }
    expect((await copy.ended).stderr).toBe('');
    expect(statSync(world.path('disk/large')).size).toBe(SIZE);
    expect(peak).toBeGreaterThan(10 << 20);
    expect(peak).toBeLessThan(SIZE);
  });
});

/** The most memory that a process has had, in bytes (proc(5)); 0 if it is gone. */
function residentPeak(pid: number): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

describe('mv', () => {
  test('renames, replaces, and moves into a directory', async () => {
    world.file('disk/a', 'a');
    world.file('disk/b', 'b');
    mkdirSync(world.path('disk/dir'));
    await world.ns('mv', `${disk}/a`, `${disk}/b`);
    expect([existsSync(world.path('disk/a')), world.read('disk/b')]).toEqual([false, 'a']);
    expect(await world.ns('mv', `${disk}/b`, `${disk}/dir`)).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(world.read('disk/dir/b')).toBe('a');
    expect(await world.ns('mv', 'disk/dir', 'disk/moved')).toMatchObject({ status: 0 });
    expect(world.read('disk/moved/b')).toBe('a');
  });

  test('mistakes', async () => {
    world.file('disk/dir/x', '');
    const line = async (...args: string[]) => failure(await world.ns('mv', ...args));
    const [across, missing, inside, root] = await Promise.all([
      line(`${disk}/dir/x`, `${ram}/x`),
      line(`${disk}/none`, `${disk}/x`),
      line(`${disk}/dir`, `${disk}/dir/y`),
      line(`${disk}/`, `${disk}/x`),
    ]);
    expect(across).toEqual({
      status: 1,
      line: `ns: cannot move ${disk}/dir/x: ${ram}/x is in another tree; copy it with ns cp -r, and remove it with ns rm -r`,
    });
    expect(missing.line).toContain(`cannot move ${disk}/none: no such file or directory;`);
    expect(inside.line).toBe(`ns: cannot move ${disk}/dir: it cannot be moved into itself, to ${disk}/dir/y`);
    expect(root.status).toBe(2);
  });
});

describe('rm', () => {
  test('removes files, links, and with -r directories', async () => {
    world.file('disk/file', '');
    world.file('disk/dir/sub/x', '');
    world.file('disk/kept', '');
    symlinkSync('kept', world.path('disk/link'));
    symlinkSync('.', world.path('disk/dir/sub/up'));
    expect(await world.ns('rm', `${disk}/file`, `${disk}/link`)).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(await world.ns('rm', '-r', `${disk}/dir`)).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(world.path('disk'))).toEqual(['kept']);
  });

  test('mistakes, and -f', async () => {
    world.file('disk/dir/x', '');
    world.file('disk/file', '');
    const [dir, some, root, missing, force] = await Promise.all([
      world.ns('rm', `${disk}/dir`),
      world.ns('rm', `${disk}/none`, `${disk}/file`),
      world.ns('rm', '-rf', `${disk}/`),
      world.ns('rm', '-r', `${disk}/none`),
      world.ns('rm', '-f', `${disk}/none`),
    ]);
    expect(failure(dir)).toEqual({
      status: 1,
      line: `ns: cannot remove ${disk}/dir: is a directory; ns rm -r removes it with all that it holds`,
    });
    expect(failure(some)).toMatchObject({ status: 1 });
    expect(failure(root)).toMatchObject({ status: 2 });
    expect(failure(missing).line).toContain(`cannot remove ${disk}/none: no such file or directory`);
    expect(force).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(world.path('disk'))).toEqual(['dir']);
  });
});

test('mkdir makes directories, with -p those above', async () => {
  world.file('disk/file', '');
  expect(await world.ns('mkdir', `${disk}/a`, `${disk}/b`)).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  });
  const line = async (...args: string[]) => failure(await world.ns('mkdir', ...args)).line;
  const [deep, again, missing, there, file] = await Promise.all([
    world.ns('mkdir', '-p', `${disk}/a/x/y`),
    world.ns('mkdir', '-p', `${disk}/b`),
    line(`${disk}/none/x`),
    line(`${disk}/b`),
    line('-p', `${disk}/file/x`),
  ]);
  expect([deep.status, again.status]).toEqual([0, 0]);
  expect(readdirSync(world.path('disk/a/x'))).toEqual(['y']);
  expect(missing).toBe(
    `ns: cannot make the directory ${disk}/none/x: the directory above it does not exist; ns mkdir -p makes that too`,
  );
  expect(there).toContain('it exists already');
  expect(file).toContain('not a directory');
});
