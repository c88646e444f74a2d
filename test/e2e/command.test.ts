/** The command itself: help, version, doctor, and what it loads. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { dir, stream } from '../../src/file/index.ts';
import { serve } from '../../src/serve.ts';
import { root } from '../root.ts';
import { World, program } from './world.ts';

const world = new World();
afterAll(() => world[Symbol.asyncDispose]());

const COMMANDS =
  'serve ls tree stat cat tail read write cp mv rm mkdir mount bind unmount list restore stop key trace doctor version'.split(' '); // prettier-ignore

test('help lists every command, and every command has help with examples', async () => {
  const [help, ...each] = await Promise.all([
    world.ns('--help'),
    ...COMMANDS.map((name) => world.ns(...(name === 'ls' ? ['help', name] : [name, '--help']))),
  ]);
  expect(help).toMatchObject({ status: 0, stderr: '' });
  for (const [i, name] of COMMANDS.entries()) {
    expect(help.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(each[i]).toMatchObject({ status: 0, stderr: '' });
    expect(each[i].stdout).toMatch(new RegExp(`^Usage: ns ${name} [^]*\nExamples:\n[^]*ns ${name}`));
  }
});

test('version', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const [command, json, option] = await Promise.all([
    world.ns('version'),
    world.ns('version', '--json'),
    world.ns('--version'),
  ]);
  const { node: _, ...self } = { node: process.version, platform: process.platform, arch: process.arch };
  expect(command.stdout).toBe(`nines ${version} (node ${process.version}, ${self.platform} ${self.arch})\n`);
  expect(JSON.parse(json.stdout)).toEqual({ nines: version, node: process.version, ...self });
  expect(option).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test('doctor says what is there, and what to do about what is not', async () => {
  const [text, json] = await Promise.all([world.ns('doctor'), world.ns('doctor', '--json')]);
  const findings = JSON.parse(json.stdout) as readonly {
    name: string;
    available: boolean;
    detail: string;
    remedy?: string;
  }[];
  expect(findings.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['node', 'koffi', '/dev/fuse', 'fusermount3', 'ssh']),
  );
  for (const { name, available, detail, remedy } of findings) {
    expect(text.stdout).toContain(`${available ? 'yes' : 'no '}  ${name.padEnd(22)} ${detail}\n`);
    expect(available || typeof remedy === 'string').toBe(true);
  }
});

/** The modules of ours that a command has loaded, as V8 tells at its end. */
async function modulesOf(...args: readonly string[]): Promise<readonly string[]> {
  const directory = world.path(`coverage-${args.join('-')}`);
  await world.start(args, { env: { NODE_V8_COVERAGE: directory } }).ended;
  const [report] = readdirSync(directory);
  const { result } = JSON.parse(readFileSync(join(directory, report), 'utf8')) as {
    result: readonly { url: string }[];
  };
  return result.flatMap(({ url }) => /\/src\/(.*)\.js$/.exec(url)?.[1] ?? []);
}

test('only what a command needs is loaded', async () => {
  const [version, help] = await Promise.all([modulesOf('version'), modulesOf('--help')]);
  expect(version).toContain('cli/version');
  for (const modules of [version, help]) {
    expect(modules.length).toBeLessThan(10);
    expect(modules.filter((name) => !/^(cli|file)\//.test(name))).toEqual([]);
  }
});

/** Runs a command on a terminal of its own, by the `script` of util-linux. */
async function onTerminal(command: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const line = `'${process.execPath}' '${program}' ${command}`;
  const options = { env: { TERM: 'xterm', ...env } };
  const { stdout } = await world.run('script', ['-qec', line, '/dev/null'], options).ended;
  return stdout.replaceAll('\r\n', '\n');
}

function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    process.stderr.write('skipped: script (util-linux) is not installed\n');
    return false;
  }
}

(hasScript() ? describe : describe.skip)('on a terminal', () => {
  test('names are coloured and escaped, unless NO_COLOR is set', async () => {
    world.file('names/dir/x');
    world.file('names/bell\x07\nend');
    expect(await onTerminal('ls names')).toBe('bell\\u{7}\\nend\n\x1b[34mdir\x1b[39m\n');
    expect(await onTerminal('ls names', { NO_COLOR: '1' })).toBe('bell\\u{7}\\nend\ndir\n');
  });

  test('cp draws a bar, and takes it away', async () => {
    const slow = stream(async function* () {
      for (let i = 0; i < 12; i++) {
        await delay(50);
        yield 'x'.repeat(100_000);
      }
    });
    const server = await serve(`unix://${world.path('slow.sock')}`, dir({ slow }));
    const drawn = await onTerminal("cp 'unix:slow.sock#/slow' copy");
    await server.close();
    expect(world.read('copy')).toBe('x'.repeat(1_200_000));
    const [first, ...lines] = drawn.split('\r\x1b[K');
    expect([first, lines.pop()]).toEqual(['', '']);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toMatch(
        /^\[\.{20}\] {2}0% {2}\d+\.\d [KM]iB {2}\d+\.\d [KM]iB\/s {2}unix:slow\.sock#\/slow$/,
      );
    }
  });
});
