/** The programs in examples/ run, and are what their comments say. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { Fid, dial, dir, serve, text } from '../../src/index.ts';
import { root } from '../root.ts';

const compiled = (name: string): string =>
  fileURLToPath(new URL(`../../examples/${name}.js`, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'ns-examples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Child = ChildProcessByStdio<null, Readable, null>;

function start(name: string, ...args: readonly string[]): Child {
  const env = { ...process.env, LAMP_COLOUR: 'warm white' };
  return spawn(process.execPath, [compiled(name), ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
}

class Example implements AsyncDisposable {
  readonly tree: Fid;
  readonly #child: Child;

  private constructor(tree: Fid, child: Child) {
    this.tree = tree;
    this.#child = child;
  }

  /** Runs a server, and attaches its tree. */
  static async of(name: string, ...args: readonly string[]): Promise<Example> {
    const child = start(name, ...args, 'tcp://127.0.0.1:0');
    for await (const line of createInterface(child.stdout)) {
      const address = /^serving (.*)$/.exec(line)?.[1];
      if (address) return new Example(new Fid(await dial(address)), child);
    }
    throw new Error(`${name} ended before it served`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tree.close().catch(() => undefined);
    if (this.#child.exitCode !== null) return;
    this.#child.kill();
    await once(this.#child, 'exit');
  }
}

async function namesIn(tree: Fid, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of tree.list({ path })) names.push(name);
  return names;
}

test('hello: six files, each of its kind', async () => {
  await using example = await Example.of('hello');
  const { tree } = example;
  expect(await namesIn(tree, '')).toEqual(['hello', 'whoami', 'countdown', 'ctl', 'disk', 'planets']);
  expect(await tree.readText('hello')).toBe('hello, world\n');
  expect(await tree.readText('whoami')).toMatch(/^\S+\n$/);
  expect(await tree.readText('countdown')).toBe('3\n2\n1\n');
  await tree.writeFile('ctl', 'level debug\n');
  expect(await tree.readText('ctl')).toBe('level debug\n');
  await expect(tree.writeFile('ctl', 'level\n')).rejects.toMatchObject({ code: 'EINVAL' });
  expect((await tree.stat('disk')).size).toBe(1 << 20);
  expect(await tree.readText('planets/earth')).toBe('3\n');
});

test('lamp: a command changes the status, and is an event', async () => {
  await using example = await Example.of('lamp');
  const { tree } = example;
  const events = tree.lines('events');
  const first = events.next();
  expect(await tree.readText('status')).toBe('kind lamp\nlevel 100\n');
  await tree.writeFile('ctl', 'dim 40\n');
  expect(await first).toEqual({ done: false, value: 'level 40' });
  await expect(tree.writeFile('ctl', 'dim 4000\n')).rejects.toMatchObject({ code: 'EINVAL' });
  await tree.writeFile('ctl', 'off');
  expect(await tree.readText('ctl')).toBe('dim 0\n');
});

test('clock: reads wait for the next tick', async () => {
  await using example = await Example.of('clock');
  const ticks: string[] = [];
  for await (const tick of example.tree.lines('clock')) if (ticks.push(tick) === 3) break;
  expect(ticks.toSorted()).toEqual(ticks);
  expect(new Set(ticks).size).toBe(3);
  expect(await example.tree.readText('time')).toMatch(/^\d{4}-.*Z\n$/);
});

test('fetch: lists a tree and copies it', async () => {
  const tree = dir({ 'a.txt': text('first\n'), sub: dir({ 'b.txt': text('second\n') }) });
  await using serving = await serve('tcp://127.0.0.1:0', tree);
  const child = start('fetch', serving.address, folder);
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(printed).toBe('         6  a.txt\n         0  sub/\n         7  sub/b.txt\n');
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('first\n');
  expect(readFileSync(join(folder, 'sub/b.txt'), 'utf8')).toBe('second\n');
});

test('share: a directory that nobody can change, and an inbox', async () => {
  const shared = mkdtempSync(join(folder, 'shared-'));
  writeFileSync(join(shared, 'song.txt'), 'la la la\n');
  await using example = await Example.of('share', shared);
  const { tree } = example;
  expect(await tree.readText('share/song.txt')).toBe('la la la\n');
  await expect(tree.writeFile('share/song.txt', 'no')).rejects.toMatchObject({ code: 'EROFS' });
  await tree.writeFile('inbox/note', 'yes\n');
  expect(await namesIn(tree, 'inbox')).toEqual(['note']);
});

test('env: a scheme of its own, dialled and served', async () => {
  await using example = await Example.of('env');
  expect(await example.tree.readText('LAMP_COLOUR')).toBe('warm white\n');
  expect(await namesIn(example.tree, '')).toContain('LAMP_COLOUR');
  await expect(example.tree.readText('NO_SUCH_VARIABLE')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('each of them is short', () => {
  const examples = readdirSync(join(root, 'examples'));
  expect(examples.length).toBeGreaterThanOrEqual(6);
  for (const name of examples) {
    const lines = readFileSync(join(root, 'examples', name), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeLessThanOrEqual(50);
  }
});
