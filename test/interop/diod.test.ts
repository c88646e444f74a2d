/** diod's tools as clients of ours, in 9P2000.L: they send Tauth before Tattach, and walk by `.` and `..`. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  missingPrograms,
  run,
  startNs,
  temporaryDirectory,
  type Ended,
  type Server,
  type TemporaryDirectory,
} from './programs.ts';

const TOOL_TIME = 30_000;
const ENTRIES = 2000;

const lacking = missingPrograms('diodls', 'diodcat', 'diodload');
if (lacking !== undefined) process.stderr.write(`diod's tools: skipped, ${lacking}\n`);

(lacking === undefined ? describe : describe.skip)("diod's tools", () => {
  let directory: TemporaryDirectory;
  let server: Server;
  const large = Buffer.from(Array.from({ length: 50_000 }, (_, line) => `line ${line}\n`).join(''));

  beforeAll(async () => {
    directory = await temporaryDirectory();
    await fill(directory.path, large);
    server = await startNs(`file:${directory.path}`);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  const tool = (name: string, ...args: readonly string[]): Promise<Ended> =>
    run(name, ['-s', `127.0.0.1:${server.port}`, ...args], TOOL_TIME);

  test('diodls lists names', async () => {
    const { code, stdout, stderr } = await tool('diodls', '-a', '/', 'sub');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(linesOf(stdout)).toEqual(['grün', 'small']);
  });

  test('diodls -l lists attributes, dot and dot-dot among them', async () => {
    const { code, stdout } = await tool('diodls', '-a', '/sub', '-l');
    expect(code).toBe(0);
    const lines = linesOf(stdout);
    expect(new Set(lines.map((line) => line.split(' ').at(-1)))).toEqual(
      new Set(['.', '..', 'grün', 'small']),
    );
    expect(lines.find((line) => line.endsWith(' small'))).toMatch(/^-rw-r--r--\S* +1 \S+ \S+ +6 /);
    expect(lines.find((line) => line.endsWith(' .'))).toMatch(/^drwxr-xr-x/);
  });

  test(`diodls lists ${ENTRIES} entries, each once`, async () => {
    const { stdout } = await tool('diodls', '-a', '/many', '-m', '4096');
    const names = linesOf(stdout);
    expect(names).toHaveLength(ENTRIES);
    expect(new Set(names).size).toBe(ENTRIES);
  });

  test.each(['/', ''])("diodcat prints files of the tree '%s'", async (aname) => {
    const { code, stdout } = await tool('diodcat', '-a', aname, 'sub/small', 'large');
    expect(code).toBe(0);
    expect(stdout === `small\n${large.toString()}`).toBe(true);
  });

  test('diodcat reads a large file in small messages', async () => {
    const { stdout } = await tool('diodcat', '-a', '/', '-m', '4096', 'large');
    expect(stdout === large.toString()).toBe(true);
  });

  test('what is not there, and what is of another kind, is said so', async () => {
    expect((await tool('diodcat', '-a', '/', 'absent')).stderr).toMatch(/absent: No such file or directory/);
    expect((await tool('diodcat', '-a', '/', 'sub')).stderr).toMatch(/sub: Is a directory/);
    expect((await tool('diodls', '-a', '/absent')).stderr).toMatch(/absent.*No such file or directory/);
  });

  test('an aname is a subtree, with no way out of it', async () => {
    expect((await tool('diodcat', '-a', '/sub', 'small')).stdout).toBe('small\n');
    expect((await tool('diodcat', '-a', '/sub', '../large')).code).not.toBe(0);
    expect((await tool('diodls', '-a', '/sub', '..')).stdout).toMatch(/small/);
  });

  // diodload's aname is always `ctl`, without a slash, and there it reads `zero` and writes `null`.
  test.each([
    ['reads and writes', []],
    ['getattr', ['-g']],
  ])('diodload: %s on eight connections', async (_, options) => {
    const { code, stdout, stderr } = await tool('diodload', '-r', '1', '-n', '8', ...options);
    expect(`${stdout}${stderr}`).toMatch(/^diodload: [1-9]\d* ops\/s/);
    expect(code).toBe(0);
  });
});

function linesOf(text: string): readonly string[] {
  return text
    .trim()
    .split('\n')
    .toSorted((a, b) => (a < b ? -1 : 1));
}

async function fill(path: string, large: Buffer): Promise<void> {
  for (const name of ['sub', 'many', 'ctl']) await mkdir(join(path, name));
  await writeFile(join(path, 'large'), large);
  await writeFile(join(path, 'sub/small'), 'small\n');
  await writeFile(join(path, 'sub/grün'), '');
  await writeFile(join(path, 'ctl/null'), '');
  await writeFile(join(path, 'ctl/zero'), '');
  await truncate(join(path, 'ctl/zero'), 1 << 20);
  for (let i = 0; i < ENTRIES; i++) await writeFile(join(path, 'many', `entry-${i}`), '');
}
