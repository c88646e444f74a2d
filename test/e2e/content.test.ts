/** cat, read, write, tail. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { appendFileSync, existsSync, openSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { ctl, dir, lookup, stream, text } from '../../src/file/index.ts';
import { serve, type Serving } from '../../src/serve.ts';
import { World, failure, program } from './world.ts';

const world = new World();
const BIG = Buffer.alloc(3_000_001, 'nines');
let at: string;
let synthetic: Serving;
let events: string;
/** What was written to the ctl file. */
let level = 'info';
/** Lets the stream go on; how often it has waited for that. */
let more!: (line: string | undefined) => void;
const waits = { count: 0 };

async function* news(): AsyncGenerator<string> {
  yield 'first\n';
  for (;;) {
    const next = new Promise<string | undefined>((resolve) => (more = resolve));
    waits.count++;
    const line = await next;
    if (line === undefined) return;
    yield line;
  }
}

beforeAll(async () => {
  world.file('tree/big', BIG);
  world.file('tree/lines', Array.from({ length: 30 }, (_, i) => `line ${i + 1}\n`).join(''));
  world.file('tree/open end', 'one\ntwo\nthree');
  world.file('tree/dir/x', '');
  symlinkSync('not there yet', world.path('tree/dangling'));
  at = (await world.serve('-m', `file:${world.path('tree')} /`)).addresses[0];
  events = `unix://${world.path('events.sock')}`;
  const tree = dir({
    events: stream(news),
    report: text('1\n2\n3\n4\n'),
    ctl: ctl({ level: { usage: 'NAME', run: ([name]) => void (level = name) } }, () => `level ${level}\n`),
    gone: lookup(
      () => undefined,
      () => [],
    ),
  });
  synthetic = await serve(events, tree);
});
afterAll(async () => {
  await synthetic.close();
  await world[Symbol.asyncDispose]();
});

describe('cat', () => {
  test('prints files one behind the other, byte for byte', async () => {
    const { status, bytes, stderr } = await world.ns('cat', `${at}/open%20end`, `${at}/big`, 'tree/open end');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(
      bytes.equals(Buffer.concat([Buffer.from('one\ntwo\nthree'), BIG, Buffer.from('one\ntwo\nthree')])),
    ).toBe(true);
  });

  test('goes on after what fails', async () => {
    const result = await world.ns('cat', `${at}/dir`, `${at}/none`, `${at}/big/x`, `${at}/open%20end`);
    expect(result).toMatchObject({ status: 1, stdout: 'one\ntwo\nthree' });
    expect(result.stderr.split('\n')).toEqual([
      `ns: cannot read ${at}/dir: is a directory; ns ls lists it`,
      `ns: cannot read ${at}/none: no such file or directory; check the name (ns ls lists a directory)`,
      `ns: cannot read ${at}/big/x: not a directory; something on this path is a file`,
      '',
    ]);
  });

  test('a reader that has enough ends it without a word', async () => {
    const script = `ns cat '${at}/big' | head -c 5; echo " \${PIPESTATUS[0]}"`;
    expect(await world.shell(script)).toMatchObject({ stdout: 'nines 141\n', stderr: '' });
  });

  test('a full disk under standard output is an error', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [program, 'cat', `${at}/lines`], {
      stdio: ['ignore', full, 'pipe'],
    });
    let stderr = '';
    child.stderr!.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ns: .*cannot write to standard output: no space left; .*\n$/);
  });

  test('Control-C ends a read that waits', async () => {
    const running = world.start(['cat', `${events}#/events`]);
    await running.until(({ stdout }) => stdout === 'first\n');
    expect(await running.stop('SIGINT')).toMatchObject({ status: 130, stdout: 'first\n', stderr: '' });
  });
});

describe('read', () => {
  test('a part of a file, and one event of a stream', async () => {
    const [part, range, beyond, event, long] = await Promise.all([
      world.ns('read', '--offset', '5', '--count', '6', `${at}/lines`),
      world.ns('read', '--offset', '4', `${at}/open%20end`),
      world.ns('read', '--offset', '4000000', `${at}/big`),
      world.ns('read', `${events}#/events`),
      world.ns('read', '--count', '5000000', `${at}/big`),
    ]);
    expect(part).toMatchObject({ status: 0, stdout: '1\nline' });
    expect(range).toMatchObject({ status: 0, stdout: 'two\nthree' });
    expect(beyond).toMatchObject({ status: 0, stdout: '' });
    expect(event).toMatchObject({ status: 0, stdout: 'first\n' });
    expect(long.bytes.equals(BIG)).toBe(true);
  });

  test('numbers are checked', async () => {
    const { status, line } = failure(await world.ns('read', '--count', '-1', `${at}/big`));
    expect(status).toBe(2);
    expect(line).toContain('--count -1: a whole number from 0 to 9007199254740991 was expected');
  });
});

describe('write', () => {
  test('makes, replaces and appends', async () => {
    const write = (input: string, ...args: string[]) => world.start(['write', ...args], { input }).ended;
    expect(await write('a longer text', `${at}/new`)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(world.read('tree/new')).toBe('a longer text');
    await write('short', `${at}/new`);
    await write('er\n', '-a', `${at}/new`);
    expect(world.read('tree/new')).toBe('shorter\n');
    await Promise.all([
      write('', `${at}/empty`),
      write('here\n', 'host file'),
      write('x', '-a', `${at}/appended`),
    ]);
    expect(world.read('tree/empty')).toBe('');
    expect(world.read('host file')).toBe('here\n');
    expect(world.read('tree/appended')).toBe('x');
  });

  test('large input from a pipe and from a file arrives whole', async () => {
    const piped = world.start(['write', `${at}/piped`], { input: BIG }).ended;
    const script = world.shell(`ns write '${at}/from file' <tree/big`);
    expect(await piped).toMatchObject({ status: 0 });
    expect(await script).toMatchObject({ status: 0 });
    expect(world.read('tree/piped')).toBe(BIG.toString());
    expect(world.read('tree/from file')).toBe(BIG.toString());
  });

  test('through a link, to a file that is not there yet', async () => {
    expect(await world.start(['write', `${at}/dangling`], { input: 'now' }).ended).toMatchObject({
      status: 0,
    });
    expect(world.read('tree/not there yet')).toBe('now');
  });

  test('commands to a ctl file, and what it says to a wrong one', async () => {
    const write = (input: string) => world.start(['write', `${events}#/ctl`], { input }).ended;
    expect(await write('level debug\n')).toMatchObject({ status: 0 });
    expect(level).toBe('debug');
    const { status, line } = failure(await write('volume 11\n'));
    expect(status).toBe(1);
    expect(line).toContain(`cannot write ${events}#/ctl: `);
  });

  test('Control-C ends it while it waits for input', async () => {
    const child = spawn(process.execPath, [program, 'write', `${at}/interrupted`], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child.stdin.write('part');
    while (!existsSync(world.path('tree/interrupted')) || world.read('tree/interrupted') !== 'part')
      await delay(5);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
  });
});

describe('tail', () => {
  test('the last lines', async () => {
    const [ten, two, open, none, report, all] = await Promise.all([
      world.ns('tail', `${at}/lines`),
      world.ns('tail', '-n', '2', `${at}/lines`),
      world.ns('tail', '-n', '2', `${at}/open%20end`),
      world.ns('tail', '-n', '0', `${at}/lines`),
      world.ns('tail', '-n', '3', `${events}#/report`),
      world.ns('tail', '-n', '100', 'tree/open end'),
    ]);
    expect(ten.stdout.split('\n')).toEqual([...Array.from({ length: 10 }, (_, i) => `line ${i + 21}`), '']);
    expect(two.stdout).toBe('line 29\nline 30\n');
    expect(open.stdout).toBe('two\nthree');
    expect(none).toMatchObject({ status: 0, stdout: '' });
    expect(report.stdout).toBe('2\n3\n4\n');
    expect(all.stdout).toBe('one\ntwo\nthree');
  });

  test('the lines of a large file are found from its end', async () => {
    world.file('tree/wide', `${'x'.repeat(200_000)}\n${'y'.repeat(150_000)}\nz\n`);
    const { stdout } = await world.ns('tail', '-n', '2', `${at}/wide`);
    expect(stdout).toBe(`${'y'.repeat(150_000)}\nz\n`);
  });

  test('-f prints what is added, and notices when the file becomes shorter', async () => {
    const path = world.file('tree/log', 'old\nlast\n');
    const tail = world.start(['tail', '-n', '1', '-f', `${at}/log`]);
    await tail.until(({ stdout }) => stdout === 'last\n');
    appendFileSync(path, 'added\n');
    await tail.until(({ stdout }) => stdout === 'last\nadded\n');
    truncateSync(path, 0);
    await tail.until(
      ({ stderr }) => stderr === `ns: ${at}/log has become shorter: it is read again from its start\n`,
    );
    writeFileSync(path, 'anew\n');
    await tail.until(({ stdout }) => stdout === 'last\nadded\nanew\n');
    expect(await tail.stop('SIGINT')).toMatchObject({ status: 130 });
  });

  test('-f of a stream prints what comes, when it comes', async () => {
    const { count } = waits;
    const tail = world.start(['tail', '-f', `${events}#/events`]);
    await tail.until(({ stdout }) => stdout === 'first\n');
    // Its next read is on its way.
    while (waits.count === count) await delay(5);
    more('second\n');
    await tail.until(({ stdout }) => stdout === 'first\nsecond\n');
    expect(await tail.stop('SIGINT')).toMatchObject({ status: 130, stderr: '' });
  });
});
